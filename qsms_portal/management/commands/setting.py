"""Shows or sets what the organisation has decided for its sending; what the environment sets is only shown."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import CommandError

from campaigns.actions import set_rules
from lib.commands import DatabaseCommand


class Command(DatabaseCommand):
    help = "Show all settings, one (NAME), or set one (NAME VALUE)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?")
        parser.add_argument("value", nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        name, value = options["name"], options["value"]
        if name is None:
            for one, text in {**set_rules.rules_shown(), **_environment()}.items():
                self.stdout.write(f"{one} = {text}")
            return
        if name in _environment() and value is not None:
            raise CommandError(f"{name} is set in the environment.")
        if name in _environment():
            self.stdout.write(_environment()[name])
            return
        if name not in set_rules.BY_NAME:
            raise CommandError(f"There is no setting {name}. There are: {', '.join(set_rules.BY_NAME)}.")
        try:
            self.stdout.write(set_rules.rules_shown()[name] if value is None else set_rules.set_rule(name, value))
        except set_rules.BadRule as error:
            raise CommandError(str(error)) from error


def _environment() -> dict[str, str]:
    return {
        "QSMS_BASE_URL": settings.QSMS_BASE_URL or "(none)",
        "QSMS_ACCOUNT_URL": settings.QSMS_ACCOUNT_URL or "(none)",
        "QSMS_API_KEY": masked(settings.QSMS_API_KEY),
        "QSMS_DLR_TOKEN": ", ".join(masked(one) for one in settings.QSMS_DLR_TOKENS) or "(none)",
        "QSMS_DLR_ALLOWED_IPS": ", ".join(settings.QSMS_DLR_ALLOWED_IPS) or "(nobody)",
        "QSMS_MAX_PER_SECOND": str(settings.QSMS_MAX_PER_SECOND or "(no limit)"),
        "PUBLIC_URL": settings.PUBLIC_URL,
    }


def masked(secret: str) -> str:
    """What may be shown of a secret: its last four letters."""
    return f"…{secret[-4:]}" if len(secret) > 8 else "(set)" if secret else "(none)"
