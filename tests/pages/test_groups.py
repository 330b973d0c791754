"""A group's page: who may, what is found, how it is counted, and what becomes of those who are chosen."""

import io
import re

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from accounts.models import AuditEntry
from accounts.roles import Role
from contacts import filters
from contacts.filters import pages, search
from contacts.models import Contact, ContactGroup, FilterCount, Job, OptOut, PhoneStatus, Segment
from contacts.people import jobs
from tests.makers import make_campaign, make_contact, make_group
from tests.reading import read

pytestmark = pytest.mark.django_db

FIELDS = {"balance": "money", "due": "date", "town": "text", "visits": "integer", "paid": "boolean"}


@pytest.fixture
def group():
    group = make_group("Loans", fields=FIELDS)
    make_contact(group, "254711000001", "Jane Wanjiru", balance="5000.00", due="2026-12-31", visits="12345", paid="yes")
    make_contact(group, "254711000002", "John Otieno", balance="70.00", town="Nakuru")
    make_contact(group, "254722000003", "Ali Hassan", balance="900.50", town="=HYPERLINK(1)")
    group.refresh_from_db()
    return group


def addresses(group):
    contact = group.contacts.first()
    segment = Segment.objects.create(name="s")
    job = jobs.order_job("export", search.PeopleQuery(group), None, format="csv")
    one, pk = [group.pk], group.pk
    return {
        "group-detail": (one, Role.VIEWER), "group-count": (one, Role.VIEWER), "group-fields": (one, Role.COMPOSER),
        "group-copy": (one, Role.COMPOSER), "group-move": (one, Role.COMPOSER), "group-remove": (one, Role.COMPOSER),
        "group-merge": (one, Role.MANAGER), "group-delete": (one, Role.MANAGER), "group-export": (one, Role.MANAGER),
        "group-workbook": (one, Role.MANAGER), "contact-create": (one, Role.COMPOSER),
        "contact-edit": ([pk, contact.pk], Role.COMPOSER), "contact-delete": ([pk, contact.pk], Role.COMPOSER),
        "job-detail": ([job.pk], Role.COMPOSER), "job-file": ([job.pk], Role.MANAGER),
        "segment-list": ([], Role.VIEWER), "segment-create": ([], Role.COMPOSER),
        "segment-detail": ([segment.pk], Role.VIEWER), "segment-edit": ([segment.pk], Role.COMPOSER),
        "segment-delete": ([segment.pk], Role.COMPOSER),
    }  # fmt: skip


def test_a_stranger_is_led_to_the_sign_in_page(sign_in, group):
    for name, (parts, _) in addresses(group).items():
        for response in (sign_in().get(reverse(name, args=parts)), sign_in().post(reverse(name, args=parts))):
            assert (response.status_code, response["Location"][:8]) == (302, "/sign-in"), name


def test_who_may_not_gets_403_and_changes_nothing(sign_in, group):
    before = (Contact.objects.count(), ContactGroup.objects.count())
    roles = [Role.VIEWER, Role.COMPOSER, Role.MANAGER]
    for name, (parts, needed) in addresses(group).items():
        for role in roles[: roles.index(needed)]:
            for method in ("get", "post"):
                response = getattr(sign_in(role), method)(reverse(name, args=parts))
                assert response.status_code in (403, 405), (name, role, method)
    assert before == (Contact.objects.count(), ContactGroup.objects.count())
    assert Segment.objects.exists()


def test_what_is_not_there_is_404(sign_in, group):
    client = sign_in(Role.ADMINISTRATOR)
    for name, (parts, _) in addresses(group).items():
        if parts:
            method = "post" if name == "group-workbook" else "get"
            assert getattr(client, method)(reverse(name, args=[*parts[:-1], 10**17])).status_code == 404, name


