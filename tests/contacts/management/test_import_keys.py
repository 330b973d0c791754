"""`import_contacts --key`: rows of one number are told apart by a column."""

import csv
import io

import pytest
from django.core.management import CommandError

from contacts.models import ContactGroup, Upload
from tests.contacts.management.test_import_contacts import run
from tests.contacts.uploads import JANE, JOHN, MARY
from tests.makers import make_family_group

pytestmark = pytest.mark.django_db(transaction=True)

PUPILS = f"phone,name,Adm No,balance\n{JANE},Amina,01201,5\n{JANE},Juma,1202,7\n{JOHN},Juma,1202,7\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "pupils.csv"
    path.write_text(PUPILS)
    return path


def test_the_group_has_the_key_and_every_row_from_then_on(file, tmp_path):
    told = io.StringIO()
    found = run(file, "--group", "Pupils", "--create-group", "--key", "adm no", stderr=told)
    assert found == {"rows": 3, "created": 3, "updated": 0, "unchanged": 0, "duplicates": 0, "rejected": 0}
    assert "1 Adm No stands under two numbers or more" in told.getvalue()
    group = ContactGroup.objects.get()
    assert (group.key, group.size) == ("adm_no", 3)
    # The next file needs no word; what is odd about it is said, and who lost is among the rejects.
    file.write_text(f"phone,name,Adm No,balance\n{JANE},Amina,1201,5\n{MARY},Juma,1202,7\n{MARY},Juma,1202,8\n")
    told, rejects = io.StringIO(), tmp_path / "rejects.csv"
    found = run(file, "--group", "Pupils", "--rejects", rejects, stderr=told)
    assert (found["created"], found["updated"], found["duplicates"], found["rejected"]) == (1, 1, 1, 0)
    assert "2 numbers are replaced: the file gives another for the same Adm No." in told.getvalue()
    assert "“01201” and “1201” differ by a zero in front only." in told.getvalue()
    rows = list(csv.reader(rejects.open(encoding="utf-8-sig", newline="")))
    assert [row[-1] for row in rows] == ["error", "another row of this number counts"]


def test_a_dry_run_gives_no_key(file):
    found = run(file, "--group", "Pupils", "--create-group", "--key", "Adm No", "--dry-run")
    assert (found["created"], found["duplicates"]) == (3, 0)
    assert not ContactGroup.everything.exists()


def test_without_the_key_the_last_row_of_a_number_counts_as_ever(file, tmp_path):
    rejects = tmp_path / "rejects.csv"
    found = run(file, "--group", "Pupils", "--create-group", "--rejects", rejects)
    assert (found["created"], found["duplicates"], ContactGroup.objects.get().key) == (2, 1, "")
    assert len(rejects.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    "column, words",
    [
        ("Adm Nr", "no column “Adm Nr”"),
        ("phone", "neither the number nor the name"),
        ("balance", "tells rows of one number apart by “adm_no”"),
    ],
)
def test_a_column_that_cannot_be_the_key_is_said(file, column, words):
    make_family_group([], name="Pupils")
    with pytest.raises(CommandError, match=words):
        run(file, "--group", "Pupils", "--key", column)
    assert not Upload.objects.exclude(status="mapping").exists()


def test_a_column_that_is_left_out_is_taken_as_it_is_written(file):
    run(file, "--group", "Pupils", "--create-group", "--map", "Adm No=ignore", "--key", "Adm No")
    group = ContactGroup.objects.get()
    assert group.fields.get(key=group.key).type == "text"
    assert set(group.contacts.values_list("reference", flat=True)) == {"01201", "1202"}
