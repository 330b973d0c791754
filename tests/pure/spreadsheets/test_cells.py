"""Cells of workbooks that hold something which the library does not tell: errors, formulas nobody reckoned, merges."""

import re
import time
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from contacts.spreadsheets import open_sheet
from contacts.spreadsheets.broken import NO_VALUE
from contacts.spreadsheets.package import between_tags
from contacts.spreadsheets.sheet_xml import scan_sheet
from tests.workbooks import SHEET, document, edited

HEAD = b'<?xml version="1.0"?><worksheet xmlns="x"><cols><col hidden="1"/></cols><sheetData>'
TAIL = b'</sheetData><conditionalFormatting><f>"e"</f></conditionalFormatting><mergeCells/></worksheet>'


def cells_of(path):
    return [row.cells for row in open_sheet(path).rows()]


def scanned(rows, size=1 << 20):
    xml = HEAD + rows + TAIL
    cut = [xml[at : at + size] for at in range(0, len(xml), size)]
    found = scan_sheet(between_tags(cut), between_tags(cut))
    return found.hidden_rows, list(found.broken)


@pytest.mark.parametrize(
    "cell, error",
    [
        ('<c r="B3" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="B3" s="4" t="e"><f>VLOOKUP(A3,Z:Z,1)</f><v>#REF!</v></c>', "#REF!"),
        ("<c t='e' r='B3'><v>#DIV/0!</v></c>", "#DIV/0!"),
        ('<c r="B3" t = "e"><f t="shared" si="0"/><v>#VALUE!</v></c>', "#VALUE!"),
        ('<c r="B3" t="e"><v>#NEW_ONE!</v></c>', "#ERROR!"),
        ('<c r="B3" t="e"/>', "#ERROR!"),
        ('<c r="B3" t="e"><f>NA()</f></c>', "#ERROR!"),
        ('<c r="B3"><f>A1+1</f></c>', NO_VALUE),
        ('<c r="B3"><f>A1+1</f><v/></c>', NO_VALUE),
        ('<c r="B3"><f>A1+1</f>\n  <v></v>\n</c>', NO_VALUE),
        ('<c r="B3"><f t="shared" si="0"/></c>', NO_VALUE),
        ('<c r="B3" s="1"><f t="shared" ref="B3:B9" si="0"/><v /></c>', NO_VALUE),
        ('<c r="B3" t="str"><f>A1&amp;"e"</f></c>', NO_VALUE),
        # What a formula has come to, an empty text among it.
        ('<c r="B3"><f>A1+1</f><v>0</v></c>', None),
        ('<c r="B3"><f t="shared" si="0"/><v>7</v></c>', None),
        ('<c r="B3" t="str"><f>IF(A1="e","",1)</f><v></v></c>', None),
        ('<c r="B3" t="str"><f>""</f><v/></c>', None),
        ('<c r="B3" t="inlineStr"><is><t>the "e" of &lt;f&gt;</t></is></c>', None),
        ('<c r="B3" s="9"/>', None),
    ],
)
@pytest.mark.parametrize("size", [1, 40, 1 << 20])
@pytest.mark.parametrize("written", ["as Excel does", "with a prefix", "without places"])
def test_a_broken_cell_is_found_however_it_is_written(cell, error, size, written):
    rows = (
        f'<row r="2"><c r="A2"><v>1</v></c></row><row r="3"><c r="A3"><v>1</v></c>{cell}<c r="C3"/></row><row r="4"/>'
    )
    expected = [(3, 1, error)] if error else []
    if written == "without places":
        rows = "<row/>" + re.sub(r""" r=["']\w+["']""", "", rows)
    xml = rows.encode()
    if written == "with a prefix":
        xml = re.sub(rb"<(/?)(\w)", rb"<\1x:\2", HEAD + xml + TAIL)
        found = scan_sheet(between_tags([xml]), [])
        assert list(found.broken) == expected
        return
    assert scanned(xml, size) == (set(), expected)


@pytest.mark.parametrize(
    "rows, hidden",
    [
        (b'<row r="1"/><row r="2" hidden="1"/><row r="9" hidden="true"><c r="A9"/></row>', {2, 9}),
        (b'<row/><row hidden="1"><c/></row><row/><row hidden="1"/>', {2, 4}),
        (b'<row r="5"/><row hidden="1"/><row r="9"/><row hidden="1"><c/></row>', {6, 10}),
        (b'<row r="1" hidden="0"><c><v>hidden</v></c></row>', set()),
    ],
)
def test_rows_are_hidden_with_and_without_their_numbers(rows, hidden):
    assert scanned(rows)[0] == hidden