def test_a_wrong_method_is_405(sign_in, group):
    client, known = sign_in(Role.ADMINISTRATOR), addresses(group)
    assert client.get(reverse("group-workbook", args=known["group-workbook"][0])).status_code == 405
    for name in ("group-detail", "group-count", "group-export", "job-detail", "job-file", "segment-list"):
        assert client.post(reverse(name, args=known[name][0])).status_code == 405, name
    assert client.post(reverse("segment-detail", args=known["segment-detail"][0])).status_code == 405
    for path in (reverse("group-list"), reverse("opt-out-list")):
        assert client.post(path).status_code == 405


def test_values_are_shown_as_their_types_write_them(sign_in, group):
    page = sign_in(Role.VIEWER).get(reverse("group-detail", args=[group.pk])).content.decode()
    for words in ("5,000.00", "31 Dec 2026", "12345", "Yes", "0711 000 001"):
        assert words in page


def phones_on(page):
    return [contact.phone for contact, *_ in page.context["rows"]]


@pytest.mark.parametrize(
    "asked, who",
    [
        ({"q": "wanji"}, [1]),
        ({"q": "0711 000 002"}, [2]),
        ({"q": "+254711000002"}, [2]),
        ({"q": "0003"}, [3]),
        ({"q": "11000002"}, [2]),
        ({"q": "12000002"}, []),
        ({"q": "03"}, [3]),
        ({"q": "3"}, [3]),
        ({"q": "o'zz"}, []),
        ({"field_0": "balance", "op_0": ">", "value_0": "100"}, [3, 1]),
        ({"field_0": "balance", "op_0": "=", "value_0": "KES 5,000"}, [1]),
        ({"field_0": "due", "op_0": "<=", "value_0": "31/12/2026"}, [1]),
        ({"field_0": "town", "op_0": "in", "value_0": "nakuru, Eldoret"}, [2]),
        ({"field_0": "town", "op_0": "is not set"}, [1]),
        ({"field_0": "paid", "op_0": "!=", "value_0": "yes"}, [2, 3]),
        ({"field_0": "balance", "op_0": "<", "value_0": "1000", "field_1": "town", "op_1": "is set"}, [2, 3]),
        ({"field_0": "balance", "op_0": ">", "value_0": "1", "q": "Ali"}, [3]),
    ],
)
def test_people_are_searched_and_filtered_by_the_address(sign_in, group, asked, who):
    page = sign_in(Role.VIEWER).get(reverse("group-detail", args=[group.pk]), asked)
    assert [int(phone[-1]) for phone in phones_on(page)] == who
    fit = f"{len(who)} {'person fits' if len(who) == 1 else 'people fit'}"
    assert fit in page.content.decode()


def test_of_an_empty_group_nobody_is_looked_for(sign_in, django_assert_num_queries):
    """Right after a million have left, the database goes past all of them to find nobody."""
    group = make_group()
    with django_assert_num_queries(0):
        assert pages.people_page(search.PeopleQuery(group), None) == ([], None)
    page = sign_in(Role.VIEWER).get(reverse("group-detail", args=[group.pk]))
    assert "being looked for" not in page.content.decode()


def test_a_filter_that_cannot_be_is_told_and_nobody_is_shown(sign_in, group):
    asked = {"field_0": "balance", "op_0": ">", "value_0": "lots"}
    client = sign_in(Role.MANAGER)
    page = client.get(reverse("group-detail", args=[group.pk]), asked)
    assert "is no number" in page.content.decode()
    assert "lots" in page.content.decode()
    assert page.context["rows"] == []
    query = "?field_0=balance&op_0=%3E&value_0=lots&all=1"
    assert client.get(reverse("group-export", args=[group.pk]) + query).status_code == 302
    for name in ("group-workbook", "group-copy", "group-remove"):
        assert client.post(reverse(name, args=[group.pk]) + query).status_code == 302
    assert group.contacts.count() == 3
    assert not Job.objects.exists()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["q", "field_0", "op_0", "value_0", "field_1", "op_1", "value_1", "after", "at", "wait"]),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
        | st.sampled_from([*FIELDS, "name", "phone", *filters.OPS, "1e99", "9" * 25, "2026-12-01", "0711"]),
    )
)
def test_any_address_is_a_page(sign_in, group, asked):
    client = sign_in(Role.VIEWER)
    assert client.get(reverse("group-detail", args=[group.pk]), asked).status_code == 200
    assert client.get(reverse("group-count", args=[group.pk]), asked).status_code == 200


