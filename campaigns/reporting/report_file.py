"""A report as a file: CSV, or an Excel file with its reasons on a second sheet; no formulas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from campaigns.reporting.report_figures import reasons_in_words
from campaigns.reporting.report_labels import period_in_words
from campaigns.reporting.reports import Report, ReportRow
from contacts.spreadsheets import csv_lines
from lib.workbooks import new_workbook

if TYPE_CHECKING:
    from xlsxwriter import Workbook

HEADINGS = (
    "texts", "parts", "delivered", "not_delivered", "no_report", "not_known", "refused", "left_out", "cancelled",
    "waiting", "delivery_rate_percent", "cost_kes", "planned_kes", "cost_of_delivered_kes", "median_seconds",
    "p95_seconds",
)  # fmt: skip
Number = int | float | None


def report_as_csv(report: Report) -> Iterator[str]:
    """The rows and, last, the total."""
    rows = ([one.label, *("" if cell is None else str(cell) for cell in figures_of(one))] for one in _all(report))
    return csv_lines((report.query.by, *HEADINGS), rows)


def write_report_workbook(report: Report, file: IO[bytes]) -> None:
    """Figures are numbers, to be reckoned with; whatever somebody typed is text."""
    with new_workbook(file, row_by_row=False) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("Report")
        sheet.write_string(0, 0, period_in_words(report.query.first, report.query.last), bold)
        sheet.write_row(1, 0, (report.query.by, *HEADINGS), bold)
        sheet.freeze_panes(2, 1)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, len(HEADINGS), 14)
        for number, row in enumerate(_all(report), start=2):
            sheet.write_string(number, 0, row.label)
            for column, cell in enumerate(figures_of(row), start=1):
                if cell is not None:
                    sheet.write_number(number, column, cell)
        _write_reasons(book, report, bold)


def figures_of(row: ReportRow) -> list[Number]:
    """In the order of HEADINGS."""
    one, rate, each = row.figures, row.delivery_rate, row.cost_of_delivered
    return [
        row.texts, one.parts, one.delivered, one.undelivered, row.no_report, row.not_known, row.refused, row.left_out,
        one.cancelled, one.waiting, None if rate is None else round(float(rate) * 100, 2), round(float(row.cost), 4),
        round(float(row.planned), 4), None if each is None else round(float(each), 4), row.median_seconds,
        row.p95_seconds,
    ]  # fmt: skip


def _all(report: Report) -> list[ReportRow]:
    return [*report.rows, report.total]


def _write_reasons(book: Workbook, report: Report, bold: object) -> None:
    sheet = book.add_worksheet("Reasons")
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 60)
    sheet.write_row(0, 0, ("what", "why", "texts"), bold)
    number = 1
    figures = report.total.figures
    for what, counts in (("not delivered", figures.reasons), ("left out", figures.left_out_for)):
        for one in reasons_in_words(counts):
            sheet.write_string(number, 0, what)
            sheet.write_string(number, 1, one.words)
            sheet.write_number(number, 2, one.count)
            number += 1
