"""Several numbers in a cell or a line: each ends as a person, as a rejected entry, or as a repeat."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.roles import Role
from contacts import importing
from contacts.importing import chunking, writing
from contacts.importing.claims import move_on
from contacts.models import OptOut, Upload
from lib import phones
from tests.contacts.uploads import ALI, JANE, JOHN, MARY, begin, checked, imported, people
from tests.makers import make_group

pytestmark = pytest.mark.django_db(transaction=True)

CASES = Path(__file__).parents[2] / "data" / "cases"
TWO = "phone,name,balance\n0712345678 / 0712345679,Abby,500\n0712345680,Cyrus,700\n"


@pytest.fixture
def group():
    return make_group("Form 1", fields={"balance": "money"})


def counts(upload):
    return tuple(upload.counts[name] for name in Upload.COUNTED)


def test_a_row_with_two_is_rejected_unless_somebody_chooses(group):
    upload = imported(group, TWO)
    assert counts(upload) == (2, 1, 0, 0, 0, 1)
    assert upload.rejected_rows.get().errors == {"0": "more than one number: keep one"}


@pytest.mark.parametrize("mode", ["update", "replace"])
def test_whoever_stands_in_such_a_row_stays_and_is_not_updated(group, mode):
    """All of them: nobody is texted last month's amount because a cell has two numbers."""
    imported(group, "phone,name,balance\n0712345678,Abby,900\n0712345679,Abby,900\n0712345681,Dan,900\n")
    imported(group, TWO, mode=mode)
    told = {one.phone: one.not_updated for one in group.contacts.all()}
    assert (told[JANE], told[JOHN], told[MARY]) == (["balance"], ["balance"], None)
    assert (ALI in told) is (mode == "update")


def test_the_first_mobile_number_of_the_cell(group):
    upload = imported(group, TWO.replace("0712345678", "0202345678"), numbers="first")
    assert counts(upload) == (2, 2, 0, 0, 0, 0)
    assert people(group) == {JOHN: {"name": "Abby", "balance": "500.00"}, MARY: {"name": "Cyrus", "balance": "700.00"}}


def test_each_is_a_person_with_the_values_of_the_row(group):
    upload = imported(group, TWO, numbers="each")
    assert counts(upload) == (3, 3, 0, 0, 0, 0)
    abby = {"name": "Abby", "balance": "500.00"}
    assert people(group) == {JANE: abby, JOHN: abby, MARY: {"name": "Cyrus", "balance": "700.00"}}


def test_of_each_number_it_is_told_what_came_of_it(group):
    """One is bad, one stands twice in its cell, one again in a later row."""
    text = "phone,name\n0712345678 / 071234567 / 0712345678,Abby\n0712345679 or 0712345678,Cyrus\n"
    for found in (checked(group, text, numbers="each"), imported(group, text, numbers="each")):
        assert (found.counts["rows"], found.counts["rejected"], found.counts["duplicates"]) == (5, 1, 2)
    assert people(group) == {JANE: {"name": "Cyrus"}, JOHN: {"name": "Cyrus"}}
    _, rows = importing.rejects_as_table(found)
    assert list(rows) == [
        ["0712345678", "Abby", "another row of this number counts"],
        ["071234567", "Abby", "has 8 digits after the 0 or 254, a mobile number has 9"],
        ["0712345678", "Abby", "another row of this number counts"],
    ]


def test_a_bad_cell_rejects_every_number_of_its_row(group):
    text = "phone,balance\n0712345678 / 0712345679,many\n"
    upload = imported(group, text, numbers="each", reject_bad_cells=True)
    assert counts(upload) == (2, 0, 0, 0, 0, 2)
    assert [(row.row, row.nth, row.cells[0]) for row in upload.rejected_rows.all()] == [
        (2, 0, "0712345678"),
        (2, 1, "0712345679"),
    ]


def test_the_rejected_come_page_by_page_and_none_is_lost_where_a_page_ends_within_a_row(group, monkeypatch):
    text = "phone,balance\n0712345678 / 0712345679 / 0712345680,many\n0712345681 / 0712345682,many\n"
    upload = imported(group, text, numbers="each", reject_bad_cells=True)
    monkeypatch.setattr(importing.rejects, "ROWS_READ_AT_ONCE", 2)
    assert len(list(importing.rejects_as_table(upload)[1])) == 5


def test_a_worker_who_dies_between_two_chunks_loses_no_number_of_a_row(group, monkeypatch):
    """The cursor names a row of the sheet: the next worker begins behind all of its numbers."""
    monkeypatch.setattr(chunking, "CHUNK_ROWS", 2)
    rows = "".join(f"0712000{n}1 / 0712000{n}2 / 0712000{n}3,N\n" for n in range(10, 20))
    upload = checked(group, f"phone,name\n{rows}", numbers="each")
    importing.order_import(upload)
    upload.refresh_from_db()
    written = []

    def dies(upload, state, **changes):
        if "counts" in changes and len(written) >= 4:
            raise KeyboardInterrupt
        written.append(changes)
        move_on(upload, state, **changes)

    monkeypatch.setattr(writing, "move_on", dies)
    with pytest.raises(KeyboardInterrupt):
        importing.import_rows(upload)
    monkeypatch.setattr(writing, "move_on", move_on)
    Upload.objects.filter(pk=upload.pk).update(lease_until=None)
    upload.refresh_from_db()
    importing.import_rows(upload)
    upload.refresh_from_db()
    assert counts(upload) == (30, 30, 0, 0, 0, 0)
    assert group.contacts.count() == 30