@pytest.mark.parametrize("asked", [{}, {"field_0": "balance", "op_0": ">=", "value_0": "0"}, {"q": "Person"}])
def test_the_pages_of_a_list_have_everybody_once(sign_in, asked):
    group = make_group("many", contacts=0)
    for number in range(120):
        make_contact(group, name=f"Person {number}", balance=f"{number % 7}.00")
    client, seen, address = sign_in(Role.VIEWER), [], reverse("group-detail", args=[group.pk])
    page = client.get(address, asked)
    while True:
        seen += phones_on(page)
        if not page.context["next_url"]:
            break
        page = client.get(address + page.context["next_url"])
    assert len(seen) == len(set(seen)) == 120


def test_more_than_so_many_are_not_counted_but_on_request_and_the_count_is_kept(sign_in, group, monkeypatch):
    monkeypatch.setattr(search, "MOST_COUNTED_PEOPLE", 1)
    asked = {"field_0": "balance", "op_0": ">", "value_0": "1"}
    client, count = sign_in(Role.VIEWER), reverse("group-count", args=[group.pk])
    page = client.get(reverse("group-detail", args=[group.pk]), asked).content.decode()
    assert "More than 1 people fit" in page
    assert f'hx-get="{count}?field_0=balance' in page
    assert "3 people fit" in client.get(count, asked).content.decode()
    assert FilterCount.objects.get().people == 3
    assert "3 people fit" in client.get(reverse("group-detail", args=[group.pk]), asked).content.decode()
    body = {"phone": "0733000004", "name": "New", "field_balance": "5"}
    sign_in(Role.COMPOSER).post(reverse("contact-create", args=[group.pk]), body)
    assert "4 people fit" in client.get(count, asked).content.decode()
    assert FilterCount.objects.count() == 1


def test_who_takes_long_to_find_is_asked_for_again_with_patience(sign_in, group, monkeypatch):
    def slow(*args, milliseconds=0, **more):
        raise search.TooSlow

    with monkeypatch.context() as patch:
        patch.setattr(pages, "people_page", slow)
        patch.setattr(search, "count_people", slow)
        page = sign_in(Role.VIEWER).get(reverse("group-detail", args=[group.pk]), {"q": "jane"})
    assert 'hx-get="?q=jane&amp;wait=1"' in page.content.decode()
    page = sign_in(Role.VIEWER).get(reverse("group-detail", args=[group.pk]), {"q": "jane", "wait": "1"})
    assert phones_on(page) == ["254711000001"]


def test_opt_outs_and_dead_numbers_are_shown_wherever_the_person_is(sign_in, group):
    one = group.contacts.first()
    OptOut.objects.create(phone=one.phone, source="reply", reason="Said STOP by text")
    PhoneStatus.objects.create(phone=one.phone, dead_since="2026-11-01T00:00Z")
    client = sign_in(Role.COMPOSER)
    for address in (
        reverse("group-detail", args=[group.pk]),
        reverse("contact-edit", args=[group.pk, one.pk]),
        reverse("person-detail", args=[one.phone]),
    ):
        page = client.get(address).content.decode()
        assert "no texts" in page, address
        assert "dead" in page, address


def test_an_opt_out_survives_that_the_contact_goes_and_comes_again(sign_in, group):
    one = group.contacts.first()
    OptOut.objects.create(phone=one.phone, source="reply")
    client = sign_in(Role.COMPOSER)
    client.post(reverse("contact-delete", args=[group.pk, one.pk]))
    client.post(reverse("contact-create", args=[group.pk]), {"phone": one.phone, "name": "Again"})
    rows = client.get(reverse("group-detail", args=[group.pk])).context["rows"]
    assert {contact.phone: left_out for contact, _, left_out in rows}[one.phone] == "no texts"


