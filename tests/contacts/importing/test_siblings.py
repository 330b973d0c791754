"""Several rows of one number, children of one parent: each is kept, and no value goes to the other."""

import pytest

from accounts.models import AuditEntry
from contacts import importing
from contacts.importing import mapping, writing
from contacts.models import ContactGroup, Upload
from contacts.people.keys import give_key
from contacts.spreadsheets import csv_lines
from contacts.tasks import work_on
from contacts.values import reference_of
from tests.contacts.uploads import ALI, JANE, JOHN, MARY, begin, checked, imported
from tests.makers import make_family_group, make_group, make_row

pytestmark = pytest.mark.django_db(transaction=True)

HEADINGS = "phone,name,adm no,balance\n"
FAMILY = f"{HEADINGS}{JANE},Amina,1201,500\n{JANE},Juma,1202,700\n{JOHN},Neema,1203,0\n"
FIELDS = {"balance": "money"}


def family(*rows):
    """A group told apart by `adm_no`, with these (phone, reference, name, balance)."""
    group = make_family_group([], fields=FIELDS)
    for phone, written, name, balance in rows:
        make_row(group, phone, written, name, balance=balance)
    group.refresh_from_db()
    return group


def rows_in(group):
    """What is in the group, by number and reference; each reference is that of the value that stands there."""
    contacts = list(group.contacts.all())
    assert all(one.reference == reference_of(one.values["adm_no"]) for one in contacts)
    return {(one.phone, one.reference): (one.name, one.values.get("balance")) for one in contacts}


def told_apart(group, text, by="adm no", **choices):
    """As `checked`, by somebody who said which column tells the rows apart."""
    upload = begin(group, text, **choices)
    importing.tell_apart(upload, mapping.column_named(mapping.from_json(upload.mapping), by).index)
    return upload


def counts(upload):
    return tuple(upload.counts[name] for name in Upload.COUNTED)


def test_both_children_of_a_number_are_kept():
    group = family()
    check = checked(group, FAMILY)
    assert (check.counts["conflicts"], check.counts["duplicates"], check.counts["created"]) == (0, 0, 3)
    upload = imported(group, FAMILY)
    assert counts(upload) == (3, 3, 0, 0, 0, 0)
    assert rows_in(group) == {
        (JANE, "1201"): ("Amina", "500.00"),
        (JANE, "1202"): ("Juma", "700.00"),
        (JOHN, "1203"): ("Neema", "0.00"),
    }
    people = upload.people.get()
    assert people.phones == [int(JANE), int(JANE), int(JOHN)]
    assert people.rows == [f"{JANE}/1201", f"{JANE}/1202", f"{JOHN}/1203"]
    assert Upload.objects.get(pk=upload.pk).key == "adm_no"


def test_each_is_updated_by_its_own_row():
    group = family((JANE, "1201", "Amina", "1.00"), (JANE, "a 1202", "Juma", "2.00"), (MARY, "1203", "Neema", "3.00"))
    text = f"{HEADINGS}{JANE},Amina,1201,500\n{JANE},Juma,A1202,2\n{MARY},Neema,1203,\n{JOHN},Ali,1204,4\n"
    check, upload = checked(group, text), imported(group, text)
    assert counts(upload) == (4, 1, 2, 1, 0, 0) == counts(check)
    assert rows_in(group) == {
        (JANE, "1201"): ("Amina", "500.00"),
        (JANE, "A1202"): ("Juma", "2.00"),
        (MARY, "1203"): ("Neema", "3.00"),
        (JOHN, "1204"): ("Ali", "4.00"),
    }
    # In a group where somebody is, too, each row stands by itself among the people of the upload.
    assert upload.people.get().rows == [f"{JANE}/1201", f"{JANE}/A1202", f"{MARY}/1203", f"{JOHN}/1204"]


@pytest.mark.parametrize("chars", ['1/2"3', "a\\b", "{x,y}", "'1'", "٣", "ß"])
def test_a_reference_is_kept_whatever_it_is_written_with(chars):
    group = family()
    text = "".join(csv_lines(["phone", "name", "adm no"], [[JANE, "Amina", chars], [JANE, "Juma", "2"]]))
    for _ in range(2):
        upload = imported(group, text)
        assert upload.people.get().rows == [f"{JANE}/{reference_of(chars)}", f"{JANE}/2"]
    assert counts(upload) == (2, 0, 0, 2, 0, 0)
    assert set(rows_in(group)) == {(JANE, reference_of(chars)), (JANE, "2")}


