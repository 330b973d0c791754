"""`manage.py create_api_key NAME [--role] [--for] [--ends] [--rate] [--callback]`: its last line is the key."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management import CommandError
from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.callback_address import checked_address, set_callback
from accounts.models import ApiKey, User
from accounts.roles import Role
from lib.commands import DatabaseCommand
from lib.public_hosts import NotCallable

MOST_CALLS = (1 << 31) - 1


class Command(DatabaseCommand):
    help = "Makes an API key and prints it, once: only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what uses the key")
        parser.add_argument("--role", choices=Role.values, default=Role.MANAGER.value)
        parser.add_argument(
            "--for", dest="owner", metavar="USER", help="whose it is; without it is nobody's and may not approve"
        )
        parser.add_argument(
            "--ends", type=_day, metavar="YYYY-MM-DD", help="its last day; without it works until it is revoked"
        )
        parser.add_argument(
            "--rate", type=int, metavar="N", help="how often it may call in a minute; without there is no limit"
        )
        parser.add_argument(
            "--callback", metavar="URL", default="", help="where what becomes of its texts is posted; prints its secret"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        owner = None
        if options["owner"] is not None:
            owner = User.objects.filter(username=options["owner"], is_active=True).first()
            if owner is None:
                raise CommandError(f"There is no active person with the user name {options['owner']}.")
        ends, rate = options["ends"], options["rate"]
        if ends is not None and not timezone.localdate() <= ends <= ApiKey.LATEST_DAY:
            raise CommandError(f"--ends takes a day from today to {ApiKey.LATEST_DAY}.")
        if rate is not None and not 1 <= rate <= MOST_CALLS:
            raise CommandError(f"--rate takes 1 to {MOST_CALLS} calls a minute.")
        try:
            address = checked_address(options["callback"])
        except NotCallable as error:
            raise CommandError(str(error)) from error
        ends_at = None if ends is None else ApiKey.end_of(ends)
        with transaction.atomic():
            made, key = ApiKey.make(
                options["name"], Role(options["role"]), owner=owner, ends_at=ends_at, calls_a_minute=rate
            )
            record("API key made", f"key {made.pk}", **made.as_made)
            secret = set_callback(made, address, sent=False)
        if secret:
            self.stdout.write(secret)
        self.stdout.write(key)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise ArgumentTypeError(f"{written} is no day as 2027-12-31") from error
