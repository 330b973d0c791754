"""`manage.py push_contacts --group NAME`: copies a group to the gateway's contacts; the last line of stdout is JSON."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from campaigns import pushing, sending
from campaigns.actions.push_contacts import NobodyToPush, order_push, stop_push
from campaigns.models import ContactPush
from campaigns.tasks import push_contacts
from contacts.models import ContactGroup
from lib.commands import DatabaseCommand
from lib.nudge import nudge

SECONDS_BETWEEN_LINES = 2.0
SECONDS_BETWEEN_LOOKS = 0.5
WAIT_FOR_A_WORKER_SECONDS = 30.0


class Command(DatabaseCommand):
    help = "Copies the contacts of a group into the contact list of the gateway's account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--group", required=True, metavar="NAME")

    def handle(self, *args: Any, **options: Any) -> None:
        group = ContactGroup.objects.filter(name=options["group"]).first()
        if group is None:
            raise CommandError(f"There is no group “{options['group']}”.")
        try:
            push, is_new = order_push(group)
        except NobodyToPush:
            raise CommandError(f"“{group.name}” has nobody to copy: it is empty, or all have opted out.") from None
        if not is_new:
            self.stderr.write(f"A copy of “{group.name}” was under way already: this goes on with it.")
        if sending.gateway_from_settings() is None:
            self._leave_to_the_workers(push)
        self._see_through(push)
        self._report(push)

    def _leave_to_the_workers(self, push: ContactPush) -> None:
        """In practice mode the gateway is theirs alone; where there is none, or no worker, the copy is taken back."""
        self.stderr.write("No gateway is set for this command: it is left to the workers.")
        nudge(push_contacts, push.pk)
        until = time.monotonic() + WAIT_FOR_A_WORKER_SECONDS
        while not push.claim and push.is_under_way:
            if time.monotonic() >= until:
                stop_push(push)
                raise CommandError(f"{sending.NO_GATEWAY} No worker took it up either.")
            time.sleep(SECONDS_BETWEEN_LOOKS)
            push.refresh_from_db()

    def _see_through(self, push: ContactPush) -> None:
        """Work on it until it is over, or look on while somebody else does; say each line of progress once."""
        gateway, said = sending.gateway_from_settings(), ""
        while push.is_under_way:
            if gateway is not None:
                pushing.work_on_push(push.pk, gateway, seconds=SECONDS_BETWEEN_LINES)
            push.refresh_from_db()
            left = (push.lease_until - timezone.now()).total_seconds() if push.lease_until else 0.0
            waits = push.is_under_way and (left > 0 or gateway is None)
            elsewhere = waits and gateway is not None
            if (progress := _progress(push, elsewhere)) != said:
                self.stderr.write(progress)
                said = progress
            if waits:
                time.sleep(SECONDS_BETWEEN_LOOKS)

    def _report(self, push: ContactPush) -> None:
        for contact, words in pushing.refused_rows(push):
            self.stderr.write(f"refused: {f'+{contact.phone}' if contact else 'a contact that is not named'}: {words}")
        if push.refused_count > len(push.refused):
            self.stderr.write(f"and {push.refused_count - len(push.refused):,} more were refused")
        self.stdout.write(json.dumps(push.counts()))
        if push.has_failed:
            raise CommandError(push.error)


def _progress(push: ContactPush, elsewhere: bool) -> str:
    said = f"{push.people:,} of {push.expected:,}"
    if push.is_waiting and push.error:
        return f"{said}. {push.error}"
    return f"{said}. Another process is at it, or was." if elsewhere else said
