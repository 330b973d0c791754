"""`manage.py create_api_key NAME [--role ROLE]`: the key is the last line of stdout."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from accounts.models import ApiKey
from accounts.roles import Role
from lib.commands import DatabaseCommand


class Command(DatabaseCommand):
    help = "Makes an API key and prints it, once: only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what uses the key")
        parser.add_argument("--role", choices=Role.values, default=Role.MANAGER.value)

    def handle(self, *args: Any, **options: Any) -> None:
        _, key = ApiKey.make(options["name"], Role(options["role"]))
        self.stdout.write(key)