def test_who_is_added_or_leaves_changes_the_group_and_its_size(sign_in, group):
    client, before = sign_in(Role.COMPOSER), group.changed_at
    client.post(reverse("contact-delete", args=[group.pk, group.contacts.first().pk]))
    group.refresh_from_db()
    assert (group.size, group.changed_at > before) == (2, True)


# Copy, move, take out


def ticked(group, *numbers):
    return [group.contacts.get(phone__endswith=str(number)).pk for number in numbers]


def test_chosen_people_are_copied_into_a_new_group_with_their_fields(sign_in, group):
    client = sign_in(Role.COMPOSER)
    people = ticked(group, 1, 3)
    asked = client.get(reverse("group-copy", args=[group.pk]), {"contact": people})
    assert "Copy 2 people" in read(asked)
    page = client.post(reverse("group-copy", args=[group.pk]), {"contact": people, "new_group": "Chosen"}, follow=True)
    assert "Done: 2 people copied" in page.content.decode()
    new = ContactGroup.objects.get(name="Chosen")
    assert new.size == 2
    assert dict(new.fields.values_list("key", "type")) == FIELDS
    assert new.contacts.get(phone="254711000001").values == group.contacts.get(phone="254711000001").values
    assert group.contacts.count() == 3
    assert AuditEntry.objects.get(act="contacts copied").detail["into"] == new.pk


def test_all_who_fit_are_moved_and_who_was_there_keeps_or_gets_the_values(sign_in, group):
    other = make_group("Other", fields=FIELDS)
    make_contact(other, "254711000001", "Jane", balance="1.00", town="Thika")
    client, query = sign_in(Role.COMPOSER), "?field_0=balance&op_0=%3E&value_0=100&all=1"
    address = reverse("group-copy", args=[group.pk]) + query
    page = read(client.post(address, {"target": other.pk}, follow=True))
    assert "1 of them was in the other group already and kept the values" in page
    assert other.contacts.get(phone="254711000001").values == {"balance": "1.00", "town": "Thika"}
    address = reverse("group-move", args=[group.pk]) + query
    client.post(address, {"target": other.pk, "replaces": "1"})
    assert other.contacts.get(phone="254711000001").values["balance"] == "5000.00"
    assert other.contacts.get(phone="254711000001").values["town"] == "Thika"
    assert [one.phone for one in group.contacts.all()] == ["254711000002"]
    other.refresh_from_db()
    assert other.size == other.contacts.count() == 2


def test_groups_whose_fields_do_not_agree_are_told_apart(sign_in, group):
    other = make_group("Other", fields={"balance": "text"})
    page = sign_in(Role.COMPOSER).post(
        reverse("group-copy", args=[group.pk]), {"contact": ticked(group, 1), "target": other.pk}
    )
    assert "is money here and text in" in page.content.decode()
    assert not other.contacts.exists()


def test_people_are_taken_out_after_the_number_was_named(sign_in, group):
    client, address = sign_in(Role.COMPOSER), reverse("group-remove", args=[group.pk])
    assert "Take 1 person" in read(client.get(address, {"contact": ticked(group, 2)}))
    client.post(address, {"contact": ticked(group, 2)})
    assert group.contacts.count() == 2


def test_nobody_chosen_is_nobody(sign_in, group):
    client = sign_in(Role.COMPOSER)
    for chosen in ({}, {"contact": "x"}, {"contact": "9" * 30}):
        page = client.post(reverse("group-remove", args=[group.pk]), chosen, follow=True)
        assert "Tick the people first" in page.content.decode()
    stranger = make_contact(make_group())
    client.post(reverse("group-remove", args=[group.pk]), {"contact": stranger.pk})
    assert Contact.objects.filter(pk=stranger.pk).exists()


# Merge and delete


def test_two_groups_become_one(sign_in, group):
    other = make_group("Other", fields=FIELDS)
    make_contact(other, "254711000001", "Jane", balance="1.00")
    client = sign_in(Role.MANAGER)
    page = client.post(reverse("group-merge", args=[group.pk]), {"target": other.pk}, follow=True)
    assert "3 people moved, and the group is gone" in page.content.decode()
    assert not ContactGroup.everything.filter(pk=group.pk).exists()
    assert other.contacts.count() == 3