@given(
    st.lists(st.lists(st.sampled_from(["<v>1</v>", "<f>1</f>", "<f>1</f><v>2</v>"]), max_size=4), max_size=30),
    st.booleans(),
    st.integers(1, 200),
)
def test_every_broken_cell_is_found_at_its_place(rows, numbered, size):
    xml, expected = "", []
    for number, cells in enumerate(rows, start=1):
        place = [f' r="{"ABCD"[column]}{number}"' if numbered else "" for column in range(4)]
        xml += f'<row r="{number}">' if numbered else "<row>"
        xml += "".join(f"<c{place[column]}>{cell}</c>" for column, cell in enumerate(cells)) + "</row>"
        expected += [(number, column, NO_VALUE) for column, cell in enumerate(cells) if cell == "<f>1</f>"]
    assert scanned(xml.encode(), size) == (set(), expected)


@pytest.mark.parametrize(
    "xml",
    [
        b'<row><c t="inlineStr"><is><t>' + b'"e"' * 300_000 + b"</t></is></c></row>",
        b"<row><c><f>" + b"</f>" * 250_000 + b"</c></row>",
        b"<row><c><f/>" + b"/></c>" * 150_000 + b"</row>",
        b"<row><c><f>" + b"</f> " * 200_000 + b" " * 500_000 + b"</c></row>",
    ],
)
def test_what_is_no_cell_is_not_looked_at_again_and_again(xml):
    """Each mark by itself would be sought through all that stands before it: minutes a megabyte."""
    began = time.process_time()
    scanned(xml)
    assert time.process_time() - began < 5


def test_an_error_stands_in_its_cell_and_a_row_of_formulas_alone_is_none(tmp_path):
    book = xlsxwriter.Workbook(str(tmp_path / "plain.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Phone", "Name", "Balance"])
    for row, phone in ((1, "0712345678"), (4, "0712345679")):
        sheet.write_row(row, 0, [phone, "Jane"])
        sheet.write_formula(row, 2, "=A1", None, "#N/A" if row == 1 else 12)
    for row in (2, 3, 5):
        sheet.write_formula(row, 2, "=C2", None, 7)
    book.close()
    path = edited(
        tmp_path / "plain.xlsx", tmp_path / "broken.xlsx", SHEET, lambda xml: re.sub(r"<v>(?:12|7)</v>", "", xml)
    )
    opened = open_sheet(path)
    assert [row.cells for row in opened.rows()] == [
        ["0712345678", "Jane", "#N/A"], ["0712345679", "Jane", NO_VALUE]
    ]  # fmt: skip
    assert opened.uncalculated == [2]


def merged(path, *merges):
    """Five people, with these merged: first and last row, column, what stands there."""
    book = xlsxwriter.Workbook(str(path))
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Branch", "Amount", "Due", "Phone"])
    for row in range(1, 6):
        sheet.write_string(row, 3, f"071234567{row}")
    for first, last, column, value in merges:
        sheet.merge_range(first, column, last, column, "", day if isinstance(value, date) else None)
        if isinstance(value, date):
            sheet.write_datetime(first, column, value, day)
        else:
            sheet.write(first, column, value)
    book.close()
    return path


@pytest.mark.parametrize(
    "value, cells, filled",
    [
        ("Nakuru", ["Nakuru"] * 3, True),
        ("Form 2 East", ["Form 2 East"] * 3, True),
        (5000, ["5000", "", ""], False),
        ("KES 5,000", ["KES 5,000", "", ""], False),
        ("0712000111", ["0712000111", "", ""], False),
        (date(2026, 12, 5), ["2026-12-05", "", ""], False),
        ("5 Dec 2026", ["5 Dec 2026", "", ""], False),
    ],
)
def test_a_merged_text_fills_down_and_an_amount_counts_once(tmp_path, value, cells, filled):
    opened = open_sheet(merged(tmp_path / "m.xlsx", (1, 3, 0, value)))
    assert [row.cells[0] for row in opened.rows()] == [*cells, "", ""]
    assert (opened.filled_down, opened.merged_once) == (([0], []) if filled else ([], [0]))


