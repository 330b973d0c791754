"""Who must not be texted, and which numbers are dead. By phone, over all groups: they outlive the contact."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class OptOutQuerySet(models.QuerySet):
    def widest_last(self) -> OptOutQuerySet:
        """So that of a number's two opt-outs the one from everything has the last word."""
        return self.order_by("-scope", "pk")


class OptOut(models.Model):
    """A number that is left out: of everything (the person said STOP), or of promotional texts only."""

    class Scope(models.TextChoices):
        ALL = "all", "Everything"
        PROMOTIONAL = "promotional", "Promotional texts"

    class Source(models.TextChoices):
        REPLY = "reply", "Reply"
        OPERATOR = "operator", "Operator's report"
        UPLOAD = "upload", "Upload"
        PERSON = "person", "Person"
        API = "api", "API"

    phone = models.CharField(max_length=15)
    scope = models.CharField(max_length=12, choices=Scope, default=Scope.ALL)
    source = models.CharField(max_length=10, choices=Source, default=Source.PERSON)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)

    objects = OptOutQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["phone", "scope"], name="opt_out_phone_scope")]
        indexes = [models.Index(fields=["source", "id"], name="opt_out_source")]

    def __str__(self) -> str:
        return f"{self.phone} ({self.scope})"

    @property
    def what_is_left_out(self) -> str:
        return "no marketing" if self.scope == self.Scope.PROMOTIONAL else "no texts"

    @property
    def scope_in_words(self) -> str:
        return SCOPE_IN_WORDS[self.scope]

    @property
    def source_in_words(self) -> str:
        return SOURCE_IN_WORDS[self.source]

    @property
    def in_words(self) -> str:
        """By whom and when, for whoever asks why there is no text: "said STOP on 3 Nov 2026"."""
        day = f"{timezone.localtime(self.created_at):%-d %b %Y}"
        who = self.created_by and self.created_by.called
        marketing = " of marketing" if self.scope == self.Scope.PROMOTIONAL else ""
        match self.source:
            case self.Source.REPLY:
                return f"said STOP on {day}" + (f", as {who} read the reply" if who else "")
            case self.Source.OPERATOR:
                return f"on the operator's list since {day}"
            case self.Source.UPLOAD:
                return f"opted out{marketing} by a file{f' of {who}' if who else ''} on {day}"
            case self.Source.API:
                return f"opted out{marketing} by another program on {day}"
        return f"opted out{marketing} by {who or 'somebody who is gone'} on {day}"

    @property
    def is_the_persons_own(self) -> bool:
        """The person said so: nobody else should take it back lightly."""
        return self.source == self.Source.REPLY


SCOPE_IN_WORDS: dict[str, str] = {
    OptOut.Scope.ALL: "Everything",
    OptOut.Scope.PROMOTIONAL: "Marketing",
}

SOURCE_IN_WORDS: dict[str, str] = {
    OptOut.Source.REPLY: "Answered STOP",
    OptOut.Source.OPERATOR: "The operator told us",
    OptOut.Source.UPLOAD: "Uploaded",
    OptOut.Source.PERSON: "Added by hand",
    OptOut.Source.API: "Added by another program",
}


class PhoneStatus(models.Model):
    """What delivery has taught us of a number. Dead: two permanent failures on different days, no delivery since."""

    phone = models.CharField(max_length=15, primary_key=True)
    failed_on = models.DateField(
        null=True, blank=True, help_text="Day of the first permanent failure since a delivery."
    )
    dead_since = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "phone statuses"

    def __str__(self) -> str:
        return self.phone
