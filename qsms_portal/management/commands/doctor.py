"""Looks at everything that sending needs and says a line of each part; exit status 1 if anything is wrong."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management import BaseCommand

from qsms_portal.checkup import State, findings


class Command(BaseCommand):
    help = "Check database, Redis, workers, beat, the gateway and the delivery reports' address."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        failed = False
        for finding in findings():
            self.stdout.write(f"{finding.state.value:<5}{finding.part}: {finding.words}")
            failed = failed or finding.state is State.FAIL
        if failed:
            sys.exit(1)
