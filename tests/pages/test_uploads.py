"""The pages of an upload: each step and choice, what a stranger and a viewer get, every example file through it."""

import base64
import json
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from contacts.importing import claims, leaving
from contacts.models import Contact, ContactGroup, Upload
from contacts.spreadsheets import opening
from contacts.tasks import work_on
from tests.calls import Beside
from tests.makers import make_contact, make_group, make_phone
from tests.reading import read
from tests.workbooks import packed_workbook

pytestmark = pytest.mark.django_db(transaction=True)

DATA = Path(__file__).parent.parent / "data"
EXPECTED = json.loads((DATA / "expected.json").read_text())
JANE = "254712345678"


@pytest.fixture
def composer(sign_in):
    return sign_in("composer")


def page_of(client, upload):
    return read(client.get(reverse("upload-detail", args=[upload.pk])))


def send(client, content, group=None, name="list.csv", **more):
    """Upload and choose the columns as they are guessed; returns the upload, checked."""
    content = content if isinstance(content, bytes) else content.encode()
    posted = {"file": SimpleUploadedFile(name, content), "group": group.pk if group else "", **more}
    answer = client.post(reverse("upload-create"), posted)
    assert answer.status_code == 302, answer.content.decode()
    upload = Upload.objects.latest("pk")
    if upload.is_reading:
        work_on(upload.pk)
    go_on(client, upload)
    return Upload.objects.get(pk=upload.pk)


def go_on(client, upload):
    page = page_of(client, upload)
    assert "What is in each column?" in page
    answer = client.post(reverse("upload-detail", args=[upload.pk]), selected(page))
    assert answer.status_code == 302, answer.content.decode()
    work_on(upload.pk)


def selected(page):
    """What the selects of a page say, as a browser would post it."""
    import re

    found = {}
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options) or re.search(
            r'<option value="([^"]*)"', options
        )
        if name.startswith(("role_", "type_")):
            found[name] = chosen[1]
    return found


HOW = {"mode": "update", "keep_empty": "on", "repeats": "last", "numbers": "reject"}


def import_it(client, upload, **how):
    answer = client.post(reverse("upload-import", args=[upload.pk]), HOW | how)
    assert answer.status_code == 302
    work_on(upload.pk)
    return Upload.objects.get(pk=upload.pk)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_file_comes_out_as_expected_in_the_browser(composer, name):
    expected = EXPECTED[name]
    upload = send(composer, (DATA / name).read_bytes(), name=name, new_group="people")
    counts = ("rows", "created", "duplicates", "rejected")
    assert {key: upload.counts[key] for key in counts} == {key: expected[key] for key in counts}
    upload = import_it(composer, upload)
    assert upload.is_done
    assert {key: upload.counts[key] for key in counts} == {key: expected[key] for key in counts}
    for phone, wanted in expected["values"].items():
        contact = Contact.objects.get(phone=phone)
        assert {key: {"name": contact.name, **contact.values}.get(key) or None for key in wanted} == wanted
    rejects = composer.get(reverse("upload-rejects", args=[upload.pk])).getvalue().decode("utf-8-sig")
    assert len(rejects.splitlines()) >= expected["rejected"] + 1


def test_pasted_cells_are_a_file(composer):
    group = make_group()
    pasted = f"Phone\tName\tBalance\r\n{JANE}\tJane\t1,000.00\r\n"
    assert composer.post(reverse("upload-create"), {"group": group.pk, "pasted": pasted}).status_code == 302
    upload = Upload.objects.get()
    go_on(composer, upload)
    assert import_it(composer, Upload.objects.get()).counts["created"] == 1
    assert Contact.objects.get().values["balance"] == "1000.00"


def test_a_second_click_imports_once(composer):
    upload = send(composer, f"phone\n{JANE}\n", make_group())
    for _ in range(2):
        composer.post(reverse("upload-import", args=[upload.pk]), HOW)
        work_on(upload.pk)
    assert Upload.objects.get().counts["created"] == 1
    assert AuditEntry.objects.filter(act="upload imported").count() == 1


