"""A group is given a key, and loses it: only where no row has none, and none would be merged unseen."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from contacts import usage
from contacts.models import ContactGroup
from contacts.people import keys, retype
from contacts.people.groups import FieldIsKey, delete_field
from contacts.people.keys import KeyNotPossible, give_key, several_rows, take_key
from contacts.people.sample import sample_as_csv
from contacts.values import reference_of
from tests.api.test_api import Script
from tests.makers import make_contact, make_family_group, make_group, make_row

pytestmark = pytest.mark.django_db

JANE, JOHN = "254712345678", "254712345679"


@pytest.fixture
def pupils():
    group = make_group("Pupils", fields={"adm_no": "text", "loan_no": "text"})
    for phone, written in ((JANE, " a 1"), (JOHN, "01201")):
        make_contact(group, phone, "Amina", adm_no=written, loan_no=written[::-1])
    return group


def family():
    return make_family_group(
        [(JANE, [("1", "Amina", {}), ("2", "Juma", {})])], name="Family", fields={"loan_no": "text"}
    )


def references(group):
    return list(group.contacts.order_by("pk").values_list("reference", flat=True))


def test_a_key_folds_what_is_there_and_says_who_did_it(pupils, admin_user):
    before = pupils.contacts.order_by("pk").first()
    give_key(pupils, pupils.fields.get(key="adm_no"), user=admin_user)
    pupils.refresh_from_db()
    assert (pupils.key, references(pupils)) == ("adm_no", ["A1", "01201"])
    assert pupils.keyed_at is not None
    after = pupils.contacts.order_by("pk").first()
    assert after.values == before.values
    assert after.written_at > before.written_at and after.written_by == f"user:{admin_user.pk}"
    assert after.updated_at == before.updated_at
    entry = AuditEntry.objects.get(act="key given")
    assert (entry.about, entry.detail) == (f"group {pupils.pk}", {"before": "", "after": "adm_no"})
    take_key(pupils, user=admin_user)
    pupils.refresh_from_db()
    assert (pupils.key, references(pupils)) == ("", ["", ""])
    assert AuditEntry.objects.get(act="key taken away").detail == {"before": "adm_no", "after": ""}


@pytest.mark.parametrize("written, words", [(None, "have no adm_no: give them one first"), ("1" * 61, "of over 60")])
def test_rows_without_a_value_or_with_one_too_long_are_listed_first(pupils, written, words):
    for number in range(25):
        make_contact(pupils, f"2547000000{number:02}", f"Nobody {number}", **({"adm_no": written} if written else {}))
    with pytest.raises(KeyNotPossible, match=words) as refused:
        give_key(pupils, pupils.fields.get(key="adm_no"))
    assert (refused.value.count, len(refused.value.rows), refused.value.are_more) == (25, 20, True)
    assert refused.value.rows[0].name == "Nobody 0"
    pupils.refresh_from_db()
    assert (pupils.key, set(references(pupils))) == ("", {""})
    assert keys.rows_without(pupils, pupils.fields.get(key="adm_no"))[0] == (0 if written else 25)


def test_another_key_needs_different_values_within_a_number():
    group = family()
    loan_no = group.fields.get(key="loan_no")
    one, two = group.contacts.order_by("pk")
    for row, written in ((one, "x1"), (two, "X 1")):
        row.values["loan_no"] = written
        row.save()
    with pytest.raises(KeyNotPossible, match="2 rows have the loan_no of another row"):
        give_key(group, loan_no)
    # The new references of a number may be the old ones of its other rows.
    for row, written in ((one, "2"), (two, "1")):
        row.values["loan_no"] = written
        row.save()
    give_key(group, loan_no)
    assert references(group) == ["2", "1"]


def test_a_key_is_taken_away_only_where_no_number_has_several_rows():
    group = family()
    make_row(group, JOHN, "3")
    assert [
        (count, [row.phone for row in rows]) for count, rows in (several_rows(group), several_rows(group, [JOHN]))
    ] == [
        (1, [JANE]),
        (0, []),
    ]
    with pytest.raises(KeyNotPossible, match="1 number has several rows; without a key only one of each could stay"):
        take_key(group)
    group.refresh_from_db()
    assert (group.key, references(group)) == ("adm_no", ["1", "2", "3"])


def test_a_group_with_a_field_called_rows_is_told_apart_by_that_one_alone(pupils):
    rows = pupils.fields.create(key="rows", label="Rows")
    with pytest.raises(KeyNotPossible, match="“rows”"):
        give_key(pupils, pupils.fields.get(key="adm_no"))
    for number, one in enumerate(pupils.contacts.all()):
        one.values["rows"] = str(number)
        one.save()
    give_key(pupils, rows)
    assert pupils.key == "rows"


def test_a_group_that_is_too_large_keeps_its_key(monkeypatch, pupils):
    group = family()
    monkeypatch.setattr(keys, "MOST_PEOPLE", 1)
    for changed in (lambda: give_key(pupils, pupils.fields.get(key="adm_no")), lambda: take_key(group)):
        with pytest.raises(KeyNotPossible, match="More than 100,000"):
            changed()


def test_the_field_that_is_the_key_is_neither_deleted_nor_retyped(sign_in):
    group = family()
    field = group.fields.get(key="adm_no")
    assert usage.uses_of_field(field) == ["telling the rows of this group apart"]
    assert usage.uses_of_field(group.fields.get(key="loan_no")) == []
    for refused in (lambda: retype.retype_field(field, "integer"), lambda: delete_field(field)):
        with pytest.raises(FieldIsKey, match="“adm_no” tells rows of one number apart"):
            refused()
    manager, posted = sign_in("manager"), {"label": "Adm No", "type": "integer", "options": "", "sure": "1"}
    page = manager.post(reverse("field-edit", args=[group.pk, field.pk]), posted)
    assert "tells rows of one number apart" in page.content.decode()
    page = manager.get(reverse("field-delete", args=[group.pk, field.pk])).content.decode()
    assert "telling the rows of this group apart" in page and "Delete the field" not in page
    manager.post(reverse("field-delete", args=[group.pk, field.pk]))
    status, told = Script().call("PATCH", "groups/Family", {"fields": [{"name": "adm_no", "type": "integer"}]})
    assert (status, "telling the rows" in told["error"]["message"]) == (409, True)
    field.refresh_from_db()
    assert field.type == "text"
    assert manager.post(reverse("field-edit", args=[group.pk, field.pk]), posted | {"type": "text"}).status_code == 302
    field.refresh_from_db()
    assert field.label == "Adm No"


def test_the_page_of_a_groups_fields_gives_a_key_and_says_what_stands_in_the_way(sign_in, pupils):
    composer, address = sign_in("composer"), reverse("group-key", args=[pupils.pk])
    nobody = make_contact(pupils, "254700000001", "Nobody")
    page = composer.post(address, {"key": "adm_no"})
    text = page.content.decode()
    assert page.status_code == 422 and "1 person has no adm_no: give them one first." in text
    assert reverse("contact-edit", args=[pupils.pk, nobody.pk]) in text
    nobody.delete()
    assert composer.post(address, {"key": "adm_no"}).status_code == 302
    page = composer.get(reverse("group-fields", args=[pupils.pk])).content.decode()
    assert "tells rows of one number apart" in page and '<option value="adm_no" selected>' in page
    assert composer.post(address, {"key": "none"}).status_code == 422
    assert composer.post(address, {"key": ""}).status_code == 302
    assert ContactGroup.objects.get(pk=pupils.pk).key == ""
    assert sign_in("viewer").post(address, {"key": "adm_no"}).status_code == 403


def test_a_script_makes_a_group_with_a_key_changes_it_and_is_told(pupils):
    script = Script()
    status, told = script.call("POST", "groups", {"name": "Loans", "fields": [{"name": "loan_no"}], "key": "loan_no"})
    assert (status, told["key"]) == (201, "loan_no")
    status, told = script.call("POST", "groups", {"name": "Other", "key": "Account No"})
    assert (told["key"], told["fields"]) == (
        "account_no",
        [{"name": "account_no", "label": "Account No", "type": "text"}],
    )
    assert script.call("PATCH", "groups/Pupils", {"key": "adm_no"})[1]["key"] == "adm_no"
    assert script.call("PATCH", "groups/Pupils", {"fields": [{"name": "town"}]})[1]["key"] == "adm_no"
    assert {one["name"]: one["key"] for one in script.call("GET", "groups")[1]["results"]} == {
        "Pupils": "adm_no",
        "Loans": "loan_no",
        "Other": "account_no",
    }
    status, told = script.call("PATCH", "groups/Pupils", {"key": "town"})
    assert (status, told["error"]["message"]) == (409, "2 people have no town: give them one first.")
    assert script.call("PATCH", "groups/Pupils", {"key": None})[1]["key"] is None


def test_the_sample_file_of_a_group_with_a_key_has_two_rows_of_one_number():
    group = family()
    lines = list(sample_as_csv(group))
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["0700 000 001", "Amina Example", "1201"],
        ["0700 000 001", "Juma Example", "1202"],
        ["0700 000 002", "John Example", "1203"],
    ]


def test_every_reference_is_that_of_its_value(pupils):
    give_key(pupils, pupils.fields.get(key="adm_no"))
    assert all(one.reference == reference_of(one.values["adm_no"]) for one in pupils.contacts.all())
