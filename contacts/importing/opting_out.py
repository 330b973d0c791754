"""Opting out a whole file of numbers: a regulator's list, or who called the shop. A job: a workbook takes a worker."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path

from django.db import OperationalError, transaction

from accounts.audit import record
from accounts.models import User
from contacts.importing.beginning import store_file
from contacts.models import Job, OptOut
from contacts.opt_outs.many import opt_out_many
from contacts.people import jobs
from contacts.spreadsheets import BadFile, Busy, Sheet, open_sheet
from contacts.spreadsheets.headings import column_names
from contacts.spreadsheets.phone_column import judge_phone_column
from contacts.values import clean
from lib import phones, room

MOST_NUMBERS = 200_000
MOST_REJECTED_SHOWN = 1_000
# A child may take five minutes over a workbook, and says nothing meanwhile.
OPT_OUT_LEASE = timedelta(minutes=6)


class WhichColumn(BadFile):
    """More than one column may hold the numbers; `columns` are those to choose from."""

    def __init__(self, words: str, columns: list[str]) -> None:
        super().__init__("which_column", f"{words}. Say which column, and choose the file again.")
        self.columns = columns


@dataclass
class OptOutCounts:
    """What came of a file. `rejected` has row, cell and reason of the first thousand of `bad`."""

    added: int = 0
    there: int = 0
    bad: int = 0
    rejected: list[tuple[int, str, str]] = field(default_factory=list)


@transaction.atomic
def begin_opt_outs(
    name: str, pieces: Iterable[bytes], scope: str, *, reason: str = "", column: str = "", user: User | None = None
) -> Job:
    """Leave every number of a file out of `scope` from now on; rows that are none are named with the reason.

    `column` names the one of the numbers, where that cannot be told (WhichColumn). A small text is read here: a number
    takes some microseconds. All else waits for a worker; the job is then under way. Raises BadFile, also above 200,000
    rows; then nothing is kept.
    """
    file, by_worker = store_file(name, pieces)
    about, chosen = clean(Path(name).name)[:100] or "file", {"scope": scope, "reason": reason, "column": column}
    job = Job.objects.create(kind=Job.Kind.OPT_OUT, about=about, query=chosen, file=file, created_by=user)
    if not by_worker:
        claimed = jobs.claim_job(job.pk, OPT_OUT_LEASE)
        assert claimed is not None
        _opt_out(claimed)
        job.refresh_from_db()
    return job


def opt_out_by_job(job_id: int) -> bool:
    """Read the file of a job; False where another does, or it cannot be read."""
    job = jobs.claim_job(job_id, OPT_OUT_LEASE)
    if job is None:
        return False
    try:
        return _opt_out(job)
    except Busy:
        return jobs.put_back(job)
    except BadFile as error:
        return jobs.fail_job(job, error.words)
    except (OperationalError, OSError) as error:
        if room.is_full(error):
            jobs.fail_job(job, room.FULL)
        raise


def _opt_out(job: Job) -> bool:
    counts, numbers = _read(job)
    scope, reason = job.query["scope"], job.query["reason"]
    with transaction.atomic():
        counts.added = opt_out_many(numbers, scope, source=OptOut.Source.UPLOAD, reason=reason, user=job.created_by)
        counts.there = len(numbers) - counts.added
        act, about = "opted out by a file", f"file {job.pk}"
        record(act, about, user=job.created_by, name=job.about, scope=scope, added=counts.added)
        return jobs.finish_job(job, people=len(numbers), counts=asdict(counts))


def _read(job: Job) -> tuple[OptOutCounts, dict[str, None]]:
    """Raises BadFile."""
    counts, numbers = OptOutCounts(), dict[str, None]()
    if job.file is None:
        raise BadFile("gone", "The file is kept for 30 days, and they are over. Upload it again.")
    with tempfile.NamedTemporaryFile(prefix="opt-outs-") as file:
        job.file.copy_to(file.file)
        file.flush()
        for row, cell, problem in _cells(Path(file.name), job.query.get("column", "")):
            try:
                if problem:
                    raise phones.BadNumber("no_row", problem)
                numbers[phones.read_phone(cell).digits] = None
            except phones.BadNumber as error:
                counts.bad += 1
                if len(counts.rejected) < MOST_REJECTED_SHOWN:
                    counts.rejected.append((row, cell[: phones.LONGEST_CELL], str(error)))
    if not numbers:
        raise BadFile("no_numbers", "There is no mobile number in it.")
    return counts, numbers


def _cells(path: Path, column: str) -> Iterator[tuple[int, str, str]]:
    """The cell of each row that should be a number, with the row as the spreadsheet numbers it, and its problem."""
    sheet = open_sheet(path)
    try:
        phone_column = _phone_column(sheet, column)
        for number, row in enumerate(sheet.rows(), start=1):
            if number > MOST_NUMBERS:
                raise BadFile("too_large", f"At most {MOST_NUMBERS:,} numbers at once. Split the file.")
            cell = row.cells[phone_column] if phone_column < len(row.cells) else ""
            for written in phones.numbers_in(cell):
                yield row.number, written, row.problem
    finally:
        sheet.close()


def _phone_column(sheet: Sheet, wanted: str) -> int:
    """By its name, or as an upload of people judges it; the first one where none has numbers. Raises BadFile."""
    names = column_names(sheet.headings)
    if wanted:
        found = [index for index, name in enumerate(names) if name.casefold() == wanted.casefold()]
        if not found:
            raise BadFile("no_column", f"There is no column “{wanted}”. There are: {', '.join(names)}.")
        return found[0]
    verdict = judge_phone_column(sheet.headings, [row.cells for row in sheet.samples()])
    if verdict.doubtful:
        raise WhichColumn(verdict.words, [names[index] for index in verdict.doubtful])
    return verdict.index or 0
