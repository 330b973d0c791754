"""Jobs from the order to the end. Each slice moves the job's cursor by a guarded UPDATE in its own transaction: a
worker that dies is followed by one that goes on, and of two workers one stops.
"""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from accounts.names import name_of
from contacts.filters import BadFilter
from contacts.filters.search import PeopleQuery
from contacts.models import Contact, ContactGroup, Job, StoredFile
from contacts.people import export, transfer
from contacts.people.keys import give_key
from contacts.people.merge import lock_group
from contacts.people.transfer import DoesNotFit
from lib.downloads import file_name

SLICE_PEOPLE = 5_000
JOB_LEASE = timedelta(minutes=2)
EXPORT_LEASE = timedelta(minutes=10)
STANDS_STILL_AFTER = timedelta(seconds=30)
MOST_JOB_ATTEMPTS = 5
GAVE_UP = "It stopped half-way, five times. What was done stays done; order the rest again."
GONE = "One of the groups was deleted meanwhile. What was done stays done."

Kind, Status = Job.Kind, Job.Status
ACTS: dict[str, str] = {
    Kind.EXPORT: "group exported",
    Kind.COPY: "contacts copied",
    Kind.MOVE: "contacts moved",
    Kind.REMOVE: "contacts taken out",
    Kind.MERGE: "group merged",
}


def order_job(
    kind: str,
    query: PeopleQuery,
    user: User | None,
    *,
    target: ContactGroup | None = None,
    replaces: bool = False,
    format: str = "",
    expected: int | None = None,
    is_new: bool = False,
) -> Job:
    """Have it done to those whom `query` means; a `target` that `is_new` tells rows apart as their group does.

    Raises DoesNotFit.
    """
    group = query.group
    with transaction.atomic():
        if target is not None:
            if problems := transfer.field_clashes(group, target):
                raise DoesNotFit(" ".join(problems))
            transfer.make_missing_fields(group, target)
            if is_new and group.is_keyed:
                give_key(target, target.fields.get(key=group.key), user=user)
            if problems := transfer.rows_clash(group, target, query.people()):
                raise DoesNotFit(" ".join(problems))
        job = Job.objects.create(
            kind=kind,
            group=group,
            target=target,
            about=group.name,
            query=query.to_json(),
            replaces=replaces,
            format=format,
            expected=expected,
            created_by=user,
        )
        into: dict[str, Any] = {} if target is None else {"into": target.pk}
        record(ACTS[kind], f"group {group.pk}", user=user, job=job.pk, name=group.name, rows=expected, **into)
    return job


def order_group_delete(group: ContactGroup, user: User | None) -> Job:
    """The group is gone for everybody from now on, its name is free, and it is emptied in the background."""
    with transaction.atomic():
        job = Job.objects.create(kind=Kind.DELETE, group=group, about=group.name, expected=group.size, created_by=user)
        ContactGroup.objects.filter(pk=group.pk).update(
            deleted_at=timezone.now(), name=f"{group.name[:70]} (deleted, {group.pk})"
        )
        record("group deleted", f"group {group.pk}", user=user, name=group.name, contacts=group.size)
    return job


def claim_job(job_id: int, lease: timedelta = JOB_LEASE) -> Job | None:
    """The job, for this worker to do; None where another does it, or it is over, or given up here."""
    now = timezone.now()
    free = Q(status=Status.WAITING) | Q(status=Status.WORKING, lease_until__lt=now)
    if not Job.objects.filter(free, pk=job_id).update(
        status=Status.WORKING, lease_until=now + lease, attempts=F("attempts") + 1
    ):
        return None
    job = Job.objects.select_related("group", "target", "file", "created_by").get(pk=job_id)
    if job.attempts > MOST_JOB_ATTEMPTS:
        fail_job(job, GAVE_UP)
        return None
    return job


def work_on_job(job_id: int) -> bool:
    """Do a job to its end, from where the last worker was; False where another does it, or it cannot be done."""
    job = claim_job(job_id)
    if job is None:
        return False
    if job.group is None or (job.fills_another and job.target is None):
        return fail_job(job, GONE)
    try:
        return _export(job, job.group) if job.is_export else _in_slices(job, job.group)
    except transfer.GroupGone:
        return fail_job(job, GONE)
    except DoesNotFit as error:
        return fail_job(job, f"{error} What was done stays done.")
    except BadFilter as error:
        return fail_job(job, f"A field of the filter has changed: {error}")