@pytest.mark.parametrize("name", ["group-merge", "group-delete"])
def test_a_group_that_something_needs_stays_and_says_what_does(sign_in, group, name):
    segment = Segment.objects.create(name="Owing")
    segment.groups.add(group)
    make_campaign(group, name="Reminders")
    left_out = make_campaign(make_group(), name="Offers")
    left_out.exclude_groups.add(group)
    body = {"name": group.name, "target": make_group().pk}
    client = sign_in(Role.MANAGER)
    page = client.post(reverse(name, args=[group.pk]), body).content.decode()
    for words in ("the segment “Owing”", "the campaign “Reminders”", "the campaign “Offers”"):
        assert words in page
    assert ContactGroup.objects.filter(pk=group.pk).exists()


def test_a_group_of_finished_campaigns_goes_with_its_name_typed(sign_in, group):
    make_campaign(group, status="finished")
    client, address = sign_in(Role.MANAGER), reverse("group-delete", args=[group.pk])
    assert "not its name" in client.post(address, {"name": "Loan"}).content.decode()
    assert client.post(address, {"name": "Loans"})["Location"] == reverse("group-list")
    assert not ContactGroup.everything.filter(pk=group.pk).exists()
    assert not Contact.objects.exists()
    assert ContactGroup.objects.create(name="Loans")


def test_a_big_group_is_gone_at_once_and_emptied_by_a_worker(sign_in, group, monkeypatch):
    monkeypatch.setattr(jobs, "SLICE_PEOPLE", 2)
    monkeypatch.setattr("contacts.views.jobs.AT_ONCE_PEOPLE", 2)
    client = sign_in(Role.MANAGER)
    client.post(reverse("group-delete", args=[group.pk]), {"name": "Loans"})
    assert "Loans" not in client.get(reverse("group-list")).context["groups"].values_list("name", flat=True)
    assert client.get(reverse("group-detail", args=[group.pk])).status_code == 404
    assert Contact.objects.count() == 3
    job = Job.objects.get()
    assert "being deleted" in client.get(reverse("job-detail", args=[job.pk])).content.decode()
    assert jobs.work_on_job(job.pk)
    assert not Contact.objects.exists()
    assert "3 people left, and the group is gone" in client.get(reverse("job-detail", args=[job.pk])).content.decode()


# Exports


def test_the_csv_has_those_who_fit_and_no_formula(sign_in, group):
    OptOut.objects.create(phone="254722000003")
    asked = {"field_0": "balance", "op_0": "<", "value_0": "1000"}
    response = sign_in(Role.MANAGER).get(reverse("group-export", args=[group.pk]), asked)
    lines = response.getvalue().decode("utf-8-sig").splitlines()
    assert lines == [
        "Phone,Name,balance,due,town,visits,paid,Opted out",
        "0711 000 002,John Otieno,70.00,,Nakuru,,,",
        "0722 000 003,Ali Hassan,900.50,,'=HYPERLINK(1),,,no texts",
    ]


def test_the_excel_file_has_numbers_as_text_and_amounts_to_reckon_with(sign_in, group):
    client = sign_in(Role.MANAGER)
    page = client.post(reverse("group-workbook", args=[group.pk]), follow=True)
    assert "Done: 3 people in the file" in page.content.decode()
    content = b"".join(client.get(reverse("job-file", args=[Job.objects.get().pk])).streaming_content)
    heading, first, *_, last = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert heading[:3] == ["Phone", "Name", "balance"]
    assert first[:3] == ["0711 000 001", "Jane Wanjiru", 5000.0]
    assert first[3].isoformat() == "2026-12-31"
    assert last[4] == "=HYPERLINK(1)"


