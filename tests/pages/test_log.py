"""Messages is searched by people, days and what became of texts; each address is read without trusting it."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiKey, AuditEntry, User
from accounts.roles import Role
from campaigns import planning
from campaigns.ledger import log
from campaigns.ledger.log import LogQuery
from campaigns.ledger.tallies import recount
from campaigns.maintenance import day_figures
from campaigns.models import Batch, GivenReference, Message
from campaigns.planning import single
from tests.makers import make_campaign, make_contact, make_group, make_run, make_sender
from tests.reading import words

pytestmark = pytest.mark.django_db(transaction=True)

JANE, JOHN, MARY = "254712000001", "254722000002", "254733345678"


@pytest.fixture(params=["counted", "to be counted"])
def counted(request):
    """Figures are up to date, or nothing is counted yet: either way everything is found."""
    return request.param == "counted"


@pytest.fixture
def sent(counted):
    """A campaign's texts, of which one failed a day ago on another network, and single texts of today."""
    group = make_group("Clients", fields={"balance": "money"})
    make_contact(group, JANE, "Jane Wanjiru")
    make_contact(group, JOHN, "John Otieno", balance="5.00")
    make_contact(group, MARY, "Mary Achieng", balance="7.00")
    run = make_run(make_campaign(group, name="December", sender=make_sender("LENDER"), status="active"))
    planning.plan_run(run.pk)
    yesterday = timezone.now() - timedelta(days=1)
    sent = {"posted_at": yesterday, "accepted_at": yesterday}
    Message.objects.filter(phone=JOHN).update(status="undelivered", reason="absent", network="Airtel", **sent)
    Message.objects.filter(phone=MARY).update(status="delivered", network="Safaricom", **sent)
    by_hand = single.queue_single(
        "254744000009", "Your parcel", make_sender("SHOP"), source=Message.Source.PERSON, kind="transactional"
    )
    GivenReference.objects.create(message=by_hand, reference="order 7")
    recount(Batch.objects.values_list("pk", flat=True))
    while counted and day_figures.bring_up_to_date():
        pass
    return run


def day(days):
    return f"{timezone.localdate() + timedelta(days=days):%Y-%m-%d}"


def found(client, **asked):
    page = client.get(reverse("message-list"), asked).context["page"]
    return {one.message.phone for one in page.rows}


def test_each_filter_finds_its_texts_without_a_number(sent, sign_in):
    client = sign_in(Role.VIEWER)
    single_text = Message.objects.get(run=None).phone
    campaign, sender = sent.campaign_id, sent.campaign.sender_id
    for asked, phones in [
        ({}, {JANE, JOHN, MARY, single_text}),
        ({"status": "undelivered"}, {JOHN}),
        ({"status": "skipped"}, {JANE}),
        ({"reason": "absent"}, {JOHN}),
        ({"reason": "missing:balance"}, {JANE}),
        ({"network": "Airtel"}, {JOHN}),
        ({"network": "-"}, {JANE, single_text}),
        ({"campaign": campaign}, {JANE, JOHN, MARY}),
        ({"campaign": 0}, {single_text}),
        ({"sender": sender}, {JANE, JOHN, MARY}),
        ({"source": "person"}, {single_text}),
        ({"source": "campaign"}, {JANE, JOHN, MARY}),
        ({"group": "Clients"}, {JANE, JOHN, MARY}),
        ({"from": day(-1), "to": day(-1)}, {JOHN, MARY}),
        ({"from": day(0)}, {JANE, single_text}),
        ({"to": day(-2)}, set()),
        ({"campaign": campaign, "status": "delivered"}, {MARY}),
        ({"campaign": campaign, "to": day(-1), "network": "Airtel"}, {JOHN}),
        ({"status": "delivered", "network": "Airtel"}, set()),
        ({"q": "0722", "status": "undelivered"}, {JOHN}),
        ({"q": "0722", "from": day(0)}, set()),
    ]:
        assert found(client, **asked) == phones, asked