def put_back(job: Job) -> bool:
    """It could not be begun yet, for no fault of its own: the tick hands it out again."""
    Job.objects.filter(pk=job.pk, status=Status.WORKING, attempts=job.attempts).update(
        status=Status.WAITING, lease_until=None, attempts=F("attempts") - 1
    )
    return False


def finish_job(job: Job, **came_of_it: object) -> bool:
    """It is done, and its file is needed no more. False where another worker has it by now: then nothing is changed."""
    done = {"status": Status.DONE, "file": None, "finished_at": timezone.now(), "lease_until": None} | came_of_it
    if not Job.objects.filter(pk=job.pk, status=Status.WORKING, attempts=job.attempts).update(**done):
        return False
    if job.file is not None:
        job.file.delete()
    return True


def jobs_standing_still(now: datetime) -> list[int]:
    """Jobs that nobody does: their task was lost, or their worker."""
    lost = Q(status=Status.WAITING, created_at__lt=now - STANDS_STILL_AFTER)
    left = Q(status=Status.WORKING, lease_until__lt=now)
    return list(Job.objects.filter(lost | left).values_list("pk", flat=True)[:20])


def _in_slices(job: Job, group: ContactGroup) -> bool:
    query = PeopleQuery(group) if job.ends_the_group else PeopleQuery.from_json(group, job.query)
    while True:
        following = query.people().filter(pk__gt=job.cursor).order_by("pk").values_list("pk", flat=True)
        people = list(following[:SLICE_PEOPLE])
        if not people:
            return _finish(job, group)
        with transaction.atomic():
            mine = Job.objects.filter(pk=job.pk, status=Status.WORKING, cursor=job.cursor)
            if not mine.update(
                cursor=people[-1], people=F("people") + len(people), lease_until=timezone.now() + JOB_LEASE, attempts=1
            ):
                return False
            _slice(job, query, people)
        job.cursor = people[-1]


def _slice(job: Job, query: PeopleQuery, people: list[int]) -> None:
    group = query.group
    if job.target is not None:
        by = name_of(job.created_by)
        already_there = transfer.transfer_people(
            people, group, job.target, replaces=job.replaces, leave=job.empties, by=by, among=query.people()
        )
        Job.objects.filter(pk=job.pk).update(kept=F("kept") + already_there)
    elif job.kind == Kind.DELETE:
        Contact.objects.filter(group=group, pk__in=people)._raw_delete("default")
    else:
        transfer.remove_people(people, group)


@transaction.atomic
def _finish(job: Job, group: ContactGroup) -> bool:
    if job.ends_the_group:
        if job.kind == Kind.MERGE:
            lock_group(group)
        if group.contacts.exists():
            # Somebody was added behind the cursor or since: the next worker takes them too.
            Job.objects.filter(pk=job.pk).update(cursor=0, lease_until=timezone.now())
            return False
        group.delete()
    return bool(
        Job.objects.filter(pk=job.pk, status=Status.WORKING, cursor=job.cursor).update(
            status=Status.DONE, finished_at=timezone.now(), lease_until=None
        )
    )


def _export(job: Job, group: ContactGroup) -> bool:
    """The whole file at once: one that was left half-way is written again from its beginning."""
    mine = Job.objects.filter(pk=job.pk, status=Status.WORKING, attempts=job.attempts)
    mine.update(people=0)

    def count_written(people: int) -> None:
        mine.update(people=F("people") + people, lease_until=timezone.now() + EXPORT_LEASE)

    query = PeopleQuery.from_json(group, job.query)
    name = file_name(f"group-{group.pk}.{job.format}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        if job.format == "xlsx":
            export.write_people_workbook(query, path, count_written)
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                file.writelines(export.people_as_csv(query, count_written))
        stored = StoredFile.store_path(name, path)
    return bool(mine.update(status=Status.DONE, file=stored, finished_at=timezone.now(), lease_until=None))


def fail_job(job: Job, words: str) -> bool:
    """It cannot be done; the words are shown."""
    Job.objects.filter(pk=job.pk).update(
        status=Status.FAILED, error=words[:300], finished_at=timezone.now(), lease_until=None
    )
    return False
