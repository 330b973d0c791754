"""`manage.py simulate_gateway`: the gateway simulator by itself."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from campaigns.gateway.simulator.command_line import add_options, run


class Command(BaseCommand):
    help = "Runs a stand-in for the Q SMS gateway on this computer: texts go nowhere, delivery reports come back."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add_options(parser)

    def handle(self, *arguments: Any, **options: Any) -> None:
        if status := run(argparse.Namespace(**options)):
            raise SystemExit(status)