@pytest.mark.parametrize(
    "cell, words", [("", "no adm_no"), ("  ", "no adm_no"), ("1" * 61, "longer than 60 letters"), ("#N/A", "#N/A")]
)
def test_a_row_without_a_key_is_rejected_with_the_word(cell, words):
    group = family()
    for reject_bad_cells in (False, True):
        upload = imported(group, f"{HEADINGS}{JANE},Amina,{cell},500\n", reject_bad_cells=reject_bad_cells)
        assert counts(upload) == (1, 0, 0, 0, 0, 1)
        assert words in upload.rejected_rows.get().errors["2"]
    assert not group.contacts.exists()


def test_a_file_without_the_column_of_the_key_is_not_read():
    group = family()
    upload = begin(group, f"phone,name\n{JANE},Amina\n")
    with pytest.raises(importing.BadMapping, match="tells rows of one number apart by “adm_no”"):
        importing.choose_columns(upload, mapping.from_json(upload.mapping))


@pytest.mark.parametrize("step", ["check", "import"])
def test_nor_one_whose_group_got_its_key_meanwhile(step):
    group = make_group("Pupils", fields={"adm_no": "text"})
    upload = begin(group, f"phone,name\n{JANE},Amina\n")
    importing.choose_columns(upload, mapping.from_json(upload.mapping))
    if step == "import":
        done_check(upload)
    give_key(group, group.fields.get())
    assert importing.order_check(upload) if step == "check" else importing.order_import(upload)
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.has_failed and "Choose the column that holds it" in upload.error


@pytest.mark.parametrize("repeats, kept", [("last", "9.00"), ("first", "5.00"), ("key", "9.00"), ("none", None)])
def test_of_one_reference_with_different_values_the_chosen_row_counts_and_the_others_are_listed(repeats, kept):
    group = family()
    text = f"{HEADINGS}{JANE},Amina,1201,5\n{JANE},Juma,1202,7\n{JANE},Amina,1201,9\n{JANE},Juma,1202,7\n"
    check, upload = checked(group, text, repeats=repeats), imported(group, text, repeats=repeats)
    assert check.counts["conflicts"] == 1
    assert [row for row, _ in check.counts["conflict_rows"][0][1]] == [2, 4]
    assert rows_in(group).get((JANE, "1201")) == (("Amina", kept) if kept else None)
    assert rows_in(group)[JANE, "1202"] == ("Juma", "7.00")
    reasons = [row[-1] for row in importing.rejects_as_table(upload)[1]]
    if repeats == "none":
        assert (counts(upload), len(reasons)) == ((4, 1, 0, 0, 1, 2), 2)
    else:
        assert (counts(upload), upload.counts["lost"]) == ((4, 2, 0, 0, 2, 0), 1)
        assert reasons == ["another row of this number counts"]
    assert counts(check) == counts(upload) and check.counts["lost"] == upload.counts["lost"]


def test_a_row_that_lost_is_left_out_again_until_its_reason_is_taken_away():
    group = make_group(fields=FIELDS)
    first = imported(group, f"phone,name,balance\n{JANE},Amina,5\n{JANE},Juma,7\n")
    headings, rows = importing.rejects_as_table(first)
    (lost,) = list(rows)
    for reason, balance in ((lost[-1], "7.00"), ("", "5.00")):
        again = imported(group, "".join(csv_lines(headings, [[*lost[:-1], reason]])))
        assert group.contacts.get().values["balance"] == balance
        assert again.counts["duplicates"] == bool(reason) == again.counts["lost"]
    assert not group.fields.filter(key="error").exists()


def test_both_parents_get_every_child_where_each_number_is_a_person():
    group = family()
    text = f"{HEADINGS}{JANE} / {JOHN},Amina,1201,5\n{JANE} / {JOHN},Juma,1202,7\n"
    check, upload = checked(group, text, numbers="each"), imported(group, text, numbers="each")
    assert set(rows_in(group)) == {(phone, child) for phone in (JANE, JOHN) for child in ("1201", "1202")}
    assert check.counts["two_numbers"] == upload.counts["two_numbers"] == 2
    assert importing.describe_siblings(upload) == [
        "2 adm_no stand under two numbers or more: each gets its texts.",
    ]


def test_of_a_group_without_a_key_it_is_asked_whether_these_are_several_people():
    check = checked(make_group(fields={}), FAMILY, repeats="ask")
    assert (check.counts["conflicts"], check.counts["names_differ"]) == (1, True)
    assert check.counts["key_columns"] == [[2, "adm no", True]]
    # Two loans of one person: the same name, and no question without an answer made beforehand.
    text = f"phone,name,loan no,account,balance\n{JANE},Jane,7,1,5\n{JANE},Jane,8,1,6\n{JOHN},John,8,2,7\n"
    check = checked(make_group(fields={}), text)
    assert (check.counts["conflicts"], check.counts["names_differ"]) == (1, False)
    assert check.counts["key_columns"] == [[2, "loan no", False]]


