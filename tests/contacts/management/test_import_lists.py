"""`import_contacts` over files that are no plain list: statements, names with numbers, lists beside each other."""

import pytest
from django.core.management import CommandError

from contacts.models import Contact, ContactGroup
from tests.contacts.management.test_import_cells import CASES, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def file(tmp_path):
    def write(text, name="file.csv"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def names():
    return {one.phone: one.name for one in Contact.objects.all()}


@pytest.mark.parametrize(
    "name, words",
    [
        (
            "mpesa_statement.csv",
            "an M-PESA statement, and numbers stand among other words in “Details”. Put",
        ),
        ("mpesa_paybill_statement.csv", "an M-PESA statement, and numbers stand among other words in “Details”, some"),
    ],
)
def test_a_statement_is_said_to_be_one(name, words):
    with pytest.raises(CommandError, match=words):
        run(CASES / name)
    assert not ContactGroup.objects.exists()


def test_numbers_among_words_are_said_to_be_there(file):
    text = "Date,Message\n1,call 0712345678 at 9 or\n2,Please ring +254 712 345679 today\n3,nothing\n"
    with pytest.raises(CommandError, match="phone numbers: numbers stand among other words in “Message”"):
        run(file(text))


@pytest.mark.parametrize(
    "text",
    [
        (CASES / "name_and_number_in_one_cell.txt").read_text().replace("071200312", "071234567"),
        "0712345671 Ann Demo\n+254712345672 - Ben Demo\n0712 345 673 (Cat Demo)\n",
        "Contact\nAnn Demo: 0712345671\nBen Demo-0712345672\nCat Demo 254712345673\n",
        "Balance,Customer\n500,Ann Demo (0712345671)\n600,Ben Demo 0712-345-672\n,Cat Demo 0712345673\n",
        "Customer\tBalance\nAnn Demo 0712345671\t500\nBen Demo 0712345672\t\nCat Demo 0712345673\t7\n",
    ],
)
def test_a_name_and_a_number_in_one_cell_are_taken_apart(file, text):
    counts, said = run(file(text, "file.txt"))
    assert (counts["created"], counts["rejected"]) == (3, 0)
    assert names() == {"254712345671": "Ann Demo", "254712345672": "Ben Demo", "254712345673": "Cat Demo"}
    assert "Names and numbers stand in one cell each: they are taken apart." in said


def test_beside_a_column_of_numbers_nothing_is_taken_apart(file):
    text = "Contact,Phone\nAnn Demo 0722345671,0712345671\nBen Demo 0722345672,0712345672\nCat Demo 0722345673,\n"
    counts, said = run(file(text))
    assert (set(names()), counts["rejected"], said) == ({"254712345671", "254712345672"}, 1, "")


def test_a_number_under_phone_with_a_word_in_brackets_stays_a_number(file):
    counts, said = run(file("Phone,Name\n0712345671 (wife),Ann Demo\n"))
    assert (counts["created"], names(), said) == (1, {"254712345671": "Ann Demo"}, "")


def test_what_is_neither_a_name_with_a_number_is_rejected_as_it_stands(file, tmp_path):
    lines = [f"Person{chr(65 + n)} Demo 07123456{n:02}" for n in range(20)]
    text = "\n".join([*lines, "Only Name", "0712345699", "Two 0712345678 or 0712345679", "Ann 07123"])
    counts, _ = run(file(text), "--rejects", str(tmp_path / "rejects.csv"))
    assert (counts["created"], counts["rejected"]) == (21, 3)
    rejects = (tmp_path / "rejects.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.rpartition(",")[0] for line in rejects[:2]] == ["Name,Phone", "Only Name,"]


@pytest.mark.parametrize("text", ["Text\nTransfer to 0712345671\nTransfer to 0712345672\nTransfer to 0712345673\n"])
def test_words_that_repeat_are_no_names(file, text):
    with pytest.raises(CommandError, match="numbers stand among other words in “Text”"):
        run(file(text))


@pytest.mark.parametrize(
    "text, letter",
    [
        ("Name,Phone,,Name,Phone\nA,0712345671,,C,0712345673\nB,0712345672,,D,0712345674\n", "D"),
        ("Phone,Loan,Phone,Loan\n0712345671,5,0712345673,7\n0712345672,6,,\n", "C"),
        (",No,Name,Phone,Loan,,,No,Name,Phone\n,1,A,0712345671,5,,,3,C,0712345673\n,2,B,0712345672,5,,,,,\n", "H"),
    ],
)
def test_a_second_list_beside_the_first_is_said_not_to_be_read(file, text, letter):
    counts, said = run(file(text))
    assert (counts["created"], set(names())) == (2, {"254712345671", "254712345672"})
    assert f"A second list stands beside the first, from column {letter} on: it was not read." in said


@pytest.mark.parametrize("text", ["Name,Phone,Name of kin,Kin phone\nA,0712345671,C,0712345673\n"])
def test_other_columns_are_no_second_list(file, text):
    assert "second list" not in run(file(text))[1]


JOIN = ("--map", "First Name=name", "--map", "Last Name=name")


@pytest.mark.parametrize(
    "text, maps, name",
    [
        ("First Name,Last Name,Phone\nJane,Demo,0712345671\n", JOIN, "Jane Demo"),
        ("First Name,Phone,Last Name\nJane,0712345671,\n", JOIN, "Jane"),
        ("Name,Phone,Surname\nJane,0712345671,Demo\n", ("--map", "Name=name", "--map", "Surname=name"), "Jane Demo"),
        # Of two, only the one that is asked for.
        ("Name,Phone,Surname\nJane,0712345671,Demo\n", ("--map", "Surname=name"), "Demo"),
    ],
)
def test_names_in_several_columns_are_joined_where_that_is_asked_for(file, text, maps, name):
    run(file(text), *maps)
    assert names() == {"254712345671": name}


def test_they_stay_joined_for_the_same_headings(file):
    text = "First Name,Last Name,Phone\n{},{},0712345671\n"
    run(file(text.format("Jane", "Demo")), *JOIN)
    run(file(text.format("Janet", "Demo")))
    assert names() == {"254712345671": "Janet Demo"}


@pytest.mark.parametrize("headings", ["First Name,Last Name", "Surname,Other names", "Jina la kwanza,Jina la ukoo"])
def test_it_is_said_that_they_can_be_joined(file, headings):
    _, said = run(file(f"{headings},Phone\nJane,Demo,0712345671\n"))
    assert f"{headings.replace(',', ' and ')} are not joined to one name: make each of them the name" in said


def test_a_name_that_is_too_long_when_joined_is_told(file):
    counts, _ = run(file(f"First Name,Last Name,Phone\n{'a' * 150},{'b' * 150},0712345671\n"), *JOIN)
    assert (counts["created"], names()) == (1, {"254712345671": ""})
