"""The page of the audit: sentences with links, filters, pages, exports, for administrators alone."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import quote

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.audit import record
from accounts.deeds import DEEDS
from accounts.models import ApiKey, AuditEntry, User
from accounts.roles import Role
from campaigns.actions import draft, set_rules
from contacts import importing
from contacts.models import ContactGroup
from contacts.opt_outs import one as opt_outs
from contacts.people import jobs
from contacts.people.groups import make_group
from lib.origin import Origin, coming_from
from qsms_portal.auditing import export
from qsms_portal.auditing.search import AuditQuery
from tests.makers import make_campaign, make_contact
from tests.makers import make_group as made_group
from tests.reading import read

pytestmark = pytest.mark.django_db

PHONE = "254712345678"


@pytest.fixture
def client(sign_in):
    return sign_in(Role.ADMINISTRATOR)


@pytest.fixture
def jane(db):
    return User.objects.create(username="jane", first_name="Jane", last_name="Wanjiru")


def told(client, query=""):
    """Each entry of the page in words."""
    page = read(client.get(f"/audit/{query}"))
    items = re.findall(r'<li class="list-group-item">(.*?)</li>', page)
    return [" ".join(unescape(re.sub(r"<[^>]*>", "", one)).split()) for one in items]


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.COMPOSER, Role.MANAGER])
@pytest.mark.parametrize("name", ["audit", "audit-export", "audit-workbook"])
def test_nobody_else_sees_it(sign_in, role, name):
    assert sign_in(role).get(reverse(name)).status_code == (302 if role is None else 403)


def test_the_menu_shows_it_to_administrators(sign_in):
    assert 'href="/audit/"' in read(sign_in(Role.ADMINISTRATOR).get("/"))
    assert 'href="/audit/"' not in read(sign_in(Role.MANAGER).get("/"))


def test_nothing_was_done_yet(client):
    assert "Nothing was done yet" in read(client.get("/audit/"))
    assert "Nothing that was done fits this" in read(client.get("/audit/?q=nowhere"))


def test_a_deed_is_a_sentence_with_links_when_and_from_where(client, jane):
    campaign = make_campaign(name="December <b>balances</b>")
    with coming_from(Origin(address="203.0.113.7")):
        record("campaign launched", f"campaign {campaign.pk}", user=jane)
    (words,) = told(client)
    assert words.startswith("Jane Wanjiru launched the campaign December <b>balances</b>")
    assert words.endswith(", from 203.0.113.7")
    page = read(client.get("/audit/"))
    assert f'href="/campaigns/{campaign.pk}">December &lt;b&gt;balances&lt;/b&gt;</a>' in page
    assert f'href="/audit/?who=person-{jane.pk}">Jane Wanjiru</a>' in page
    local = timezone.localtime(AuditEntry.objects.get().at)
    assert f"{local:%-d %b %Y, %H:%M}" in words


def test_who_it_was(client, jane):
    key, _ = ApiKey.make("crm")
    record("campaign paused", "campaign 1", api_key=key)
    with coming_from(Origin(command="setting")):
        set_rules.set_rule("daily_limit", "5000")
    record("sent again by the campaign's rule", "campaign 1", texts=1200)
    record("signed in", f"person {jane.pk}", user=jane)
    record("sign-in failed", f"person {jane.pk}")
    record("sign-in failed", "")
    assert [re.sub(r" \d+ \w+ 2\d{3}, .*", "", one) for one in told(client)] == [
        "Somebody failed to sign in as somebody whom the portal does not know",
        "Somebody failed to sign in as Jane Wanjiru",
        "Jane Wanjiru signed in",
        "The portal itself sent again what is not known of a campaign that is gone, by its own rule 1,200 texts",
        "The command setting changed the rule Spending in a day off became→ 5000.00",
        "The key crm paused a campaign that is gone",
    ]


def test_what_is_gone_is_called_as_it_was(client, jane):
    group = make_group("Old loans", user=jane)
    jobs.order_group_delete(group, jane)
    campaign = draft.create_draft("Gone", user=jane)
    draft.delete_draft(campaign, user=jane)
    pk = jane.pk
    jane.delete()
    words = told(client)
    assert words[0].startswith("Somebody who is gone deleted the campaign Gone")
    assert words[2].startswith("Somebody who is gone deleted the group Old loans")
    assert not any(str(pk) in one.split(",")[0].split(" ") for one in words)


def test_what_was_changed_stands_beside_it(client, jane):
    record("sender changed", "sender 1", user=jane, before={"Price": "0.60"}, after={"Price": "0.80", "Use": "both"})
    (words,) = told(client)
    assert "Price: 0.60 became→ 0.80" in words
    assert "Use: nothing became→ both" in words


def test_ids_are_called_by_their_names(client, jane):
    group, other = made_group("Loans"), made_group("Chosen")
    contact = make_contact(group, PHONE, "Mary")
    record("contact changed", f"contact {contact.pk}", user=jane, group=group.pk, fields=["balance", "name"])
    record("contacts copied", f"group {group.pk}", user=jane, into=other.pk, rows=3, job=7)
    record("API key made", "key 99", user=jane, name="crm", owner=jane.pk, role="manager")
    opt_outs.opt_out(PHONE, "promotional", source="person", user=jane)
    words = told(client)
    assert "added the opt-out of 0712 345 678 from marketing" in words[0]
    assert "made the key crm for Jane Wanjiru · as manager" in words[1]
    assert "copied contacts of the group Loans into the group Chosen · 3 rows" in words[2]
    assert "changed the contact Mary in the group Loans · fields: balance, name" in words[3]


def test_every_deed_with_words_can_be_told(client, jane):
    """Also one that nobody has written words for, as another part of the portal may record it."""
    for act in (*DEEDS, "person turned round"):
        record(act, f"person {jane.pk}", user=jane, odd=[1, True, None], more={"a": 1}, nothing=None)
    assert told(client)[0].startswith("Jane Wanjiru person turned round: Jane Wanjiru")
    assert len(AuditQuery().newest(500)) == len(DEEDS) + 1
    assert client.get("/audit/export").status_code == 200
    assert b"{it}" not in b"".join(client.get("/audit/export").streaming_content)


def entry(days, **fields):
    return AuditEntry.objects.create(
        at=datetime(2026, 11, 1, 12, tzinfo=UTC) + timedelta(days=days),
        **{"act": "campaign paused", "about": "campaign 1", "kind": "campaigns"} | fields,
    )


def found(query):
    return [one.pk for one in AuditQuery.of_address(QueryDict(query)).newest(100)]


def test_it_is_filtered_by_who_kind_and_days(jane):
    key, _ = ApiKey.make("crm")
    by_jane = entry(0, user=jane)
    export_ = entry(1, user=jane, kind="exports")
    by_key = entry(2, api_key=key)
    command = entry(3, command="setting", kind="settings")
    itself = entry(4)
    everything = [one.pk for one in (itself, command, by_key, export_, by_jane)]
    for query, wanted in {
        "": everything,
        f"who=person-{jane.pk}": [export_.pk, by_jane.pk],
        f"who=person-{jane.pk}&kind=exports": [export_.pk],
        f"who=key-{key.pk}": [by_key.pk],
        "who=commands": [command.pk],
        "who=portal": [itself.pk],
        "kind=campaigns": [itself.pk, by_key.pk, by_jane.pk],
        "since=2026-11-03&until=2026-11-04": [command.pk, by_key.pk],
        "since=2026-11-05": [itself.pk],
        "until=2026-11-01": [by_jane.pk],
        "since=2027-01-01": [],
        "until=2026-10-01": [],
        f"who=person-{jane.pk}&until=2026-11-01": [by_jane.pk],
        "since=nonsense&kind=x&who=y": everything,
        "since=2026-02-31": everything,
        "who=person-99999999999999999999": everything,
    }.items():
        assert found(query) == wanted, query
        assert AuditQuery.of_address(QueryDict(query)).count() == len(wanted)


def test_days_are_those_of_the_portal(db):
    """Midnight in Nairobi is nine in the evening of UTC."""
    before = AuditEntry.objects.create(act="a", at=datetime(2026, 11, 1, 20, 59, 59, tzinfo=UTC))
    after = AuditEntry.objects.create(act="a", at=datetime(2026, 11, 1, 21, tzinfo=UTC))
    assert found("until=2026-11-01") == [before.pk]
    assert found("since=2026-11-02") == [after.pk]


def test_what_was_done_at_the_same_moment_in_another_order_is_found_by_day(db):
    """An entry's number is given when it is written, its time a little before that."""
    late = AuditEntry.objects.create(act="a", at=datetime(2026, 11, 2, 21, 0, 1, tzinfo=UTC))
    early = AuditEntry.objects.create(act="a", at=datetime(2026, 11, 2, 20, 59, 59, tzinfo=UTC))
    assert found("until=2026-11-02") == [early.pk]
    assert found("since=2026-11-03") == [late.pk]


