"""Runs the whole portal on this computer: servers, web, workers, beat, and in practice mode the gateway simulator."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from importlib.util import find_spec
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import OperationalError, connections

from qsms_portal import checks
from qsms_portal.embedded import EmbeddedServersError, ensure, leave, locks
from qsms_portal.starting import environment as env
from qsms_portal.starting import processes
from qsms_portal.starting.keeper import Plan, become_keeper
from qsms_portal.starting.sign_in import FirstSignIn, first_sign_in
from qsms_portal.starting.supervisor import STOPPING, Child
from qsms_portal.starting.turns import AlreadyRunning, take_turn


class Command(BaseCommand):
    help = "Run the portal on this computer. Ctrl-C stops all of it."
    # The settings are whole only once this process has prepared its environment and begun again.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=_port, default=os.environ.get("PORT") or "8000")
        for part in ("web", "worker", "beat"):
            parser.add_argument(f"--no-{part}", action="store_true", help=f"do not run this part: {part}")

    def handle(self, *args: Any, **options: Any) -> None:
        for number in STOPPING:
            # What was begun is left in order. Under nohup a hang-up stays ignored.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, _end)
        parts = [part for part in ("web", "worker", "beat") if not options[f"no_{part}"]]
        port: int = options["port"]
        if not parts:
            raise CommandError("There is nothing left to run.")
        turns = self._take_turns(parts)
        if "web" in parts and not env.is_free(port):
            raise CommandError(f"Port {port} is taken by another program. Choose another: make up PORT={port + 100}")
        if not env.is_prepared(os.environ):
            _begin_again(port, runs_simulator="worker" in parts)
        self.check(tags=[checks.TAG])
        try:
            plan = self._prepared(parts, port, turns)
        except BaseException:
            # Nothing may cut this short: a server that is not asked to stop would stay.
            for number in STOPPING:
                signal.signal(number, signal.SIG_IGN)
            connections.close_all()
            leave(settings.DATA_DIR)
            raise
        become_keeper(plan)

    def _prepared(self, parts: list[str], port: int, turns: list[int]) -> Plan:
        embedded = {"database": settings.EMBEDDED_DATABASE, "redis": settings.EMBEDDED_REDIS}
        try:
            ensure(settings.DATA_DIR, **embedded)
        except EmbeddedServersError as error:
            raise CommandError(str(error)) from error
        with locks.held(settings.DATA_DIR / "up.preparing"):
            sign_in = self._prepare_database()
            if "web" in parts:
                call_command("collectstatic", interactive=False, verbosity=0)
        connections.close_all()
        said = f"Running: {', '.join(parts)}"
        if "web" in parts:
            said = f"The portal is at {_opened_at(settings.PUBLIC_URL)}\n{sign_in}"
        environment = _environment()
        children = self._children(parts, port, environment)
        return Plan(children, environment, f"\n{said}\n", settings.DATA_DIR, embedded, turns)

    def _take_turns(self, parts: list[str]) -> list[int]:
        try:
            return [take_turn(settings.DATA_DIR, part) for part in parts]
        except AlreadyRunning as running:
            raise CommandError(
                f"The portal is running on {settings.DATA_DIR} already (process {running}). "
                f"Stop that one first, or choose another folder with PORTAL_DATA_DIR."
            ) from running

    def _prepare_database(self) -> FirstSignIn:
        self.stdout.write("Preparing the database ...")
        self.stdout.flush()
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from error
        sign_in = first_sign_in(settings.DATA_DIR)
        if sign_in.is_first_start and os.environ.get("DEMO", "1") != "0" and find_spec("campaigns.demo"):
            self.stdout.write("Making the sample groups and campaigns ...")
            self.stdout.flush()
            importlib.import_module("campaigns.demo").make_demo()
        return sign_in

    def _children(self, parts: list[str], port: int, environment: dict[str, str]) -> list[Child]:
        """Those of the wanted parts; the simulator goes with the workers, who post to it."""
        children = []
        if "worker" in parts and settings.PRACTICE:
            report_url = f"http://127.0.0.1:{port}/dlr/receive/{settings.QSMS_DLR_TOKENS[0]}"
            children.append(processes.simulator(environment, urlsplit(settings.QSMS_BASE_URL).port or 0, report_url))
        if "worker" in parts:
            children += processes.workers(environment)
        if "beat" in parts:
            children.append(processes.beat(environment, settings.DATA_DIR))
        if "web" in parts:
            children.append(processes.web(environment, port))
        return children


def _environment() -> dict[str, str]:
    """What all processes have, wherever this one was started from."""
    places = [str(settings.BASE_DIR), *filter(None, [os.environ.get("PYTHONPATH")])]
    shared = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(places)}
    shared.pop(env.PREPARED, None)
    return shared


def _begin_again(port: int, runs_simulator: bool) -> NoReturn:
    """Put the whole environment in place and run this command anew: settings are read once, at the start."""
    token = ",".join(settings.QSMS_DLR_TOKENS) or None
    os.environ.update(env.prepared(os.environ, settings.DATA_DIR, port, token, runs_simulator))
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606


def _opened_at(public_url: str) -> str:
    """The same place under the name that browsers make passkeys for, where it is this computer."""
    return public_url.replace("http://127.0.0.1:", "http://localhost:", 1)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1 << 16:
        raise ArgumentTypeError(f"“{text}” is no port: write a number from 1 to 65535")
    return int(text)


def _end(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)
