"""A workbook that costs more than it weighs is refused, by what really comes out of it, before a library opens it."""

import os
import select
import signal
import subprocess
import sys
import zipfile
import zlib

import pytest

from contacts.spreadsheets import BadFile, Busy, bounds, child, open_sheet, package, sheet_xml, spool, text
from contacts.spreadsheets.reading import MOST_COLUMNS
from tests.workbooks import MAIN, SHARED_TEXTS, SHEET, edited, packed_workbook

MEGABYTE = b"a" * (1 << 20)
PEOPLE = [b"Phone", b"0712345678"]


@pytest.fixture
def people(tmp_path):
    return packed_workbook(tmp_path / "people.xlsx", PEOPLE, [[0], [1]])


def told(read):
    with pytest.raises(BadFile) as caught:
        read()
    return caught.value.code, caught.value.words


def refusal(path):
    return told(lambda: open_sheet(path))


def test_an_honest_one_is_read(people):
    sheet = open_sheet(people)
    assert (sheet.headings, [row.cells for row in sheet.rows()]) == (["Phone"], [["0712345678"]])


def test_a_cell_of_hundreds_of_megabytes_is_refused_before_a_library_opens_it(tmp_path, monkeypatch):
    path = packed_workbook(tmp_path / "cell.xlsx", [*PEOPLE, (MEGABYTE for _ in range(200))], [[0], [1, 2]])
    assert path.stat().st_size < 1 << 20
    monkeypatch.setattr(spool, "names_in", lambda source: pytest.fail("it was opened"))
    with pytest.raises(BadFile, match=r"longer than 32,767 letters.*Shorten it"):
        spool.main(path, tmp_path / "rows", {})
    assert refusal(path) == ("too_large", bounds.LONG_CELL)


def test_a_cell_is_as_long_as_excel_holds_and_no_longer(tmp_path):
    longest = bounds.LONGEST_CELL_LETTERS
    sheet = open_sheet(packed_workbook(tmp_path / "fits.xlsx", [*PEOPLE, b"b" * longest], [[0], [1, 2]]))
    assert len(next(sheet.rows()).cells[1]) == longest
    path = packed_workbook(tmp_path / "longer.xlsx", [*PEOPLE, b"b" * (longest + 1)], [[0], [1, 2]])
    code, words = refusal(path)
    assert (code, words) == ("too_large", f"Row 2: {bounds.LONG_CELL}")


def test_what_is_too_large_by_its_own_word_is_refused_with_nothing_unpacked(people, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_UNPACKED_BYTES", 100)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(BadFile, match=r"larger than 0 MB when unpacked. Save it as CSV, or split it."):
        bounds.check_package(people)


@pytest.mark.parametrize("part, name", [("MOST_PART_BYTES", SHARED_TEXTS), ("MOST_INDEX_BYTES", "xl/workbook.xml")])
def test_a_part_has_a_limit_of_its_own(people, monkeypatch, part, name):
    monkeypatch.setattr(bounds, part, 30)
    with pytest.raises(BadFile, match="part of the workbook"):
        bounds.check_package(people)


def test_a_directory_that_lies_about_a_size_does_not_help(tmp_path):
    """Both records of the part say ten bytes, and have the checksum of eleven, so that nothing else gives it away."""
    path = packed_workbook(tmp_path / "liar.xlsx", [*PEOPLE, (b"<r/>" * (1 << 18) for _ in range(20))], [[0], [1]])
    with zipfile.ZipFile(path) as packed:
        part = packed.getinfo(SHARED_TEXTS)
        checksum = zlib.crc32(packed.open(part).read(11))
    data = path.read_bytes().replace(part.CRC.to_bytes(4, "little"), checksum.to_bytes(4, "little"))
    for width in (4, 8):
        data = data.replace(part.file_size.to_bytes(width, "little"), (10).to_bytes(width, "little"))
    path.write_bytes(data)
    with zipfile.ZipFile(path) as packed:
        assert packed.getinfo(SHARED_TEXTS).file_size == 10
    assert refusal(path) == ("not_a_spreadsheet", bounds.DAMAGED)


def test_more_parts_than_a_workbook_has_are_refused_before_one_is_looked_at(people, monkeypatch):
    with zipfile.ZipFile(people, "a") as packed:
        for number in range(12_000):
            packed.writestr(f"xl/media/{'n' * 40}{number}", b"")
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("its directory was read"))
    with pytest.raises(BadFile, match="too many parts"):
        bounds.check_package(people)


