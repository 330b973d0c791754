"""An upload from the file to its result, and the rows that it rejected."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from contacts.models.files import StoredFile
from contacts.models.group import ContactGroup


class Upload(models.Model):
    """One file put into one group: how it is read, how far it has come, what came of it."""

    class Status(models.TextChoices):
        MAPPING = "mapping", "Choosing columns"
        CHECKING = "checking", "Checking"
        CHECKED = "checked", "Checked"
        IMPORTING = "importing", "Importing"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    class Mode(models.TextChoices):
        UPDATE = "update", "Add and update"
        REPLACE = "replace", "This is the whole list now"

    group = models.ForeignKey(ContactGroup, on_delete=models.CASCADE, related_name="uploads")
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.SET_NULL)
    name = models.CharField(max_length=255, help_text="The file's name.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)

    status = models.CharField(max_length=10, choices=Status, default=Status.MAPPING)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.UPDATE)
    reading = models.JSONField(default=dict, blank=True, help_text="Encoding, delimiter, sheet, heading row.")
    mapping = models.JSONField(default=dict, blank=True, help_text="Column number to what it is.")
    keep_empty = models.BooleanField(default=True, help_text="An empty cell keeps the value that is there.")
    consent_source = models.CharField(max_length=100, blank=True, help_text="Where these people said yes to texts.")
    consent_on = models.DateField(null=True, blank=True)

    row_cursor = models.PositiveIntegerField(default=0, help_text="Rows of the file dealt with so far.")
    rows_expected = models.PositiveIntegerField(null=True, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="upload_unfinished",
                condition=models.Q(status__in=["checking", "importing"]),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_choosing(self) -> bool:
        return self.status == self.Status.MAPPING

    @property
    def is_checking(self) -> bool:
        return self.status == self.Status.CHECKING

    @property
    def is_checked(self) -> bool:
        return self.status == self.Status.CHECKED

    @property
    def is_importing(self) -> bool:
        return self.status == self.Status.IMPORTING

    @property
    def is_done(self) -> bool:
        return self.status == self.Status.DONE

    @property
    def has_failed(self) -> bool:
        return self.status == self.Status.FAILED

    @property
    def is_working(self) -> bool:
        """A worker reads the file, or is about to."""
        return self.is_checking or self.is_importing

    @property
    def may_choose(self) -> bool:
        """Nothing of it has been written yet, so that columns and choices may still be changed."""
        return self.is_choosing or self.is_checked

    @property
    def replaces(self) -> bool:
        return self.mode == self.Mode.REPLACE

    @property
    def percent(self) -> int:
        """How much of the file has been dealt with, 0 to 100."""
        return min(100, 100 * self.row_cursor // self.rows_expected) if self.rows_expected else 0


class UploadedPeople(models.Model):
    """The numbers of one chunk of an upload, those that changed nothing too: whom "the people in this upload" means.

    An array a chunk: a row a number would cost the upload a tenth of its speed.
    """

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="people")
    phones = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"{len(self.phones)} of upload {self.upload_id}"


class RejectedRow(models.Model):
    """A row of a file that was not taken, as the spreadsheet numbers it, with its cells and the reason."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="rejected_rows")
    row = models.PositiveIntegerField()
    cells = models.JSONField()
    errors = models.JSONField(help_text="Column number to the reason in words.")

    class Meta:
        ordering = ["row", "id"]
        constraints = [models.UniqueConstraint(fields=["upload", "row"], name="rejected_row_number")]

    def __str__(self) -> str:
        return f"row {self.row}"