def test_a_big_group_s_csv_is_written_in_the_background(sign_in, group, monkeypatch):
    monkeypatch.setattr("contacts.views.jobs.STREAMED_PEOPLE", 2)
    page = sign_in(Role.MANAGER).get(reverse("group-export", args=[group.pk]), {"q": "Jane"}, follow=True)
    assert "Done: 1 person in the file" in page.content.decode()


def test_a_sample_of_a_group_is_downloaded_from_its_page(sign_in, group):
    composer, address = sign_in(Role.COMPOSER), reverse("group-sample", args=[group.pk])
    assert address in composer.get(reverse("group-detail", args=[group.pk])).content.decode()
    assert address not in sign_in(Role.VIEWER).get(reverse("group-detail", args=[group.pk])).content.decode()
    answer = composer.get(address)
    assert answer["Content-Disposition"] == f'attachment; filename="sample-{group.pk}.csv"'
    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    assert [line.partition(",")[0] for line in lines] == ["Phone", "0700 000 001", "0700 000 002"]
    assert "Wanjiru" not in answer.getvalue().decode(), "nobody of the group is in it"


def test_the_days_of_a_person_are_chosen_from_a_calendar(sign_in):
    group = make_group(fields={"due": "date", "seen": "datetime", "balance": "money"})
    one = make_contact(group, "254711000001", due="2026-12-31", seen="2026-11-30T09:30", balance="5.00")
    client, address = sign_in(Role.COMPOSER), reverse("contact-edit", args=[group.pk, one.pk])
    page = client.get(address).content.decode()
    assert re.search(r'<input type="date" name="field_due" value="2026-12-31"', page)
    assert re.search(r'<input type="datetime-local" name="field_seen" value="2026-11-30T09:30"', page)
    # As browsers post it, and as it is typed where there is no calendar.
    for due, kept in (("2027-01-15", "2027-01-15"), ("16/1/2027", "2027-01-16")):
        body = {"phone": "0711000001", "name": "Jane", "field_due": due, "field_seen": "2026-12-01T10:00"}
        assert client.post(address, body).status_code == 302
        one.refresh_from_db()
        assert (one.values["due"], one.values["seen"]) == (kept, "2026-12-01T10:00")
    refused = client.post(address, {"phone": "0711000001", "field_due": "soon"}).content.decode()
    assert re.search(r'<input type="text" name="field_due" value="soon"', refused)


def test_a_day_of_a_condition_is_chosen_and_stands_in_the_address(sign_in):
    group = make_group(fields={"due": "date", "balance": "money"})
    one = make_contact(group, "254711000001", due="2026-12-31", balance="5.00")
    make_contact(group, "254711000002", due="2026-12-01", balance="5.00")
    client, address = sign_in(Role.COMPOSER), reverse("group-detail", args=[group.pk])
    chosen = {"field_0": "due", "op_0": ">", "value_0": "", "day_0": "2026-12-05"}
    page = client.get(address, chosen)
    assert phones_on(page) == [one.phone]
    assert '<option value="due" data-day>' in page.content.decode() or 'value="due" data-day' in page.content.decode()
    # What was typed, or stands in an older address, is shown as a day that is chosen.
    for typed in ("2026-12-05", "5/12/2026"):
        page = client.get(address, {"field_0": "due", "op_0": ">", "value_0": typed})
        assert phones_on(page) == [one.phone]
        assert 'name="day_0" value="2026-12-05"' in page.content.decode()
    # A day that was chosen before another field or comparison was is none of its value.
    page = client.get(address, chosen | {"field_0": "balance", "value_0": "4"})
    assert len(phones_on(page)) == 2
    page = client.get(address, chosen | {"op_0": "days from run", "value_0": "-1000 to 1000"})
    assert len(phones_on(page)) == 2
    segment = {"name": "Late", "groups": [group.pk], **chosen}
    client.post(reverse("segment-create"), segment)
    assert Segment.objects.get().filter == [{"field": "due", "op": ">", "value": "2026-12-05"}]
    page = client.get(reverse("segment-edit", args=[Segment.objects.get().pk])).content.decode()
    assert 'name="day_0" value="2026-12-05"' in page