def test_a_picture_without_tags_is_no_long_cell(people):
    with zipfile.ZipFile(people, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/media/image1.bmp", b"BM" + bytes(3 << 20))
    assert open_sheet(people).lines == 2


RUN = b"<r><rPr><b/></rPr><t>a</t></r>"


def test_a_cell_of_many_runs_is_as_long_as_its_tags(tmp_path, monkeypatch):
    """Each of them is short, and none is a stretch without a tag."""
    monkeypatch.setattr(spool, "names_in", lambda source: pytest.fail("it was opened"))
    many = (b"</t>", *[RUN * 20_000] * 20, b"<t>")
    path = packed_workbook(tmp_path / "runs.xlsx", [*PEOPLE, many], [[0], [1, 2]])
    assert told(lambda: spool.main(path, tmp_path / "rows", {})) == ("too_large", bounds.LARGE_CELL)


@pytest.mark.parametrize(
    "above, row",
    [
        ("<cols>" + '<col min="1" max="1" hidden="1"/>' * 300_000 + "</cols>", ""),
        ("", '<row r="1"><c t="inlineStr"><is>' + RUN.decode() * 400_000 + "</is></c></row>"),
    ],
    ids=["columns", "a text in its cell"],
)
def test_what_stands_above_the_rows_or_in_one_cell_has_a_limit(tmp_path, people, monkeypatch, above, row):
    monkeypatch.setattr(spool, "names_in", lambda source: pytest.fail("it was opened"))
    sheet = f'<worksheet xmlns="{MAIN}">{above}<sheetData>{row}</sheetData></worksheet>'
    path = edited(people, tmp_path / "large.xlsx", SHEET, lambda _: sheet)
    assert told(lambda: spool.main(path, tmp_path / "rows", {})) == ("too_large", bounds.LARGE_CELL)


def test_what_stands_below_the_rows_has_none(tmp_path, people):
    below = "<mergeCells>" + '<mergeCell ref="B2:C2"/>' * 400_000 + "</mergeCells></worksheet>"
    path = edited(people, tmp_path / "below.xlsx", SHEET, lambda text: text.replace("</worksheet>", below))
    assert open_sheet(path).lines == 2


@pytest.fixture
def repeated(tmp_path):
    """One text of a thousand letters, in three hundred cells."""
    return packed_workbook(tmp_path / "repeated.xlsx", [*PEOPLE, b"c" * 1000], [[0], *[[1, 2]] * 300])


def test_one_text_in_many_cells_is_counted_in_each_before_a_library_opens_it(repeated, tmp_path, monkeypatch):
    unpacked = bounds.check_package(repeated)
    assert unpacked < 40_000
    monkeypatch.setattr(bounds, "SHEET_LETTERS_AT_LEAST", 0)
    monkeypatch.setattr(spool, "names_in", lambda source: pytest.fail("it was opened"))
    assert told(lambda: spool.main(repeated, tmp_path / "rows", {})) == ("too_large", bounds.TooMuch().words)


def test_one_long_text_among_many_cells_is_no_harm(tmp_path, monkeypatch):
    """Were it in each of them, it would be."""
    monkeypatch.setattr(bounds, "SHEET_LETTERS_AT_LEAST", 20_000)
    monkeypatch.setattr(bounds, "SHEET_LETTERS_A_BYTE", 0)
    path = packed_workbook(tmp_path / "terms.xlsx", [*PEOPLE, b"c" * 1000], [[0], [1, 2], *[[1]] * 300])
    assert spool.main(path, tmp_path / "rows", {})["rows"] == 302


def test_one_text_in_many_cells_fills_no_spool(repeated, tmp_path, monkeypatch):
    """Of a workbook whose texts are not told before, such as an .ods."""
    monkeypatch.setattr(bounds, "SHEET_LETTERS_AT_LEAST", 0)
    monkeypatch.setattr(bounds, "_check_texts", lambda *_: None)
    with pytest.raises(BadFile, match="more memory or time"):
        spool.main(repeated, tmp_path / "rows", {})


def test_more_columns_than_may_be_are_refused_before_their_rows_are_written(tmp_path):
    path = packed_workbook(tmp_path / "wide.xlsx", PEOPLE, [[0] * (MOST_COLUMNS + 1), [1]])
    with pytest.raises(BadFile, match="more than 200 columns"):
        spool.main(path, tmp_path / "rows", {})


def test_a_thousand_sheets_are_enough(tmp_path, monkeypatch):
    path = packed_workbook(tmp_path / "sheets.xlsx", PEOPLE, [[0]], [f"S{number}" for number in range(1_001)])
    assert "more than 1,000 sheets" in refusal(path)[1]


def test_a_tag_that_is_never_closed_is_not_read_on_into_the_next():
    """Else each of a million of them would be read to the end of the sheet."""
    xml = b'<row hidden="1" <row hidden= <row r="3" hidden="1">'
    assert sheet_xml._Scanner().rows.findall(xml) == [b'<row r="3" hidden="1">']
    assert package._row.search(xml)[0] == b'<row r="3"'


@pytest.mark.parametrize(
    "bound, act, ends_with",
    [
        ("bounds.MOST_MEMORY_BYTES = 256 << 20", "bytearray(512 << 20)", 1),
        ("bounds.CHILD_CPU_SECONDS = 1", "all(iter(int, 1))", -signal.SIGKILL),
    ],
)
def test_the_kernel_bounds_a_child(bound, act, ends_with):
    code = f"from contacts.spreadsheets import bounds\n{bound}\nbounds.bound_process()\nwhile True: {act}"
    found = subprocess.run([sys.executable, "-c", code], cwd=child.PROJECT, capture_output=True, timeout=60)
    assert found.returncode == ends_with, found.stderr.decode()


@pytest.mark.parametrize("how", [signal.SIGABRT, signal.SIGKILL, signal.SIGXCPU])
def test_a_child_that_was_ended_by_its_bounds_is_told_as_that(people, monkeypatch, tmp_path, how):
    monkeypatch.setattr(child, "MODULE", ended_by(tmp_path, how))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert refusal(people) == ("too_large", bounds.TooMuch().words)


def test_a_child_that_is_silent_too_long_ends_with_all_that_it_forked(people, monkeypatch, tmp_path):
    (tmp_path / "sleeper.py").write_text(
        "import os, pathlib, signal\n"
        f"if forked := os.fork(): pathlib.Path({str(tmp_path / 'forked')!r}).write_text(str(forked))\n"
        "signal.pause()\n"
    )
    monkeypatch.setattr(child, "MODULE", "sleeper")
    monkeypatch.setattr(child, "CHILD_SECONDS", 1)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert refusal(people)[0] == "too_large"
    try:
        forked = os.pidfd_open(int((tmp_path / "forked").read_text()))
    except ProcessLookupError:
        return
    assert select.select([forked], [], [], 10)[0], "it lives on"


def ended_by(folder, how):
    (folder / "ended.py").write_text(f"import os\nos.kill(os.getpid(), {int(how)})\n")
    return "ended"


def test_so_many_workbooks_are_read_at_once_and_the_next_is_told_to_wait(people):
    with child._turn(), child._turn(), pytest.raises(Busy, match="Try again"):
        open_sheet(people)
    assert open_sheet(people).lines == 2


def test_one_cell_of_a_text_file_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "line.csv"
    with path.open("wb") as file:
        file.write(b"phone,note\n0712345678,")
        file.writelines(MEGABYTE for _ in range(40))
    with pytest.raises(BadFile) as caught:
        open_sheet(path)
    assert caught.value.code == "too_large"
    assert caught.value.words.startswith("Row 2 has more than 2,097,152 letters")
    with path.open(encoding="utf-8", newline="") as file:
        lines = []
        with pytest.raises(text._LongRow):
            list(text._kept_in(lines, file))
        assert file.tell() < 10 << 20, "the rest was not read"


def test_a_row_of_many_short_lines_ends_too(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_bytes(b'phone,note\n0712345678,"' + b'x","\n' * 600_000)
    with pytest.raises(BadFile, match="Row 2 has more than"):
        open_sheet(path)


def test_more_cells_than_excel_has_are_no_row(tmp_path):
    path = tmp_path / "cells.csv"
    path.write_bytes(b"phone,name\n0712345678,Jane\n" + b"," * 20_000 + b"x\n")
    with pytest.raises(BadFile, match="Row 3 has more than 16,384 cells"):
        list(open_sheet(path).rows())
