"""`manage.py check_figures [--mend]`: whether the figures of the reports are those of the texts."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from campaigns.ledger.counted import how_many_wait
from campaigns.maintenance.figures_check import differences
from lib.commands import DatabaseCommand

MOST_LINES = 50


class Command(DatabaseCommand):
    help = "Compare the figures of batches with their texts and those of days with the batches; exit 1 if any differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--mend", action="store_true", help="Count again what differs; to be done where TIME_ZONE was changed too."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = left = 0
        for one in differences(mend=options["mend"]):
            found += 1
            left += not one.is_mended
            if found <= MOST_LINES:
                self.stdout.write(f"{one.words}{' (mended)' if one.is_mended else ''}")
        if found > MOST_LINES:
            self.stdout.write(f"and {found - MOST_LINES:,} more")
        if waiting := how_many_wait():
            self.stdout.write(f"Not compared, for they changed and wait to be counted: {waiting:,} batches.")
        if left:
            self.stdout.write(f"Figures that differ: {left:,}.")
            sys.exit(1)
        mended = f" Mended: {found:,}." if found else ""
        self.stdout.write(f"The figures are those of the texts.{mended}")
