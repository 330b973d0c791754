"""An upload from the file to its result, the rows that it rejected, and what it changed, so that it can be undone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Sum
from django.utils import timezone

from accounts.names import LONGEST_SHORT_NAME
from contacts.models.files import StoredFile
from contacts.models.group import ContactGroup, keys_not_updated
from contacts.values import LONGEST_KEY, LONGEST_REFERENCE
from lib.names import NameField

UNDONE_WITHIN = timedelta(days=30)
# Whoever works on an upload renews its lease with each chunk, some seconds apart. Half a lease without a sign is no
# chunk any more; only reading a workbook is silent for longer, and its lease is longer too.
SILENT_FROM = timedelta(seconds=15)
# The tick that looks for ended leases comes every three seconds.
TAKEN_UP_WITHIN = timedelta(seconds=15)


class Upload(models.Model):
    """One file put into one group: how it is read, how far it has come, what came of it."""

    class Status(models.TextChoices):
        READING = "reading", "Reading"
        MAPPING = "mapping", "Choosing columns"
        CHECKING = "checking", "Checking"
        CHECKED = "checked", "Checked"
        IMPORTING = "importing", "Importing"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"

    class Mode(models.TextChoices):
        UPDATE = "update", "Add and update"
        REPLACE = "replace", "This is the whole list now"

    class Repeats(models.TextChoices):
        LAST = "last", "Keep the last row"
        FIRST = "first", "Keep the first row"
        NONE = "none", "Leave these people out"
        KEY = "key", "Several rows of one person"
        ASK = "ask", "Nobody has said yet"

    class Numbers(models.TextChoices):
        REJECT = "reject", "Reject the row"
        FIRST = "first", "Text the first mobile number"
        EACH = "each", "Each is a person with that row’s values"

    # What may follow what. The command imports without a check; a file that cannot be read fails whoever works on it.
    AFTER = {
        Status.READING: (Status.MAPPING, Status.FAILED),
        Status.MAPPING: (Status.READING, Status.CHECKING, Status.CHECKED),
        Status.CHECKING: (Status.CHECKED, Status.FAILED),
        Status.CHECKED: (Status.MAPPING, Status.CHECKING, Status.IMPORTING),
        Status.IMPORTING: (Status.DONE, Status.FAILED),
        Status.DONE: (Status.UNDOING,),
        Status.FAILED: (Status.UNDOING,),
        Status.UNDOING: (Status.UNDONE, Status.FAILED),
        Status.UNDONE: (),
    }
    WORKING = (Status.READING, Status.CHECKING, Status.IMPORTING, Status.UNDOING)
    # What an import counts of its rows, in the order in which the command writes it.
    COUNTED = ("rows", "created", "updated", "unchanged", "duplicates", "rejected")

    group = models.ForeignKey(ContactGroup, on_delete=models.CASCADE, related_name="uploads")
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.SET_NULL)
    spool = models.ForeignKey(
        StoredFile,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="A workbook's rows, so that it is unpacked once.",
    )
    name = NameField(max_length=255, help_text="The file's name.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)
    ordered_by = models.CharField(
        max_length=LONGEST_SHORT_NAME,
        blank=True,
        help_text="Whose order is carried out, an import or an undo: `user:3`.",
    )

    status = models.CharField(max_length=10, choices=Status, default=Status.MAPPING)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.UPDATE)
    reading = models.JSONField(default=dict, blank=True, help_text="Encoding, delimiter, sheet, heading row.")
    headings_hash = models.CharField(max_length=64, blank=True, help_text="To find an upload of the same headings.")
    mapping = models.JSONField(default=dict, blank=True, help_text="Column number to what it is.")
    keep_empty = models.BooleanField(default=True, help_text="An empty cell keeps the value that is there.")
    repeats = models.CharField(max_length=5, choices=Repeats, default=Repeats.LAST)
    key = models.CharField(
        max_length=LONGEST_KEY,
        blank=True,
        db_default="",
        default="",
        help_text="What is to tell rows of one number apart in a group without a key; imported: what told them.",
    )
    numbers = models.CharField(
        max_length=6, choices=Numbers, default=Numbers.REJECT, help_text="Several numbers in one cell."
    )
    reject_bad_cells = models.BooleanField(default=False, help_text="A new person with a cell that cannot be read.")
    keep_stale = models.BooleanField(default=False, help_text="A known person's old amount or date may stay.")
    consent_source = models.CharField(max_length=100, blank=True, help_text="Where these people said yes to texts.")
    consent_on = models.DateField(null=True, blank=True)

    row_cursor = models.PositiveIntegerField(default=0, help_text="Rows of the file dealt with so far.")
    rows_expected = models.PositiveIntegerField(null=True, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.PositiveIntegerField(default=0, help_text="Raised by each worker that takes it up.")
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="upload_unfinished",
                condition=models.Q(status__in=["reading", "checking", "importing", "undoing"]),
            ),
            models.Index(fields=["headings_hash"], name="upload_headings", condition=~models.Q(headings_hash="")),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def before(cls, status: str) -> list[str]:
        """The states from which `status` can be reached."""
        return [earlier for earlier, later in cls.AFTER.items() if status in later]

    @property
    def is_reading(self) -> bool:
        return self.status == self.Status.READING

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
    def is_undoing(self) -> bool:
        return self.status == self.Status.UNDOING

    @property
    def is_undone(self) -> bool:
        return self.status == self.Status.UNDONE

    @property
    def has_failed(self) -> bool:
        return self.status == self.Status.FAILED

    @property
    def is_working(self) -> bool:
        """A worker is at it, or is about to be."""
        return self.status in self.WORKING

    def seems_stopped(self, now: datetime) -> bool:
        """Nobody has given a sign of working on it for so long that nobody does."""
        return self.is_working and self.lease_until is not None and self.lease_until - now < SILENT_FROM

    def goes_on_at(self, now: datetime) -> datetime | None:
        """When a stopped one is taken up again: as its lease ends. None where it waits for its first or next worker."""
        if not self.claim or self.lease_until is None or self.lease_until < now - TAKEN_UP_WITHIN:
            return None
        return self.lease_until

    @property
    def has_written(self) -> bool:
        """Rows of it are in the group: all of them, or those before it failed."""
        return self.is_done or (self.has_failed and bool(self.counts.get("rows")))

    def may_be_undone(self, now: datetime) -> bool:
        """For 30 days after its last row, while the group tells its rows apart as it did."""
        return self.is_recent(now) and self.key == self.group.key

    def is_recent(self, now: datetime) -> bool:
        return self.has_written and (self.finished_at or self.created_at) > now - UNDONE_WITHIN

    def is_told_apart_otherwise(self, now: datetime) -> bool:
        """It could be undone, had the group not got another key since, or lost it."""
        return self.is_recent(now) and self.key != self.group.key

    @property
    def may_be_given_up(self) -> bool:
        """Nobody has been written by it, and no worker is about to write."""
        return (
            self.is_reading
            or self.is_choosing
            or self.is_checking
            or self.is_checked
            or (self.has_failed and not self.has_written)
        )

    @property
    def may_choose(self) -> bool:
        """Nothing of it has been written yet, so that columns and choices may still be changed."""
        return self.is_choosing or self.is_checked

    @property
    def replaces(self) -> bool:
        return self.mode == self.Mode.REPLACE

    @property
    def keyed_by(self) -> str:
        """The field that tells rows of one number apart; "" where a number has one row."""
        return self.group.key or self.key

    @property
    def keeps_last_row(self) -> bool:
        """Of what stands in several rows; where neither this nor `keeps_first_row` is true, none of them."""
        return self.repeats not in (self.Repeats.FIRST, self.Repeats.NONE)

    @property
    def keeps_first_row(self) -> bool:
        return self.repeats == self.Repeats.FIRST

    @property
    def is_taking_out(self) -> bool:
        """Its rows are written, and whoever is not in the file leaves the group, or has another number in it."""
        lets_leave = self.replaces or bool(self.key)
        return self.is_importing and lets_leave and self.counts.get("rows", 0) == self.rows_expected

    @property
    def to_do(self) -> int:
        """How many rows, or people where it is being undone, there are to deal with."""
        if self.is_undoing:
            return sum(self.counts.get(name, 0) for name in ("created", "updated", "left", "renumbered"))
        return self.rows_expected or 0

    @property
    def rows_listed(self) -> int:
        """How many rows its list has, those that changed nothing too; none where the list is no longer kept."""
        length = Func(F("phones"), function="cardinality", output_field=models.IntegerField())
        return UploadedPeople.objects.filter(upload=self.pk).aggregate(rows=Sum(length))["rows"] or 0

    @property
    def percent(self) -> int:
        """How much of it has been dealt with, 0 to 100."""
        return min(100, 100 * self.row_cursor // self.to_do) if self.to_do else 0

    @property
    def shows_progress(self) -> bool:
        """How far it is can be told; not while a file is read, for its columns or before its first row is written.

        Nor how many leave.
        """
        if self.is_reading or self.is_taking_out:
            return False
        return bool(self.to_do) and (bool(self.row_cursor) or not self.is_importing)

    def seconds_left(self, now: datetime) -> int | None:
        """How long the rest of an import takes at the pace so far; None where that cannot be told yet."""
        began = self.counts.get("began")
        if not self.is_importing or not began or not self.row_cursor or not self.rows_expected or self.is_taking_out:
            return None
        pace = (now.timestamp() - began) / self.row_cursor
        return max(1, round(pace * max(0, self.rows_expected - self.row_cursor)))


class UploadedPeople(models.Model):
    """The numbers of one chunk of an upload, those that changed nothing too: whom "the people in this upload" means.

    An array a chunk: a row a number would cost the upload a tenth of its speed.
    """

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="people")
    phones = ArrayField(models.BigIntegerField())
    rows = ArrayField(
        models.TextField(),
        null=True,
        help_text="`254712345678/1201` where the group has a key; then `phones` has a number for each.",
    )

    def __str__(self) -> str:
        return f"{len(self.phones)} of upload {self.upload_id}"


class RejectedRow(models.Model):
    """A row of a file that was not taken, as the spreadsheet numbers it, with its cells and the reason."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="rejected_rows")
    row = models.PositiveIntegerField()
    nth = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Of several numbers in its cell.")
    cells = models.JSONField()
    errors = models.JSONField(help_text="Column number to the reason in words.")

    class Meta:
        ordering = ["row", "nth"]
        constraints = [models.UniqueConstraint(fields=["upload", "row", "nth"], name="rejected_row_place")]

    def __str__(self) -> str:
        return f"row {self.row}"