def test_another_choice_is_checked_before_anything_is_written(composer):
    group = make_group(contacts=3)
    upload = send(composer, f"phone\n{JANE}\n", group)
    upload = import_it(composer, upload, mode="replace")
    assert upload.is_checked
    assert "3 people who are not in the file leave the group" in page_of(composer, upload)
    assert group.contacts.count() == 3
    upload = import_it(composer, upload, mode="replace")
    assert upload.is_done
    assert list(group.contacts.values_list("phone", flat=True)) == [JANE]
    assert "Person" in composer.get(reverse("upload-people", args=[upload.pk])).content.decode()


def test_an_upload_is_undone_after_it_was_asked_once(composer):
    group = make_group()
    upload = import_it(composer, send(composer, f"phone\n{JANE}\n", group))
    address = reverse("upload-undo", args=[upload.pk])
    assert "1 person whom it added leaves the group" in read(composer.get(address))
    assert group.contacts.count() == 1
    for _ in range(2):
        assert composer.post(address).status_code == 302
        work_on(upload.pk)
    assert not group.contacts.exists()
    assert "Undone: 1 person" in page_of(composer, upload)
    assert AuditEntry.objects.filter(act="upload undone").count() == 1


def test_what_is_odd_is_said_before_anything_is_written(composer):
    group = make_group()
    make_contact(group, JANE, balance="1.00")
    text = (
        "phone,name,balance,due_date\n"
        "0712345678,Jane,,01/12/2026\n"
        "0712345679,John,5,12/31/2026\n"
        "0712345679,John,6,12/30/2026\n"
        "0109123456,New,5.000,01/12/2026\n"
        "2547***678,Masked,5,01/12/2026\n"
        "0711000000,Z,1,\n0722000000,Z,1,\n0733000000,Z,1,\n"
    )
    page = page_of(composer, send(composer, text, group))
    for words in (
        "1 number stands in more than one row with different values",
        "1 number is of a range that is new",
        "3 numbers end in 000000",
        "Is the month first?",
        "masked by M-PESA",
        "5 or 5,000?",
        "they keep their old value",
        "taken without it",
    ):
        assert words in page, words


def test_the_most_frequent_reason_comes_first(composer):
    page = page_of(composer, send(composer, f"phone,name\n{JANE},Jane\n07l2345678,B\nO712345678,C\n,D\n", make_group()))
    reasons = ("2: has letters in it: type it again in digits", "1: no number")
    found = [page.index(f"<li>{words}</li>") for words in reasons]
    assert found == sorted(found)


def test_an_undo_says_only_what_it_did(composer):
    upload = import_it(composer, send(composer, f"phone\n{JANE}\n", make_group()))
    composer.post(reverse("upload-undo", args=[upload.pk]))
    work_on(upload.pk)
    page = page_of(composer, upload)
    assert "Undone: 1 person whom it had added is gone." in page


def test_a_click_reads_the_months_first(composer):
    group = make_group()
    upload = send(composer, "phone,due_date\n0712345678,12/31/2026\n", group)
    column = upload.counts["month_first"][0]
    upload = import_it(composer, upload, month_first=str(column))
    assert upload.is_checked and upload.counts["bad_cells"] == 0
    import_it(composer, upload)
    assert Contact.objects.get().values == {"due_date": "2026-12-31"}


def test_dates_in_doubt_are_imported_only_once_it_was_said_how(composer):
    upload = send(composer, (DATA / "cases" / "dob_zero_dates_month_first.csv").read_text(), make_group(fields={}))
    assert "Dates in “date_of_birth” cannot be read with the day first." in page_of(composer, upload)
    upload = import_it(composer, upload)
    assert upload.is_checked
    assert "Say first whether the month or the day stands first" in page_of(composer, upload)
    upload = import_it(composer, upload, day_first="2")
    assert upload.is_checked and upload.counts["bad_cells"] == 2
    import_it(composer, upload)
    assert set(Contact.objects.values_list("values__date_of_birth", flat=True)) == {"2010-03-05", None, "2011-03-11"}


def test_how_many_cells_were_read_by_a_word_is_said_before_and_after(composer):
    upload = send(composer, (DATA / "cases" / "money_styles.csv").read_text(), make_group(fields={}))
    said = "“Balance”: 1 cell with CR, which is below zero here."
    assert said in page_of(composer, upload)
    assert said in page_of(composer, import_it(composer, upload))