def test_who_sent_them_finds_texts_as_reports_do(counted, sign_in):
    jane, john = (User.objects.create_user(name) for name in ("jane", "john"))
    key = ApiKey.make("crm", Role.MANAGER)[0]
    launched = [
        {"created_by": jane}, {"created_by": john, "spender": jane}, {"created_by": john, "made_by_key": key}, {},
    ]  # fmt: skip
    phones = []
    for number, whose in enumerate(launched):
        group = make_group(fields={})
        phones.append(make_contact(group, f"25471200010{number}", "A").phone)
        planning.plan_run(make_run(make_campaign(group, status="active", text="Hello", **whose)).pk)
    for number, (user, api_key) in enumerate([(john, None), (None, key)]):
        one = single.queue_single(
            f"25471200020{number}", "Hello", make_sender(), source="person", kind="transactional", created_by=user,
            api_key=api_key,
        )  # fmt: skip
        phones.append(one.phone)
    recount(Batch.objects.values_list("pk", flat=True))
    while counted and day_figures.bring_up_to_date():
        pass
    client = sign_in(Role.VIEWER)
    by_jane, for_jane, by_key, by_portal, johns, keys = phones
    names = [f"user:{jane.pk}", f"user:{john.pk}", f"key:{key.pk}", "-"]
    for who, theirs in zip(names, [{by_jane, for_jane}, {johns}, {by_key, keys}, {by_portal}], strict=True):
        assert found(client, who=who) == theirs, who
        assert found(client, who=who, q="2547120001") == theirs & {by_jane, for_jane, by_key, by_portal}
    assert "the key “crm”" in words(client.get(reverse("message-list")))


def test_a_name_or_a_part_of_a_number_finds_people_then_their_texts(sent, sign_in):
    client = sign_in(Role.VIEWER)
    for written, phones in [
        ("wanj", {JANE}), ("Jane Wanjiru", {JANE}), ("0733 345 678", {MARY}), ("345678", {MARY}), ("678", {MARY}),
        ("0722", {JOHN}), ("order 7", {"254744000009"}), ("0744000", {"254744000009"}), ("Nobody", set()),
    ]:  # fmt: skip
        assert found(client, q=written) == phones, written
    told = words(client.get(reverse("message-list"), {"q": "wanj"}))
    assert "Found: Jane Wanjiru 0712 000 001" in told


@pytest.mark.parametrize(
    "asked, words_of_it",
    [
        ({"q": "07"}, "at least 3 digits"),
        ({"from": "30.11.2026"}, "“30.11.2026” is no date"),
        ({"from": "2026-11-30", "to": "2026-11-01"}, "The last day is before the first."),
        ({"from": "2026-01-01", "to": "2026-03-31", "status": "delivered"}, "These are 90 days. Ask for at most 31"),
        ({"status": "nonsense"}, "There is no status “nonsense”."),
        ({"source": "nonsense"}, "There is no source “nonsense”."),
        ({"who": "nonsense"}, "“nonsense” is nobody"),
    ],
)
def test_what_is_not_clear_is_said_and_the_form_keeps_it(sign_in, asked, words_of_it):
    client = sign_in(Role.MANAGER)
    response = client.get(reverse("message-list"), asked)
    assert words_of_it in words(response)
    for written in asked.values():
        assert written == "nonsense" or f'value="{written}"' in response.content.decode()
    export = client.get(reverse("message-export"), asked, follow=True)
    assert words_of_it in words(export)


def test_too_many_people_are_not_looked_for(sign_in, monkeypatch):
    monkeypatch.setattr("campaigns.reporting.log_search.MOST_PEOPLE", 2)
    make_group(contacts=3)
    assert "More than 2 people are called “Person”" in words(
        sign_in(Role.VIEWER).get(reverse("message-list"), {"q": "Person"})
    )


def test_a_campaign_or_a_person_needs_no_month(sent, sign_in):
    client = sign_in(Role.VIEWER)
    year = {"from": day(-365), "to": day(0)}
    assert found(client, campaign=sent.campaign_id, **year) == {JANE, JOHN, MARY}
    assert found(client, q="otieno", **year) == {JOHN}


def test_pages_hold_each_text_once_in_every_way_of_finding(sent, monkeypatch):
    for name, few in (("FIRST_FOUND", 1), ("MOST_FOUND", 2), ("FIRST_STEP", 1), ("MOST_IN_STEP", 1)):
        monkeypatch.setattr(log, name, few)
    for _ in range(5):
        single.queue_single(JOHN, "Hello", make_sender(), source=Message.Source.PERSON, kind="transactional")
    today = timezone.localdate()
    for wanted in (LogQuery(), LogQuery(first=today - timedelta(days=5)), LogQuery(phones=(JOHN, MARY)),
                   LogQuery(begins="2547"), LogQuery(source="person", first=today)):  # fmt: skip
        found, before = [], None
        for _ in range(10):
            page = log.log_page(wanted, limit=2, before=before)
            found += page
            before = page[-1] if page else before
        assert found == log.log_page(wanted, limit=100)
        assert len(found) == len(set(found)) >= 6


def test_what_looks_too_long_says_so(sent, sign_in, monkeypatch):
    monkeypatch.setattr(log, "MOST_ROUNDS", 0)
    told = words(sign_in(Role.VIEWER).get(reverse("message-list"), {"status": "delivered"}))
    assert "Ask for a shorter period" in told


