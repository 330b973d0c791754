"""Spreadsheets into groups, beside a bare COPY of the same ready rows and the workbook library alone.

Each import runs in a process of its own, whose memory is a worker's: `python -m benchmarks.importing FILE GROUP`.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, TextIO

import xlsxwriter
from django.db import connection
from django.utils import timezone

HEADINGS = ["Phone", "Name", "Loan Balance", "Due Date", "Account", "Branch"]
BRANCHES = ("Nakuru", "Nairobi", "Kisumu", "Mombasa")
# Like people's, these names share their words: 29,791 of them, of 93.
BEGINNINGS = ("Wan", "Nje", "Ka", "Mu", "Oti", "Aki", "Che", "Ki", "Nya", "Ba", "Ru", "Ma", "Ju", "Fa", "Sa", "Ha",
    "Lo", "Ta", "Ye", "Zu", "Pe", "Gi", "Do", "Wa", "Ne", "Ga", "Si", "Mo", "Ro", "Le", "Ko")  # fmt: skip
COLUMNS = 'group_id, phone, name, "values", upload_id, consent_source, created_at, updated_at'
CALAMINE = (
    "import sys, python_calamine; "
    "sum(1 for row in python_calamine.CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python())"
)
SPOOLED = (
    "import sys, pathlib; from contacts.spreadsheets import open_sheet; "
    "sum(1 for row in open_sheet(pathlib.Path(sys.argv[1])).rows())"
)


Line = tuple[str, float, float, str]


def measure(rows: int) -> Iterator[Line]:
    """What was done, seconds of ours and of the bare one, and how much memory ours took."""
    with tempfile.TemporaryDirectory() as folder:
        first, again, book = Path(folder, "first.csv"), Path(folder, "again.csv"), Path(folder, "book.xlsx")
        _write_csv(first, rows)
        _write_csv(again, rows, changed=2)
        bare = _bare(rows)
        done = _in_process(first, "bench")
        assert done["counts"]["created"] == rows, done
        yield (f"{rows:,} rows of CSV, beside COPY", done["seconds"], bare, _memory(done))
        _come_to_rest()
        done = _in_process(again, "bench")
        assert done["counts"]["updated"] == rows // 2, done
        yield ("again with half of them changed", done["seconds"], bare, _memory(done))
        _write_xlsx(book, rows)
        _come_to_rest()
        before = _seconds(CALAMINE, book)
        read = _seconds(SPOOLED, book)
        done = _in_process(book, "bench of a workbook")
        assert done["counts"]["created"] == rows, done
        alone = (before + _seconds(CALAMINE, book)) / 2
        yield ("XLSX read, beside calamine alone", read, alone, "")
        yield ("XLSX into contacts, beside calamine alone", done["seconds"], alone, _memory(done))


def show(found: Iterable[Line], rows: int, out: TextIO) -> None:
    out.write(f"\n{'importing':<44}{'ours a second':>15}{'bare a second':>15}{'ratio':>8}  memory\n")
    for what, ours, bare, memory in found:
        out.write(f"{what:<44}{rows / ours:>15,.0f}{rows / bare:>15,.0f}{bare / ours:>8.2f}  {memory}\n")
        out.flush()


def _row(number: int, changed: int = 0) -> list[str]:
    cents = 75 if changed and number % changed else 50
    return [
        f"07{number:08}",
        _name(number),
        f"{number % 90_000}.{cents}",
        f"2026-12-{number % 28 + 1:02}",
        f"A{number}",
        BRANCHES[number % 4],
    ]


def _name(number: int) -> str:
    """Three words, each with an ending of its own."""
    first, second, third = number % 31, number // 31 % 31, number // 961 % 31
    return f"{BEGINNINGS[first]}jiku {BEGINNINGS[second]}mau {BEGINNINGS[third]}eno"


def _write_csv(path: Path, rows: int, changed: int = 0) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(_row(number, changed) for number in range(rows))


def _write_xlsx(path: Path, rows: int) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet()
    days = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 0, HEADINGS)
    for number in range(rows):
        phone, name, balance, due, account, branch = _row(number)
        sheet.write_string(number + 1, 0, phone)
        sheet.write_string(number + 1, 1, name)
        sheet.write_number(number + 1, 2, float(balance))
        sheet.write_datetime(number + 1, 3, date.fromisoformat(due), days)
        sheet.write_string(number + 1, 4, account)
        sheet.write_string(number + 1, 5, branch)
    book.close()


def _bare(rows: int) -> float:
    """COPY of ready lines into a table with the same indexes and the same generated column; nothing else."""
    now = timezone.now().isoformat()
    pieces = ["".join(piece) for piece in _pieces(rows, now)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (LIKE contacts_contact INCLUDING ALL)")
        start = time.perf_counter()
        with cursor.copy(f"COPY bare ({COLUMNS}) FROM STDIN") as copy:
            for piece in pieces:
                copy.write(piece)
        seconds = time.perf_counter() - start
        cursor.execute("DROP TABLE bare")
    return seconds


def _pieces(rows: int, now: str) -> Iterator[list[str]]:
    for start in range(0, rows, 10_000):
        piece = []
        for number in range(start, min(rows, start + 10_000)):
            phone, name, balance, due, account, branch = _row(number)
            values = json.dumps({"loan_balance": balance, "due_date": due, "account": account, "branch": branch})
            piece.append(f"1\t254{phone[1:]}\t{name}\t{values}\t1\t\t{now}\t{now}\n")
        yield piece


def _come_to_rest() -> None:
    """So that the database does not clean up behind one measurement during the next."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) contacts_contact, contacts_uploadchange")


def _in_process(path: Path, group: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.importing", str(path), group]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _seconds(code: str, path: Path) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    return time.perf_counter() - start


def _memory(done: dict[str, Any]) -> str:
    child = f", child {done['child']} MB" if done["child"] else ""
    return f"{done['own']} MB{child}"


def main(path: Path, group: str) -> None:
    """Import one file and say how long it took and how much memory it held at most."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    import django

    django.setup()
    from benchmarks.measuring import most_held
    from contacts import importing
    from contacts.importing import mapping
    from contacts.models import ContactGroup, Upload

    found, _ = ContactGroup.objects.get_or_create(name=group)
    start = time.perf_counter()
    with path.open("rb") as file:
        upload = importing.begin_upload(found, path.name, iter(lambda: file.read(1 << 20), b""))
    importing.choose_columns(upload, mapping.from_json(upload.mapping))
    Upload.objects.filter(pk=upload.pk).update(status=Upload.Status.CHECKED)
    importing.order_import(upload)
    importing.import_rows(upload)
    upload.refresh_from_db()
    assert upload.is_done, upload.error
    seconds = time.perf_counter() - start
    own = most_held()
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024 if path.suffix == ".xlsx" else 0
    sys.stdout.write(json.dumps({"seconds": seconds, "own": own, "child": child, "counts": upload.counts}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
