"""To be run after a restore, whatever the backup was made with: nothing goes out until a person has looked."""

from __future__ import annotations

from typing import Any

from campaigns.actions import stop
from lib.commands import DatabaseCommand


class Command(DatabaseCommand):
    help = "Say that the database was restored from a backup: the emergency stop is on until a person lifts it."

    def handle(self, *args: Any, **options: Any) -> None:
        stop.stop_after_restore()
        self.stdout.write("All sending is stopped. Look at what waits, cancel what should not go, then lift the stop.")
