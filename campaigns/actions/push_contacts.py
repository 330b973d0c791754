"""Copying a group's contacts to the gateway: ordered, and stopped."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from campaigns import pushing
from campaigns.models import ContactPush
from contacts.models import ContactGroup

UNDER_WAY = (ContactPush.Status.WAITING, ContactPush.Status.WORKING)


class NobodyToPush(Exception):
    """All of the group have opted out, or it is empty: say so."""


def order_push(group: ContactGroup, *, user: User | None = None) -> tuple[ContactPush, bool]:
    """The copy of the group that is under way now, and whether it was ordered by this. Raises NobodyToPush."""
    if (going := push_under_way(group)) is not None:
        return going, False
    counts = pushing.what_is_pushed(group)
    if not counts.to_push:
        raise NobodyToPush
    try:
        with transaction.atomic():
            push = ContactPush.objects.create(
                group=group,
                about=group.name,
                created_by=user,
                expected=counts.numbers,
                same_number=counts.same_number,
            )
            about = f"group {group.pk}"
            record("copy to Q SMS ordered", about, user=user, name=group.name, push=push.pk, numbers=counts.to_push)
    except IntegrityError:
        # Somebody else ordered it at the same moment; where that copy has ended too, this is about it all the same.
        return ContactPush.objects.filter(group=group).latest("pk"), False
    return push, True


def push_under_way(group: ContactGroup) -> ContactPush | None:
    return ContactPush.objects.filter(group=group, status__in=UNDER_WAY).first()


@transaction.atomic
def stop_push(push: ContactPush, *, user: User | None = None) -> bool:
    """Nothing more of it is posted; the slice that is on its way may arrive. False: it was over."""
    stopped = ContactPush.objects.filter(pk=push.pk, status__in=UNDER_WAY).update(
        status=ContactPush.Status.FAILED,
        error="Somebody stopped it. What was copied stays at Q SMS.",
        finished_at=timezone.now(),
        lease_until=None,
    )
    if stopped:
        about = "group" if push.group_id is None else f"group {push.group_id}"
        record("copy to Q SMS stopped", about, user=user, name=push.about, push=push.pk)
    return bool(stopped)
