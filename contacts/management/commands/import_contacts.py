"""`manage.py import_contacts FILE --group NAME`: as the upload page does it; the last line of stdout is JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import CommandError
from django.db import transaction

from accounts.audit import record
from contacts import importing
from contacts.importing import mapping
from contacts.models import ContactGroup, Upload
from contacts.spreadsheets import GUESSED, BadFile, Reading, csv_lines
from lib.commands import DatabaseCommand

PIECE_BYTES = 1 << 20


class Command(DatabaseCommand):
    help = "Puts the people of a spreadsheet into a group."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--group", required=True)
        parser.add_argument("--create-group", action="store_true", help="make the group if there is none of this name")
        parser.add_argument("--map", action="append", default=[], metavar="COLUMN=FIELD")
        for order in ("month", "day"):
            parser.add_argument(
                f"--{order}-first",
                action="append",
                nargs="?",
                const="",
                default=[],
                metavar="COLUMN",
                help=f"in dates of this column, or of all, the {order} stands first",
            )
        parser.add_argument("--replace", action="store_true", help="this is the whole list: the others leave the group")
        parser.add_argument("--sheet", default="")
        parser.add_argument("--all-sheets", action="store_true", help="read all sheets with the headings of the first")
        parser.add_argument(
            "--numbers", choices=Upload.Numbers.values, default=Upload.Numbers.REJECT,
            help="several numbers in one cell: reject the row, take the first good one, or each for a person",
        )  # fmt: skip
        parser.add_argument("--key", metavar="COLUMN", help="rows of one number are told apart by this column")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and do nothing")
        parser.add_argument("--rejects", type=Path, metavar="FILE.csv", help="where the rejected rows go")
        parser.add_argument("--dropped", type=Path, metavar="FILE.csv", help="where the cells go that cannot be read")

    def handle(self, *args: Any, **options: Any) -> None:
        with ExitStack() as files:
            with transaction.atomic():
                upload = self._upload(options)
                dropped = importing.DroppedCells(upload, _to_write(options["dropped"], files))
                if options["dry_run"]:
                    importing.order_check(upload)
                    keep_rejected = options["rejects"] is not None
                    importing.check_upload(upload, keep_rejected=keep_rejected, bad_listener=dropped.hear)
                    self._report(upload, dropped, options)
                    transaction.set_rollback(True)
            if not options["dry_run"]:
                # Not through the check: it would read the file twice more. The states are those of a page's upload.
                Upload.objects.filter(pk=upload.pk).update(status=Upload.Status.CHECKED)
                importing.order_import(upload)
                record("upload imported", f"upload {upload.pk}", group=upload.group_id)
                importing.import_rows(upload, bad_listener=dropped.hear)
                self._report(upload, dropped, options)

    def _report(self, upload: Upload, dropped: importing.DroppedCells, options: dict[str, Any]) -> None:
        upload.refresh_from_db()
        asked = upload.counts.get("month_first")
        if upload.has_failed or asked:
            if upload.group.waits_for_upload:
                importing.give_up(upload)
            raise CommandError(_which_order(upload, asked) if asked else upload.error)
        told = (*dropped.in_words(), *importing.describe_words(upload), *importing.totals_in_words(upload))
        for sentence in told:
            self.stderr.write(sentence)
        if options["rejects"]:
            self._write_rejects(upload, options["rejects"])
        for sentence in (*importing.describe_not_updated(upload), *importing.describe_siblings(upload)):
            self.stderr.write(sentence)
        for sentence in importing.near_in_words(upload):
            self.stderr.write(sentence)
        self.stdout.write(json.dumps({name: upload.counts.get(name, 0) for name in Upload.COUNTED}))

    def _upload(self, options: dict[str, Any]) -> Upload:
        group = ContactGroup.objects.filter(name=options["group"]).first()
        if group is None:
            if not options["create_group"]:
                raise CommandError(f"There is no group “{options['group']}”. Add --create-group to make it.")
            group = importing.group_for_upload(options["group"])
        path: Path = options["file"]
        try:
            upload = importing.begin_upload(group, path.name, _pieces(path))
            if options["sheet"] or options["all_sheets"]:
                wanted = Reading("", sheet=options["sheet"], heading_row=GUESSED, all_sheets=options["all_sheets"])
                importing.guess_columns(upload, wanted)
            choices = mapping.changed_by_hand(mapping.from_json(upload.mapping), _wanted(options["map"]), group)
            choices = mapping.with_orders(choices, options["month_first"], options["day_first"])
            if options["key"]:
                upload.mapping = mapping.to_json(choices)
                importing.tell_apart(upload, mapping.column_named(choices, options["key"]).index)
                choices = mapping.from_json(upload.mapping)
            importing.choose_columns(upload, choices)
        except importing.NoPhone as error:
            which = [f'--map "{one}=phone"' for one in error.among] or ['--map "COLUMN=phone"']
            raise CommandError(f"{error.problem}. Say which one is to be texted: {' or '.join(which)}") from error
        except (OSError, BadFile, importing.BadMapping) as error:
            raise CommandError(str(error)) from error
        for sentence in importing.describe_oddities(upload):
            self.stderr.write(sentence)
        upload.numbers = options["numbers"]
        if options["replace"]:
            upload.mode = Upload.Mode.REPLACE
        upload.save(update_fields=["mode", "numbers"])
        return upload

    def _write_rejects(self, upload: Upload, path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            file.writelines(csv_lines(*importing.rejects_as_table(upload)))


def _to_write(path: Path | None, files: ExitStack) -> TextIO | None:
    """A file that is open until `files` are closed; it is tried before anything is written to the group."""
    if path is None:
        return None
    try:
        return files.enter_context(path.open("w", newline="", encoding="utf-8"))
    except OSError as error:
        raise CommandError(str(error)) from error


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _which_order(upload: Upload, columns: list[int]) -> str:
    """The question, as the command can be answered."""
    headings = [choice.heading for choice in mapping.from_json(upload.mapping) if choice.index in columns]
    named = " and ".join(f"“{heading}”" for heading in headings)
    first = headings[0]
    return (
        f"Dates in {named} only fit the other way than they are read. Say which stands first in them: "
        f'--month-first "{first}" or --day-first "{first}". Nobody was written.'
    )


def _wanted(pairs: list[str]) -> dict[str, str]:
    wanted = {}
    for pair in pairs:
        column, equals, target = pair.rpartition("=")
        if not equals:
            raise CommandError(f"--map takes Column=field, not “{pair}”.")
        wanted[column] = target
    return wanted
