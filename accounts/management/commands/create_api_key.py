"""`manage.py create_api_key NAME [--role ROLE] [--for USER]`: the key is the last line of stdout."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError
from django.db import transaction

from accounts.audit import record
from accounts.models import ApiKey, User
from accounts.roles import Role
from lib.commands import DatabaseCommand


class Command(DatabaseCommand):
    help = "Makes an API key and prints it, once: only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what uses the key")
        parser.add_argument("--role", choices=Role.values, default=Role.MANAGER.value)
        parser.add_argument(
            "--for", dest="owner", metavar="USER", help="whose it is; without it is nobody's and may not approve"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        owner = None
        if options["owner"] is not None:
            owner = User.objects.filter(username=options["owner"], is_active=True).first()
            if owner is None:
                raise CommandError(f"There is no active person with the user name {options['owner']}.")
        with transaction.atomic():
            made, key = ApiKey.make(options["name"], Role(options["role"]), owner=owner)
            record("API key made", f"key {made.pk}", name=made.name, role=made.role, owner=made.owner_id)
        self.stdout.write(key)