def test_it_is_searched_by_what_it_was_done_to(jane):
    campaign, group = make_campaign(name="December balances"), made_group("Loans")
    contact = make_contact(group, PHONE)
    opt_out, _ = opt_outs.opt_out(PHONE, "all", source="person", user=jane)
    gone = make_group("Old 100% loans", user=jane)
    jobs.order_group_delete(gone, jane)
    paused = entry(0, about=f"campaign {campaign.pk}")
    changed = entry(0, act="contact changed", about=f"contact {contact.pk}", kind="contacts")
    rule = entry(0, act="rule changed", about="rule quiet_hours", kind="settings")
    signed = entry(0, act="signed in", about=f"person {jane.pk}", kind="sign-ins")
    stopped = entry(0, act="sending stopped", about="all sending", kind="portal")
    assert found("q=december") == [paused.pk]
    assert found("q=wanjiru") == found("q=Jane+Wan") == found("q=jane") == [signed.pk]
    assert found("q=quiet") == [rule.pk]
    assert found("q=sending") == [stopped.pk]
    assert found(f"q={quote('0712 345 678')}") == [changed.pk, AuditEntry.objects.get(act="opted out").pk]
    assert len(found(f"q={quote('100%')}")) == 2, "made and deleted"
    assert found("q=december&kind=contacts") == []
    assert found(f"q=december&who=person-{jane.pk}") == []
    assert found("q=%25%25%25") == []
    assert found("q=%00") == found("")
    assert opt_out.pk