# Headings and two people, the second one in a hidden row: a workbook of Excel 97, packed.
OLD_WORKBOOK = (
    "eNrtWE1oE0EU/maTND+2aVpToRVCKNhq7cFatUWosRWtVAzRiyKCbpuFlsZNCV70oNGaoyB4UrwUevFS9eIPelBQ8CBU9CAIQqIXwZOg4KHN+ubt"
    "bk01hwa0qMy3zJs3b+abmZ2ZN7OzL+ebijN32kr4CbvgQdkKoq7CJigE3UQElG9ZUnXjAAVL4Z9CMEATWefDw4YXfjmHcr5L0HDb+4Qk8J7CcUwh"
    "mTWN+CpiiPugC9mHAZICN8gSRiv3qpnlGMu1LG9xyUcsd7PlMssBKlsUxzCfSHb1O6v4qNbOeWHIeu8x5y1betCC53IVn78i7LI+DOYm9MzfmRHz"
    "1mMWNG/Dhmnk9EwRUZrAWXy14sAX11Mfx5V9de0CZP+23O6vYr+qeYE8rJO8wAu0ID96bCdMGdmpjLGAPeyQMviA1Dg5ITGS+imDJn1Iz+jmmBEC"
    "tvT1bO3dtn1HXz/ljuimsQbYP5FOG2Z8JDtuhuS+zX4eWebnDbz+60mm0ch6E3tBhHbyhZufXx0cTSVOsCXPe7t9AmyQnYaFC5JB5DDneJZkFzM2"
    "s7zIta5nvY1llF6E4o5Ui6Psm+Yylzi3g9rpZbxOdFboG0kvfDp0P1b4kNhE+txw6Wx07k1iBu10IqWJL59pdItucf2axIOEGwtnt3jHsvWXnSOg"
    "RZy+W84x14hFhFhtYmmn5OiIpZTmjJVkiypswWyPU14wW47bOU2mJPtAIcZsrYIdJ7ZHC7NNtp3vfLrz2aCswZ4dn1ODxjXE5DmtNeOuLE673g+E"
    "oKCgoKCgoKCgoFANgr9l7S93r33N4LuB3/mvs0ihrH6T/Lc4jCw9p+liuhcmxTmcqWn9rINPuHWJFXLc/4USR6j1HCYxyv2YrHn90t1OVL7PiomR"
    "3+dCtbZfrqWff7j970kO0ww="
)


def test_an_old_workbook_is_read_and_its_hidden_row_is_left_out_and_said(composer):
    group = make_group()
    content = zlib.decompress(base64.b64decode(OLD_WORKBOOK))
    file = SimpleUploadedFile("old.xls", content)
    composer.post(reverse("upload-create"), {"group": group.pk, "file": file})
    upload = Upload.objects.get()
    work_on(upload.pk)
    assert "1 row is hidden in this sheet: left out." in page_of(composer, upload)
    go_on(composer, upload)
    assert import_it(composer, Upload.objects.get()).counts["created"] == 1
    assert Contact.objects.get(phone=JANE).values == {"balance": "5000.50"}