class UploadChangeQuerySet(models.QuerySet["UploadChange"]):
    def of_uploads_before(self, moment: datetime) -> UploadChangeQuerySet:
        """Those of uploads that had ended before `moment`."""
        return self.filter(upload__in=Upload.objects.filter(finished_at__lt=moment))


class UploadChange(models.Model):
    """A contact as it was before an upload changed it, or took it out of the group; what it made is not kept here.

    After an undo those that are left are the ones that were not undone, because somebody has changed them since.
    """

    class Kind(models.TextChoices):
        UPDATED = "updated", "Changed"
        LEFT = "left", "Left the group"
        NUMBER = "number", "Another number since"
        KEPT = "kept", "Changed since, and left as it is"

    # Written while the upload's own row is held: asking for it at each of a million would only take time.
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="changes", db_constraint=False)
    kind = models.CharField(max_length=7, choices=Kind)
    contact_id = models.BigIntegerField()
    phone = models.CharField(max_length=15)
    reference = models.CharField(max_length=LONGEST_REFERENCE, db_default="", default="", blank=True)
    name = models.CharField(max_length=200, blank=True)
    values = models.JSONField(default=dict)
    not_updated = keys_not_updated()
    was_upload = models.BigIntegerField(null=True, help_text="The upload that had written it last.")
    consent_source = models.CharField(max_length=100, blank=True)
    consent_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When the upload changed it: its updated_at since then.")

    objects = UploadChangeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["upload", "kind", "id"], name="upload_change_page")]

    def __str__(self) -> str:
        return f"{self.phone} {self.kind}"

    @property
    def in_words(self) -> str:
        return CHANGES_IN_WORDS[self.kind]


CHANGES_IN_WORDS: dict[str, str] = {
    UploadChange.Kind.UPDATED: "the upload had changed their values",
    UploadChange.Kind.LEFT: "the upload had taken them out",
    UploadChange.Kind.NUMBER: "the upload had given them another number",
    UploadChange.Kind.KEPT: "the upload had added them",
}