def test_a_merge_fills_below_a_hidden_row_and_beside_another(tmp_path):
    path = merged(tmp_path / "m.xlsx", (1, 2, 0, "Nakuru"), (3, 5, 0, "Molo"), (1, 2, 1, 700))
    hidden = edited(
        path, tmp_path / "hidden.xlsx", SHEET, lambda xml: re.sub('<row r="([25])"', r'<row r="\1" hidden="1"', xml)
    )
    opened = open_sheet(hidden)
    assert [(row.number, row.cells[0], row.cells[1]) for row in opened.rows()] == [
        (3, "Nakuru", ""), (4, "Molo", ""), (6, "Molo", "")
    ]  # fmt: skip


def test_a_merge_over_the_middle_of_a_large_sheet_fills_both_halves(tmp_path):
    book = xlsxwriter.Workbook(str(tmp_path / "large.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Branch", "Phone"])
    for row in range(1, 60_001):
        sheet.write_row(row, 1, [f"0712{row:06}", *[0.123456789] * 8])
    sheet.merge_range(1, 0, 40_000, 0, "Nakuru")
    sheet.merge_range(40_001, 0, 60_000, 0, "Molo")
    book.close()
    branches = [row.cells[0] for row in open_sheet(tmp_path / "large.xlsx").rows()]
    assert branches == ["Nakuru"] * 40_000 + ["Molo"] * 20_000


ODS_ERROR = (
    '<table:table-cell table:formula="of:=NA()" office:value-type="{}" office:{}="{}" calcext:value-type="error">'
    "<text:p>{}</text:p></table:table-cell>"
)
WORD = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'


@pytest.mark.parametrize(
    "cell, read",
    [
        (ODS_ERROR.format("string", "string-value", "", "#N/A"), "#N/A"),
        (ODS_ERROR.format("float", "value", "0", "#DIV/0!"), "#DIV/0!"),
        (ODS_ERROR.format("string", "string-value", "", "Err:502"), "#ERROR!"),
        ('<table:table-cell table:formula="of:=[.A1]"/>', NO_VALUE),
        ('<table:table-cell table:formula="of:=1" office:value-type="float" office:value="1"/>', "1"),
        ('<table:table-cell table:formula="of:=&quot;&quot;" office:value-type="string"/>', ""),
        (WORD.format("Jane<text:line-break/>Demo"), "Jane Demo"),
        (WORD.format('Jane<text:tab text:tab-ref="1"></text:tab>Demo'), "Jane Demo"),
        (WORD.format("Jane<text:line-break/><text:line-break/><text:tab/> Demo"), "Jane Demo"),
    ],
)
def test_the_cells_of_an_ods(tmp_path, cell, read):
    row = "<table:table-row>{}</table:table-row>".format
    rows = row(WORD.format("Phone") + WORD.format("A")) + row(WORD.format("0712345678") + cell)
    assert cells_of(document(tmp_path / "cells.ods", rows)) == [["0712345678", read]]


def test_cells_of_an_ods_that_span_rows_or_stand_for_several(tmp_path):
    row = "<table:table-row{}>{}</table:table-row>".format
    spanned = '<table:table-cell table:number-rows-spanned="2" office:value-type="string"><text:p>Molo</text:p>'
    wrong = '<table:table-cell table:formula="of:=A1" table:number-columns-repeated="2"/>'
    rows = row("", "".join(map(WORD.format, ("Phone", "Branch", "A", "B"))))
    rows += row("", WORD.format("0712345678") + spanned + "</table:table-cell>" + wrong)
    rows += row("", WORD.format("0712345679") + "<table:covered-table-cell/>" + WORD.format("x"))
    rows += row(' table:number-rows-repeated="2"', WORD.format("0712345670") + WORD.format("y") + wrong)
    assert cells_of(document(tmp_path / "spans.ods", rows)) == [
        ["0712345678", "Molo", NO_VALUE, NO_VALUE],
        ["0712345679", "Molo", "x", ""],
        ["0712345670", "y", NO_VALUE, NO_VALUE],
        ["0712345670", "y", NO_VALUE, NO_VALUE],
    ]


def test_days_from_1904_are_days_and_their_numbers_are_none(tmp_path):
    book = xlsxwriter.Workbook(str(tmp_path / "mac.xlsx"), {"date_1904": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Phone", "Due", "Serial"])
    sheet.write_row(1, 0, ["0712345678"])
    sheet.write_datetime(1, 1, date(2026, 12, 5), book.add_format({"num_format": "dd/mm/yyyy"}))
    sheet.write_number(1, 2, 44_532)
    book.close()
    opened = open_sheet(tmp_path / "mac.xlsx")
    assert [row.cells for row in opened.rows()] == [["0712345678", "2026-12-05", "44532"]]
    assert not opened.has_serial_days