def test_a_click_changes_the_encoding(composer):
    group = make_group()
    text = f"phone;name\n{JANE};José\n".encode()
    composer.post(reverse("upload-create"), {"group": group.pk, "file": SimpleUploadedFile("a.csv", text)})
    upload = Upload.objects.get()
    page = page_of(composer, upload)
    assert '“<strong dir="auto">José</strong>”' in page and 'value="cp1252">Read as Windows' in page
    posted = {"encoding": "cp1252", "delimiter": ";", "heading_row": "1"}
    composer.post(reverse("upload-reading", args=[upload.pk]), posted)
    assert "JosÃ©" in page_of(composer, upload)
    composer.post(reverse("upload-reading", args=[upload.pk]), posted | {"encoding": "klingon"})
    assert "cannot be read so" in page_of(composer, upload)


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "empty"),
        (b"phone,name\n", "no rows under them"),
        (b"PK\x03\x04 broken", "no Excel"),
        (b"%PDF-1.7", "This file is a PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "no spreadsheet"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_at_its_field_and_leaves_nothing(composer, content, words):
    posted = {"new_group": "people", "file": SimpleUploadedFile("list.csv", content)}
    answer = composer.post(reverse("upload-create"), posted)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Upload.objects.exists() and not ContactGroup.objects.exists()


def test_columns_without_a_number_are_an_error_that_loses_nothing(composer):
    group = make_group()
    composer.post(reverse("upload-create"), {"group": group.pk, "pasted": f"phone,name\n{JANE},Jane\n"})
    upload = Upload.objects.get()
    posted = {"role_0": "ignore", "role_1": "name", "type_0": "text", "type_1": "text"}
    answer = composer.post(reverse("upload-detail", args=[upload.pk]), posted)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "No column holds phone numbers" in page
    assert selected(page)["role_1"] == "name"


POST_ONLY = ("upload-give-up", "upload-import", "upload-reading")
VIEWS = ("upload-detail", "upload-undo", "upload-people", "upload-rejects", *POST_ONLY)


def test_a_stranger_a_viewer_a_wrong_number_and_a_wrong_method(sign_in, composer):
    upload = send(composer, f"phone\n{JANE}\n", make_group())
    stranger, viewer = sign_in(), sign_in("viewer")
    for name in VIEWS:
        address, nowhere = reverse(name, args=[upload.pk]), reverse(name, args=[upload.pk + 1000])
        ask = "post" if name in POST_ONLY else "get"
        assert getattr(stranger, ask)(address).url.startswith("/sign-in"), name
        assert getattr(viewer, ask)(address).status_code == 403, name
        assert getattr(composer, ask)(nowhere).status_code == 404, name
        if name in POST_ONLY:
            assert composer.get(address).status_code == 405, name
        assert composer.delete(address).status_code in (200, 302, 405), name
    assert Upload.objects.get().is_checked
    assert stranger.get(reverse("upload-create")).status_code == 302
    assert viewer.get(reverse("upload-create")).status_code == 403
    assert composer.post(reverse("upload-create"), {}).status_code == 200


@pytest.mark.parametrize(
    "status, claim, lease, said",
    [
        ("importing", 1, 30, ""),
        ("importing", 1, 20, ""),  # a chunk that takes long
        ("importing", 1, 12, "at about"),
        ("importing", 1, -2, "at about"),  # its worker let go of it, and the next one comes with the tick
        ("importing", 1, -60, "as soon as one is free"),
        ("checking", 0, 25, ""),
        ("checking", 0, 10, "as soon as one is free"),
        ("undoing", 2, 10, "at about"),
        ("reading", 1, 90, ""),  # of a child that may read for five minutes
        ("done", 1, None, ""),
    ],
)
def test_the_page_says_that_the_work_has_stopped_and_when_it_goes_on(composer, status, claim, lease, said):
    until = lease and timezone.now() + timedelta(seconds=lease)
    counts = dict.fromkeys(("created", "updated", "unchanged", "duplicates", "rejected"), 0) | {"began": 1}
    upload = Upload.objects.create(
        group=make_group(), name="a", status=status, claim=claim, lease_until=until, counts=counts, rows_expected=9
    )
    page = page_of(composer, upload)
    assert said in page
    assert ("by itself" in page) == bool(said)
    if said == "at about":
        assert f"at about {timezone.localtime(until):%H:%M:%S};" in page
        assert "seconds left" not in page


def test_an_upload_that_goes_well_never_says_that_it_has_stopped(composer, monkeypatch):
    monkeypatch.setattr("contacts.importing.chunking.CHUNK_ROWS", 10)
    monkeypatch.setattr("contacts.importing.winners.PROGRESS_EVERY_ROWS", 10)
    monkeypatch.setattr("contacts.importing.undoing.CHUNK_PEOPLE", 10)
    pages = []

    def seen(act):
        def looked(upload, *rest, **changes):
            act(upload, *rest, **changes)
            pages.append(page_of(composer, upload))

        return looked

    for module in ("checking", "writing", "undoing"):
        name = f"contacts.importing.{module}.move_on"
        monkeypatch.setattr(name, seen(claims.move_on))
    rows = "".join(f"{make_phone(number)},Jane\n" for number in range(100))
    upload = import_it(composer, send(composer, f"phone,name\n{rows}", make_group()))
    composer.post(reverse("upload-undo", args=[upload.pk]))
    work_on(upload.pk)
    assert Upload.objects.get().is_undone
    assert len(pages) > 30
    assert not any("by itself" in page for page in pages)


def test_the_page_says_how_many_have_left_who_are_not_in_the_file(composer, monkeypatch):
    group = make_group(contacts=3)
    upload = send(composer, f"phone\n{JANE}\n", group)
    composer.post(reverse("upload-import", args=[upload.pk]), HOW | {"mode": "replace", "again": "1"})
    work_on(upload.pk)
    seen = []

    def looked_at(*changed, **how):
        # What somebody else sees: this one is in the middle of it.
        Beside(lambda: seen.append(page_of(composer, upload))).join()
        return claims.move_on(*changed, **how)

    monkeypatch.setattr(leaving, "CHUNK_PEOPLE", 2)
    monkeypatch.setattr(leaving, "move_on", looked_at)
    import_it(composer, upload, mode="replace")
    said = [page.split("taken out of the group: ")[1].split(" so far")[0] for page in seen]
    assert said == ["0", "0", "2", "2"]
    assert list(group.contacts.values_list("phone", flat=True)) == [JANE]


def test_progress_asks_again_until_it_is_over(composer):
    upload = send(composer, f"phone\n{JANE}\n", make_group())
    composer.post(reverse("upload-import", args=[upload.pk]), HOW)
    begun = page_of(composer, upload)
    assert "The file is read through once; then its rows are written." in begun
    assert "value=" not in begun.split("<progress")[1].split(">")[0], "nothing can be told of it yet"
    Upload.objects.update(row_cursor=500_000, rows_expected=1_000_000, counts={"rows": 500_000})
    fragment = read(composer.get(reverse("upload-detail", args=[upload.pk]), headers={"HX-Request": "true"}))
    assert 'hx-trigger="every 1s"' in fragment and 'value="50"' in fragment and "500,000 of 1,000,000" in fragment
    assert "<html" not in fragment
    Upload.objects.update(row_cursor=0, counts={})
    work_on(upload.pk)
    assert "hx-trigger" not in page_of(composer, upload).split('id="upload"')[1].split("</section>")[0]


def test_no_request_reads_a_workbook_and_one_that_costs_too_much_is_told(composer, tmp_path, monkeypatch):
    """A text of 200 MB in a file of 200 KB."""
    texts = [b"Phone", b"0712345678", (b"a" * (1 << 20) for _ in range(200))]
    content = packed_workbook(tmp_path / "cell.xlsx", texts, [[0], [1, 2]]).read_bytes()
    assert len(content) < 1 << 20
    with monkeypatch.context() as patch:
        patch.setattr(opening, "read_in_child", lambda *_: pytest.fail("a request has read it"))
        posted = {"new_group": "people", "file": SimpleUploadedFile("cell.xlsx", content)}
        assert composer.post(reverse("upload-create"), posted).status_code == 302
        upload = Upload.objects.get()
        assert "The file is being read." in page_of(composer, upload)
    work_on(upload.pk)
    page = page_of(composer, upload)
    assert "A cell of the workbook is longer than 32,767 letters" in page
    assert "Upload another file" in page


def test_no_request_reads_a_workbook_in_another_way(composer, monkeypatch):
    content = (DATA / "excel.xlsx").read_bytes()
    composer.post(reverse("upload-create"), {"new_group": "people", "file": SimpleUploadedFile("a.xlsx", content)})
    upload = Upload.objects.get()
    work_on(upload.pk)
    upload.refresh_from_db()
    before = upload.reading["sheet"]
    with monkeypatch.context() as patch:
        patch.setattr(opening, "read_in_child", lambda *_: pytest.fail("a request has read it"))
        composer.post(reverse("upload-reading", args=[upload.pk]), {"heading_row": "2", "sheet": before})
        assert "The file is being read." in page_of(composer, upload)
    work_on(upload.pk)
    assert "What is in each column?" in page_of(composer, upload)
