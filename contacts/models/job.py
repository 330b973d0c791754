"""Long work that goes on in the background: exports, copies, moves, merges, deletions, files of opt-outs."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from contacts.models.files import StoredFile
from contacts.models.group import ContactGroup


class Job(models.Model):
    """One piece of it: on whom, how far it has come, what came of it. Its cursor moves with each slice."""

    class Kind(models.TextChoices):
        EXPORT = "export", "Export"
        COPY = "copy", "Copy"
        MOVE = "move", "Move"
        REMOVE = "remove", "Take out"
        MERGE = "merge", "Merge"
        DELETE = "delete", "Delete"
        OPT_OUT = "optout", "Opt-outs"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WORKING = "working", "Going on"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    kind = models.CharField(max_length=6, choices=Kind)
    group = models.ForeignKey(ContactGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="jobs")
    target = models.ForeignKey(ContactGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    about = models.CharField(max_length=100, help_text="The group's name when it was ordered, or the file's.")
    query = models.JSONField(
        default=dict, help_text="Search, filter or chosen contacts, the day of it; scope of opt-outs."
    )
    format = models.CharField(max_length=4, choices=[("csv", "CSV"), ("xlsx", "Excel")], blank=True)
    replaces = models.BooleanField(default=False, help_text="Who is in the other group too gets the values from here.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)

    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    cursor = models.BigIntegerField(default=0, help_text="The last contact that was dealt with.")
    people = models.PositiveIntegerField(default=0, help_text="Dealt with so far.")
    kept = models.PositiveIntegerField(default=0, help_text="Of them those who were in the other group already.")
    expected = models.PositiveIntegerField(null=True, blank=True)
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.SET_NULL)
    counts = models.JSONField(default=dict, blank=True, help_text="What came of a file of opt-outs.")
    error = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["created_at"], name="job_unfinished", condition=Q(status__in=["waiting", "working"]))
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about}"

    @property
    def is_under_way(self) -> bool:
        return self.status in (self.Status.WAITING, self.Status.WORKING)

    @property
    def has_failed(self) -> bool:
        return self.status == self.Status.FAILED

    @property
    def is_export(self) -> bool:
        return self.kind == self.Kind.EXPORT

    @property
    def opts_out(self) -> bool:
        return self.kind == self.Kind.OPT_OUT

    @property
    def ends_the_group(self) -> bool:
        return self.kind in (self.Kind.MERGE, self.Kind.DELETE)

    @property
    def fills_another(self) -> bool:
        return self.kind in (self.Kind.COPY, self.Kind.MOVE, self.Kind.MERGE)

    @property
    def empties(self) -> bool:
        return self.kind in (self.Kind.MOVE, self.Kind.REMOVE, self.Kind.MERGE, self.Kind.DELETE)

    @property
    def going_on(self) -> str:
        return GOING_ON[self.kind]

    @property
    def when_done(self) -> str:
        return WHEN_DONE[self.kind]

    @property
    def percent(self) -> int:
        return min(100, 100 * self.people // self.expected) if self.expected else 0


GOING_ON: dict[str, str] = {
    Job.Kind.EXPORT: "The file is being written",
    Job.Kind.COPY: "People are being copied",
    Job.Kind.MOVE: "People are being moved",
    Job.Kind.REMOVE: "People are being taken out",
    Job.Kind.MERGE: "The groups are being merged",
    Job.Kind.DELETE: "The group is being deleted",
    Job.Kind.OPT_OUT: "The file is being read",
}
WHEN_DONE: dict[str, str] = {
    Job.Kind.EXPORT: "in the file",
    Job.Kind.COPY: "copied",
    Job.Kind.MOVE: "moved",
    Job.Kind.REMOVE: "taken out",
    Job.Kind.MERGE: "moved, and the group is gone",
    Job.Kind.DELETE: "left, and the group is gone",
    Job.Kind.OPT_OUT: "left out",
}