@pytest.mark.parametrize(
    "text",
    [
        (CASES / "numbers_in_one_line.txt").read_text(),
        "0712003101 0712003102 0712003103",
        "0712003101;0712003102\n0712003103\n",
        "+254 712 003 101 / 0712-003-102\n0712003103, 0712003103",
    ],
)
def test_in_a_list_of_numbers_each_is_a_person_wherever_it_stands(group, text):
    upload = imported(group, text)
    assert set(people(group)) == {"254712003101", "254712003102", "254712003103"}
    assert upload.counts["rejected"] == 0
    assert "nothing in it but phone numbers" in " ".join(importing.describe_oddities(upload))


def test_in_a_list_of_numbers_a_bad_one_is_rejected_by_its_place(group):
    upload = imported(group, "0712003101, 071200310, 0712003103, 0712003104\n")
    assert counts(upload) == (4, 3, 0, 0, 0, 1)
    assert upload.rejected_rows.get().row == 2


@pytest.mark.parametrize(
    "text, expected",
    [
        # Other phones and accounts beside them are columns.
        ("phone,kin\n0712345678,0712345679\n0712345680,0712345681\n", 2),
        ("0712345678,24567890\n0712345680,24567891\n", 2),
        ("0712345678,Jane\n0712345680,John\n", 2),
    ],
)
def test_a_table_is_no_list(group, text, expected):
    upload = begin(group, text)
    assert not upload.reading["numbers_alone"]
    assert importing.guess_columns(upload)[1:]


def test_a_list_is_as_long_as_its_line(group):
    numbers = [f"0712{number:06}" for number in range(4_000)]
    assert counts(imported(group, " ".join(numbers))) == (4_000, 4_000, 0, 0, 0, 0)


def test_the_command_asks_for_it_and_counts_numbers(group):
    def run(*arguments):
        out = io.StringIO()
        call_command(
            "import_contacts", str(CASES / "school_two_parents.csv"), "--group", "Form 1", *arguments, stdout=out
        )
        return json.loads(out.getvalue().splitlines()[-1])

    assert run("--dry-run")["rejected"] == 2
    told = run("--numbers", "each")
    assert told == {"rows": 6, "created": 5, "updated": 0, "unchanged": 0, "duplicates": 1, "rejected": 0}


def test_the_page_offers_it_where_a_cell_has_several(group, sign_in):
    client = sign_in(Role.COMPOSER)
    upload = checked(group, TWO)
    page = client.get(reverse("upload-detail", args=[upload.pk])).content.decode()
    assert "Several numbers in one cell" in page
    choices = {"mode": "update", "keep_empty": "on", "numbers": "each", "again": "1"}
    client.post(reverse("upload-import", args=[upload.pk]), choices)
    upload.refresh_from_db()
    assert (upload.numbers, upload.status) == ("each", "checking")
    plain = checked(group, "phone\n0712345678\n")
    assert "Several numbers" not in client.get(reverse("upload-detail", args=[plain.pk])).content.decode()


@pytest.mark.parametrize(
    "text", ["0712345678, 0712345679, 0712345680", "phone\n0712345678 / 0712345679 or 0712345680\n"]
)
def test_opt_outs_take_all_of_them(text):
    importing.begin_opt_outs("list.txt", [text.encode()], "all")
    assert set(OptOut.objects.values_list("phone", flat=True)) == {JANE, JOHN, MARY}


def test_a_number_of_another_country_is_told_to_lack_its_sign(group):
    upload = imported(group, (CASES / "foreign_number_without_plus.csv").read_bytes())
    words = [error for row in upload.rejected_rows.all() for error in row.errors.values()]
    assert words[:1] == ["of another country, by its digits: write it with a plus sign, +255712003144"]


numbers = st.sampled_from(["0712345678", "+254712345679", "254 712 345 680", "0202345678", "071234567", "Jane", ""])
between = st.sampled_from([", ", "/", " / ", " or ", "; ", " & ", " ::: ", "\n"])


@given(st.lists(numbers, min_size=1, max_size=5), between)
def test_what_stands_between_two_marks_is_one_piece(cells, mark):
    good = [cell for cell in cells if cell[:1] in "+20" and "2023" not in cell and len(cell) > 9]
    pieces = phones.numbers_in(mark.join(cells))
    filled = [cell for cell in cells if cell]
    assert pieces == filled if good and len(filled) > 1 else len(pieces) == 1


@pytest.mark.parametrize(
    "cell",
    [
        "0712 345 678 0712 345 679", "0712345678-0712345679", "0712-345-678 0712-345-679", "0712345678.0712345679",
        "+254712345678+254712345679", "254 712 345 678 - 0712345679", "0712345678 (Jane) 0712345679 (John)",
    ],
)  # fmt: skip
def test_numbers_with_nothing_between_them_that_says_so_are_several(cell):
    assert [phones.read_phone(piece).digits for piece in phones.numbers_in(cell)] == [JANE, JOHN]


def test_they_are_of_kenya_alone(monkeypatch):
    monkeypatch.setattr(phones, "home_region", "UG")
    assert phones.numbers_in("0712345678-0712345679") == ["0712345678-0712345679"]


@pytest.mark.parametrize(
    "cell", ["0712 345 678", "0712-345-678", "+254 (0) 712 345 678", "0712345678 (Jane)", "712,345,678"]
)
def test_one_number_is_no_several(cell):
    assert phones.numbers_in(cell) == [cell]


def test_more_than_a_cell_may_have_are_one_bad_cell():
    assert len(phones.numbers_in(",".join(["0712345678"] * 32))) == 32
    for many in (",".join(["0712345678"] * 33), "1," * 500_000):
        assert phones.numbers_in(many) == [many]
