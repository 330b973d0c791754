"""Sender IDs, and what their texts are for."""

from __future__ import annotations

from django.db import models


class Kind(models.TextChoices):
    """What a text is for; the law treats the two differently."""

    TRANSACTIONAL = "transactional", "Reminder or notice"
    PROMOTIONAL = "promotional", "Marketing"


class Sender(models.Model):
    """A sender ID (short code), as registered with the operators: up to 11 characters, case-sensitive."""

    class Use(models.TextChoices):
        TRANSACTIONAL = "transactional", "Reminders and notices"
        PROMOTIONAL = "promotional", "Marketing"
        BOTH = "both", "Both"

    name = models.CharField(
        max_length=11, unique=True, help_text="As it was registered; large and small letters count."
    )
    service_id = models.CharField(max_length=20, default="0")
    use = models.CharField(max_length=13, choices=Use, default=Use.BOTH)
    price = models.DecimalField(
        max_digits=8, decimal_places=4, null=True, blank=True, help_text="KES a part; empty: the gateway's own rate."
    )
    opt_out_text = models.CharField(max_length=40, blank=True, help_text="Appended to marketing: STOP*456*9*5#")
    is_default = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    max_per_second = models.PositiveIntegerField(null=True, blank=True, help_text="Texts a second; empty: no limit.")
    free_at = models.DateTimeField(null=True, blank=True, help_text="Its pace: when its next text may go.")
    halted_at = models.DateTimeField(null=True, blank=True)
    halt_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-is_default", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], name="one_default_sender", condition=models.Q(is_default=True)
            )
        ]

    def __str__(self) -> str:
        return self.name

    def may_send(self, kind: str) -> bool:
        """Whether texts of `kind` may go out under this sender ID."""
        return self.use in (kind, self.Use.BOTH)