def test_what_is_shown_is_exported_with_single_texts_and_noted(sent, sign_in):
    client = sign_in(Role.MANAGER)

    def exported(**asked):
        response = client.get(reverse("message-export"), asked)
        return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))

    rows = exported()
    assert len(rows) == 4
    by_hand = next(one for one in rows if one["source"] == "Person")
    assert (by_hand["client_ref"], by_hand["sender"], by_hand["campaign"]) == ("order 7", "SHOP", "")
    (john,) = exported(status="undelivered")
    assert (john["name"], john["campaign"], john["network"]) == ("John Otieno", "December", "Airtel")
    assert [one["name"] for one in exported(q="achieng")] == ["Mary Achieng"]
    assert exported(q="Nobody") == []
    entry = AuditEntry.objects.filter(act="texts exported").order_by("pk")[1]
    assert entry.detail["first"] == day(-30)
    assert "achieng" not in str(list(AuditEntry.objects.values_list("detail", flat=True))).lower()


def test_only_managers_export(sign_in):
    assert sign_in(Role.COMPOSER).get(reverse("message-export")).status_code == 403


def found_in(client, run, **asked):
    page = client.get(reverse("campaign-messages", args=[run.campaign_id]), {"run": run.pk, **asked}).context["page"]
    return {one.message.phone for one in page.rows}


@pytest.fixture
def other(sent):
    """Another run of the same campaign: its texts to Mary failed."""
    run = make_run(sent.campaign, occurrence="2026-11-01")
    planning.plan_run(run.pk)
    Message.objects.filter(run=run, phone=MARY).update(status="undelivered", reason="absent")
    recount(Batch.objects.filter(run=run).values_list("pk", flat=True))
    return run


def test_a_campaigns_own_texts_are_searched_as_all_are(sent, other, sign_in):
    client = sign_in(Role.VIEWER)
    for asked, phones in [
        ({}, {JANE, JOHN, MARY}),
        ({"q": "otieno"}, {JOHN}),
        ({"q": "0722 000 002"}, {JOHN}),
        ({"q": "345678"}, {MARY}),
        ({"q": "0744"}, set()),
        ({"q": "mary", "status": "delivered"}, {MARY}),
        ({"q": "mary", "status": "undelivered"}, set()),
        ({"status": "undelivered"}, {JOHN}),
        ({"reason": "absent"}, {JOHN}),
        ({"reason": "missing:balance"}, {JANE}),
        ({"network": "Safaricom"}, {MARY}),
        ({"from": day(-1), "to": day(-1)}, {JOHN, MARY}),
        ({"campaign": "0"}, {JANE, JOHN, MARY}),
    ]:
        assert found_in(client, sent, **asked) == phones, asked
    assert found_in(client, other, status="undelivered") == {MARY}
    assert found_in(client, other, q="mary", status="undelivered") == {MARY}


def test_what_is_unclear_in_the_search_of_a_campaign_says_so(sent, sign_in):
    address = reverse("campaign-messages", args=[sent.campaign_id])
    client = sign_in(Role.MANAGER)
    for asked, words_ in [({"q": "07"}, "at least 3 digits"), ({"status": "lost"}, "There is no status “lost”.")]:
        assert words_ in words(client.get(address, asked))
        export = client.get(reverse("campaign-export", args=[sent.campaign_id]), asked, follow=True)
        assert words_ in words(export)


def test_a_campaigns_file_has_what_its_search_shows(sent, other, sign_in):
    client = sign_in(Role.MANAGER)
    address = reverse("campaign-export", args=[sent.campaign_id])
    for asked, phones, count in [
        ({"q": "otieno"}, ["0722 000 002"], None),
        ({"status": "delivered"}, ["0733 345 678"], 1),
        ({"network": "Airtel"}, ["0722 000 002"], None),
    ]:
        lines = b"".join(client.get(address, {"run": sent.pk, **asked}).streaming_content).decode()
        assert [row["phone"] for row in csv.DictReader(io.StringIO(lines.lstrip("\ufeff")))] == phones, asked
        assert AuditEntry.objects.filter(act="campaign exported").latest("pk").detail["rows"] == count


def test_a_campaigns_texts_are_paged_and_none_is_left_out(settings, sent, sign_in):
    settings.QSMS_BATCH_SIZE = 7
    run = make_run(make_campaign(make_group(contacts=120), sender=make_sender("BULK")))
    planning.plan_run(run.pk)
    client, address, seen = sign_in(Role.VIEWER), f"?run={run.pk}&status=queued", []
    while address:
        page = client.get(reverse("campaign-messages", args=[run.campaign_id]) + address).context["page"]
        seen += [one.message.pk for one in page.rows]
        address = page.next_url
    assert len(seen) == len(set(seen)) == 120
