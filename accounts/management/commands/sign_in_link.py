"""`manage.py sign_in_link NAME`: the link is the last line of stdout."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError

from accounts.models import User
from accounts.sign_in.link import make_link
from lib.commands import DatabaseCommand


class Command(DatabaseCommand):
    help = "Prints a link by which a person signs in once, within 15 minutes, as if the password were typed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="whose: the user name")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(username=options["name"], is_active=True).first()
        if person is None:
            raise CommandError(f"There is no active person with the user name {options['name']}.")
        self.stdout.write(make_link(person))
