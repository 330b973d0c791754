"""The portal whole, as `up` starts it, but with more than one of what there may be many of; and patience with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from django.conf import settings
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection, connections

from campaigns.actions import launch
from campaigns.models import Campaign, Run
from contacts.models import OptOut
from qsms_portal.embedded import ensure, leave
from qsms_portal.embedded.database import PostgreSQL
from qsms_portal.embedded.places import places
from qsms_portal.embedded.queue import Valkey
from qsms_portal.starting import processes
from qsms_portal.starting.supervisor import Child
from tests.makers import make_campaign, make_group, make_sender, make_siblings_group

T = TypeVar("T")
# Seconds that what must happen may take where nothing hinders it, on a machine that others use too.
PATIENCE = 300.0


class TooLong(Exception):
    """What was waited for did not happen in time; the words say what."""


class Stage:
    """`sending` workers that send, one for all else, `beats` and one web server, all real; gone after the `with`."""

    def __init__(self, port: int, *, sending: int = 3, beats: int = 1) -> None:
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.children: dict[str, Child] = {}
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        sender, work = processes.workers(environment)
        for number in range(1, sending + 1):
            node = f"sending{number}@portal"
            argv = [node if word == "sending@portal" else word for word in sender.argv]
            self._add(replace(sender, name=f"sending{number}", argv=argv))
        self._add(work)
        for number in range(1, beats + 1):
            folder = settings.DATA_DIR / f"beat{number}"
            self._add(replace(processes.beat(environment, folder), name=f"beat{number}"))
            folder.mkdir(parents=True)
        self._add(processes.web(environment, port))

    def __enter__(self) -> Stage:
        try:
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _begin(self) -> None:
        ensure(settings.DATA_DIR, database=True, redis=True)
        call_command("migrate", interactive=False, verbosity=0)
        for name in self.children:
            self.start(name)
        web = self.children["web"].ready
        assert web is not None
        wait_until(web, "the web server answers", 60)

    def __exit__(self, *_: object) -> None:
        for name in list(self.running):
            self.kill(name)
        leave_servers()

    @property
    def senders(self) -> list[str]:
        return [name for name in self.children if name.startswith("sending")]

    def start(self, name: str) -> None:
        child = self.children[name]
        with (settings.DATA_DIR / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                child.argv,
                env=child.env,
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """With -9, and all that it has started."""
        process = self.running.pop(name)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            print(f"{name} had ended by itself")
        process.wait()

    def _add(self, child: Child) -> None:
        self.children[child.name] = child


@contextmanager
def database_alone() -> Iterator[None]:
    """PostgreSQL, and none of the portal's processes."""
    ensure(settings.DATA_DIR, database=True)
    try:
        call_command("migrate", interactive=False, verbosity=0)
        yield
    finally:
        leave_servers()


def leave_servers() -> None:
    connections.close_all()
    found = places(settings.DATA_DIR)
    leave(settings.DATA_DIR)
    # A killed worker's children may be there for a moment more, and then this process is not the last to leave.
    for server in (Valkey(found), PostgreSQL(found)):
        if server.is_running():
            server.stop()
    for folder in (found.sockets, found.base):
        shutil.rmtree(folder, ignore_errors=True)


def launched(texts: int, opted_out: float = 0.0, siblings: float = 0.0, **fields: object) -> tuple[Campaign, Run]:
    """A campaign of that many texts, launched as the page does; the tick does the rest. Some have opted out before.

    `siblings`: that share of the texts are two to a number, each with a text of its own.
    """
    group = make_siblings_group(texts, siblings) if siblings else make_group(contacts=texts)
    if siblings:
        fields["one_text_for"] = Campaign.OneTextFor.ROW
    phones = list(dict.fromkeys(group.contacts.order_by("pk").values_list("phone", flat=True)))
    if opted_out:
        OptOut.objects.bulk_create(OptOut(phone=phone) for phone in phones[:: round(1 / opted_out)])
    sender = make_sender()
    campaign = make_campaign(group, sender=sender, **fields)
    return campaign, launch.launch(campaign.pk)


def patiently(act: Callable[[], T]) -> T:
    """Do it again until the database takes it: it may be stopped under us at any moment."""
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(0.2)


def wait_until(happened: Callable[[], T], what: str, within: float) -> T:
    until = time.monotonic() + within
    while not (given := happened()):
        if time.monotonic() > until:
            raise TooLong(f"did not happen within {within:.0f} s: {what}")
        time.sleep(0.1)
    return given