def test_pages_have_each_entry_once(client):
    for number in range(130):
        entry(number / 1000, about=f"campaign {number}", user=None)
    query, seen = "?who=portal&kind=campaigns", []
    while query:
        page = client.get(f"/audit/{query}").context["page"]
        seen += [one.pk for one in page.rows]
        query = page.next_url
    assert seen == sorted(AuditEntry.objects.values_list("pk", flat=True), reverse=True)
    assert client.get("/audit/?before=nonsense").status_code == 200


def test_a_page_asks_a_bounded_number_of_questions(client, django_assert_max_num_queries, jane):
    for number in range(50):
        group = made_group(f"g{number}")
        campaign = make_campaign(group, name=f"c{number}")
        entry(0, about=f"campaign {campaign.pk}", user=jane, detail={"into": group.pk})
        entry(0, about=f"group {group.pk}", user=jane)
    with django_assert_max_num_queries(16):
        assert client.get("/audit/").status_code == 200


def test_it_is_exported_and_that_is_written_down(client, jane):
    campaign = make_campaign(name="=HYPERLINK(1)")
    record("campaign launched", f"campaign {campaign.pk}", user=jane)
    record("rule changed", "rule daily_limit", user=jane, before="off", after="5.00")
    rows = list(csv.reader(io.StringIO(b"".join(client.get("/audit/export").streaming_content).decode("utf-8-sig"))))
    assert tuple(rows[0]) == export.HEADINGS
    assert [row[2].split("exported")[-1] for row in rows[1:]] == [
        " the audit",
        "Jane Wanjiru changed the rule Spending in a day",
        "Jane Wanjiru launched the campaign =HYPERLINK(1)",
    ]
    assert rows[2][4:6] == ["off", "5.00"]
    taken = AuditEntry.objects.get(act="audit exported")
    assert (taken.user.username, taken.kind, taken.detail["rows"]) == ("a administrator", "exports", 2)
    content = b"".join(client.get("/audit/export/xlsx?kind=campaigns").streaming_content)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [row[2] for row in sheet[1:]] == ["Jane Wanjiru launched the campaign =HYPERLINK(1)"]
    assert AuditEntry.objects.filter(act="audit exported").count() == 2


def test_a_workbook_says_where_it_ends(client, monkeypatch):
    monkeypatch.setattr(export, "MOST_WORKBOOK_ROWS", 3)
    for number in range(5):
        entry(number)
    content = b"".join(client.get("/audit/export/xlsx").streaming_content)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert len(sheet) == 5
    assert "Excel files end here" in sheet[-1][0]


def test_what_was_searched_for_is_not_kept(client, jane):
    client.get("/audit/export?q=wanjiru")
    assert "wanjiru" not in str(AuditEntry.objects.get().detail).lower()


def test_browsers_keep_nothing_of_it(client):
    assert client.get("/audit/")["Cache-Control"] == "no-store"


def test_a_group_that_waits_for_its_upload_has_a_name_and_no_page(client, jane):
    importing.begin_upload(importing.group_for_upload("January"), "list.csv", [b"phone\n0712345678\n"], jane)
    assert "in the group January" in told(client)[0]
    assert "/contacts/" + str(ContactGroup.everything.get().pk) + '"' not in read(client.get("/audit/"))
