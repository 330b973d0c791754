"""Uploads before their import: a new group is in no list until rows are written, and goes with an upload given up."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.audit import record
from accounts.models import User
from accounts.names import one_named
from contacts.importing.mapping import BadMapping
from contacts.models import ContactGroup, StoredFile, Upload


def group_for_upload(name: str) -> ContactGroup:
    """A new group that waits for its upload."""
    return ContactGroup.objects.create(name=name, waits_for_upload=True)


def open_group(upload: Upload) -> None:
    """The upload's group is there from now on. Raises BadMapping where another has got its name meanwhile."""
    group, by = upload.group, one_named(upload.ordered_by)
    if not group.waits_for_upload:
        return
    try:
        with transaction.atomic():
            ContactGroup.everything.filter(pk=group.pk).update(waits_for_upload=False)
            record("group made", f"group {group.pk}", user=by if isinstance(by, User) else None, name=group.name)
    except IntegrityError as error:
        raise BadMapping(
            f"There is a group “{group.name}” by now. Upload the file again, and choose that group or another name."
        ) from error
    group.waits_for_upload = False


def waiting_uploads() -> QuerySet[Upload]:
    """Uploads into new groups that nobody has imported, the newest first: they are found from nowhere else."""
    return Upload.objects.filter(group__waits_for_upload=True).select_related("group").order_by("-pk")


@transaction.atomic
def give_up(upload: Upload) -> bool:
    """Take away the file and what was chosen, and the group that waited for it.

    False: it was ordered to be imported before, so that it is there to be undone.
    """
    locked = Upload.objects.select_for_update(of=["self"]).select_related("group").filter(pk=upload.pk).first()
    if locked is None or not locked.may_be_given_up:
        return False
    StoredFile.objects.filter(pk__in=[one for one in (locked.file_id, locked.spool_id) if one]).delete()
    locked.delete()
    if locked.group.waits_for_upload:
        locked.group.delete()
    return True


def forget_waiting_before(moment: datetime) -> None:
    """Groups that were waiting before `moment`, with their uploads, whose files are gone."""
    ContactGroup.everything.filter(waits_for_upload=True, created_at__lt=moment).delete()