def test_a_column_that_does_not_tell_them_apart_is_not_proposed():
    text = f"phone,name,adm no,balance\n{JANE},Amina,1,5\n{JANE},Juma,1,7\n{JOHN},Ali,2,7\n"
    assert checked(make_group(fields={}), text).counts["key_columns"] == []
    text = f"phone,name,adm no,balance\n{JANE},Amina,1,5\n{JANE},Juma,,7\n{JOHN},Ali,2,7\n"
    assert checked(make_group(fields={}), text).counts["key_columns"] == []


def test_an_upload_gives_a_new_group_its_key(admin_user):
    group = importing.group_for_upload("Pupils")
    upload = told_apart(group, FAMILY)
    assert importing.order_import(Upload.objects.get(pk=done_check(upload).pk), f"user:{admin_user.pk}")
    work(upload)
    group = ContactGroup.objects.get(name="Pupils")
    assert (group.key, len(rows_in(group))) == ("adm_no", 3)
    entry = AuditEntry.objects.get(act="key given")
    assert (entry.user, entry.about) == (admin_user, f"group {group.pk}")


def done_check(upload):
    assert importing.order_check(upload)
    work(upload)
    return upload


def work(upload):
    work_on(upload.pk)
    upload.refresh_from_db()
    assert not upload.has_failed, upload.error


def test_an_upload_gives_a_group_of_before_its_key_and_says_what_comes_of_it():
    group = make_group("Pupils", fields={"adm_no": "text"} | FIELDS)
    imported(group, f"{HEADINGS}{JANE},Juma,1202,7\n{MARY},Neema,1203,1\n{ALI},Ali,01204,2\n")
    text = f"{HEADINGS}{JANE},Amina,1201,500\n{JANE},Juma,1202,7\n{JOHN},Neema,1203,1\n{ALI},Ali,1204,2\n"
    check = done_check(told_apart(group, text))
    expected = (4, 2, 1, 1, 0, 0)
    assert counts(check) == expected
    assert (check.counts["renumbered"], check.counts["near_shown"]) == (1, [["01204", "1204"]])
    assert ContactGroup.objects.get().key == ""
    assert importing.order_import(check)
    work(check)
    assert counts(check) == expected
    group.refresh_from_db()
    assert set(rows_in(group)) == {(JANE, "1201"), (JANE, "1202"), (JOHN, "1203"), (ALI, "01204"), (ALI, "1204")}


def test_a_group_whose_people_lack_the_field_gets_no_key_by_an_upload():
    group = make_group("Pupils", fields=FIELDS)
    imported(group, f"phone,name\n{MARY},Neema\n")
    with pytest.raises(importing.BadMapping, match="1 person has no adm no: give them one first"):
        told_apart(group, FAMILY)
    assert Upload.objects.first().key == ""


def test_a_key_that_is_given_while_a_file_is_being_written_ends_the_upload_in_words(monkeypatch):
    group = make_group("Pupils", fields={"adm_no": "text"} | FIELDS)
    real = writing.open_group

    def meanwhile(upload):
        real(upload)
        give_key(ContactGroup.objects.get(), group.fields.get(key="adm_no"))

    monkeypatch.setattr(writing, "open_group", meanwhile)
    upload = checked(group, FAMILY)
    assert importing.order_import(upload)
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.has_failed and "in another way by now" in upload.error
    assert not group.contacts.exists()


@pytest.mark.parametrize(
    "known, file, near",
    [
        ([], ["01201", "1201"], [["01201", "1201"]]),
        ([], ["01201", "001201"], [["001201", "01201"]]),
        (["1201"], ["01201"], [["01201", "1201"]]),
        (["01201"], ["1201"], [["01201", "1201"]]),
        (["01201"], ["001201"], [["001201", "01201"]]),
        (["01201", "1201"], ["01201", "1201"], []),
        (["01201", "1201"], ["1201"], []),
        ([], ["0", "1"], []),
        (["01202"], ["01201", "1203"], []),
    ],
)
def test_references_that_differ_by_a_zero_in_front_are_told_until_both_are_there(known, file, near):
    group = family(*((JANE, one, "Known", "1.00") for one in known))
    text = HEADINGS + "".join(f"{JOHN},New,{one},2\n" for one in file)
    assert checked(group, text).counts["near_shown"] == near
    upload = imported(group, text)
    assert upload.counts["near"] == len(near)
    assert checked(group, text).counts["near"] == 0


def test_names_that_are_written_otherwise_are_the_same_name():
    text = f"phone,name,balance\n{JANE},Jane Wanjiru,5\n{JANE},JANE  WANJIRU,6\n"
    assert checked(make_group(fields={}), text).counts["names_differ"] is False
