"""One execution of a campaign, and the keys that keep reminders to once."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone

from campaigns.models.campaign import Campaign
from campaigns.models.transitions import Advancing, Transitions
from campaigns.schedules import Stage, stage_in_words
from contacts.values import LONGEST_REFERENCE

# What people are told of without asking.
TOLD = ("finished", "halted", "held")
UNTOLD = models.Q(models.Q(status__in=TOLD) & ~models.Q(told_as=models.F("status"))) | (
    ~models.Q(status__in=TOLD) & ~models.Q(told_as="")
)


class RunQuerySet(Advancing):
    def untold(self) -> RunQuerySet:
        """Those whose status nobody has been told of, or which have left the one that people were told of."""
        return self.filter(UNTOLD)

    def not_begun(self) -> RunQuerySet:
        """Those of which no text can have been claimed: prepared or not, paused or halted before they began.

        A run is claimed from only once it is being sent, which it is never before: `resumes_to` tells where it stood.
        """
        stopped = models.Q(status__in=Run.STOPPED, resumes_to__in=Run.BEFORE_SENDING)
        return self.filter(models.Q(status__in=Run.BEFORE_SENDING) | stopped)

    def earlier_than(self, last: Run) -> RunQuerySet:
        """Those that come after `last` where the latest time is first."""
        return self.filter(
            models.Q(scheduled_for__lt=last.scheduled_for) | models.Q(scheduled_for=last.scheduled_for, pk__lt=last.pk)
        )


class Run(Transitions):
    """Unique on (campaign, stage, occurrence), so that a second click or a moved hour makes no second run.

    One that is `replaced` does not count: its campaign was changed before it began, and another stands in its place.
    """

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        PLANNING = "planning", "Being prepared"
        PLANNED = "planned", "Ready"
        SENDING = "sending", "Sending"
        HELD = "held", "Waiting for a person"
        PAUSED = "paused", "Paused"
        HALTED = "halted", "Stopped by a problem"
        SKIPPED = "skipped", "Skipped"
        FINISHED = "finished", "Finished"
        CANCELLED = "cancelled", "Cancelled"

    AFTER = {
        Status.SCHEDULED: (Status.PLANNING, Status.HELD, Status.SKIPPED, Status.CANCELLED),
        Status.PLANNING: (Status.PLANNED, Status.HALTED, Status.CANCELLED),
        Status.PLANNED: (Status.SENDING, Status.HELD, Status.SKIPPED, Status.PAUSED, Status.HALTED, Status.CANCELLED),
        Status.SENDING: (Status.PAUSED, Status.HALTED, Status.FINISHED, Status.CANCELLED),
        Status.HELD: (Status.PLANNING, Status.PLANNED, Status.SKIPPED, Status.CANCELLED),
        Status.PAUSED: (Status.PLANNED, Status.SENDING, Status.FINISHED, Status.CANCELLED),
        Status.HALTED: (Status.PLANNING, Status.PLANNED, Status.SENDING, Status.CANCELLED),
        Status.SKIPPED: (),
        Status.FINISHED: (Status.SENDING,),
        Status.CANCELLED: (),
    }
    OVER = (Status.SKIPPED, Status.FINISHED, Status.CANCELLED)
    BEFORE_SENDING = (Status.SCHEDULED, Status.PLANNING, Status.PLANNED, Status.HELD)
    STOPPED = (Status.PAUSED, Status.HALTED)

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="runs")
    stage = models.CharField(max_length=20, default="", blank=True)
    occurrence = models.CharField(max_length=10, default="once", help_text="`once`, or the rule's local day.")
    status = models.CharField(max_length=9, choices=Status, default=Status.SCHEDULED)
    resumes_to = models.CharField(max_length=9, blank=True, help_text="Where a pause or a halt goes back to.")

    scheduled_for = models.DateTimeField()
    not_after = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    planned_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    own_text = models.TextField(blank=True, help_text="This occurrence's own text; empty: the campaign's.")
    text = models.TextField(blank=True, help_text="The text as it was when planning began.")
    cursor_group = models.PositiveIntegerField(default=0, help_text="How many of the groups are wholly planned.")
    cursor_contact = models.BigIntegerField(
        default=0, help_text="The last contact planned of the next one; `by_number` the last number planned."
    )
    one_text_for = models.CharField(
        max_length=6,
        choices=Campaign.OneTextFor,
        default=Campaign.OneTextFor.NUMBER,
        db_default=Campaign.OneTextFor.NUMBER,
        help_text="As the campaign had it when planning began.",
    )
    by_number = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A group of it had a key when planning began: all are read together in the order of the number.",
    )
    check_rows = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A frozen audience with keys: when a batch is claimed a row must still be there, with its number.",
    )
    planning_touched_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    audience = models.PositiveIntegerField(default=0, help_text="Texts.")
    people = models.PositiveIntegerField(null=True, help_text="Distinct numbers; empty: as many as texts.")
    merged = models.PositiveIntegerField(default=0, help_text="Numbers met again in a later group.")
    parts = models.PositiveIntegerField(default=0)
    estimate = models.DecimalField(max_digits=14, decimal_places=4, default=0, help_text="KES.")

    reason = models.CharField(
        max_length=300, blank=True, help_text="Why it was halted, held or skipped, in plain words."
    )
    may_go = models.BooleanField(default=False, help_text="It was held, and a person let it go all the same.")
    needs_approval = models.BooleanField(
        default=False, help_text="It is held for what was approved: only who may approve it lets it go."
    )
    told_as = models.CharField(
        max_length=9, default="", db_default="", blank=True, help_text="The status that people were mailed about last."
    )
    cleared = models.BooleanField(default=False, help_text="Somebody who may approve it has let it go.")
    replaced = models.BooleanField(
        default=False,
        db_default=False,
        help_text="It was prepared, and cancelled before it began, because its campaign was changed.",
    )
    as_planned = models.JSONField(
        default=dict,
        blank=True,
        help_text="Where it was approved: what segments and fields meant, and who wrote how many people since.",
    )
    recheck = models.BooleanField(
        default=False, help_text="It was held: the campaign's filter is looked at again when a batch is claimed."
    )

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "stage", "occurrence"],
                name="run_occurrence_once",
                condition=models.Q(replaced=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["scheduled_for"], name="run_due", condition=models.Q(status__in=["scheduled", "planned"])
            ),
            models.Index(
                fields=["status"], name="run_under_way", condition=models.Q(status__in=["planning", "sending"])
            ),
            # Few are on, of many that were: Home asks for these, also for those that a person has to look at.
            models.Index(
                fields=["-id"],
                name="run_on",
                condition=models.Q(status__in=["planning", "planned", "sending", "paused", "halted", "held"]),
            ),
            models.Index(
                fields=["not_after"],
                name="run_late",
                condition=models.Q(
                    status__in=["scheduled", "planned", "held", "sending", "paused"], not_after__isnull=False
                ),
            ),
            models.Index(fields=["scheduled_for"], name="run_when"),
            models.Index(fields=["id"], name="run_untold", condition=UNTOLD),
            models.Index(fields=["id"], name="run_stopped", condition=models.Q(status__in=["halted", "held"])),
            models.Index(fields=["campaign", "-scheduled_for"], name="run_of_campaign"),
            models.Index(fields=["campaign"], name="run_replaced", condition=models.Q(replaced=True)),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.stage} {self.occurrence}".replace("  ", " ")

    @property
    def day(self) -> date:
        """The local day that the run's rule means: of its occurrence, or of its time in the campaign's zone."""
        if self.occurrence != "once":
            return date.fromisoformat(self.occurrence)
        return self.scheduled_for.astimezone(ZoneInfo(self.campaign.zone)).date()

    @property
    def reached(self) -> int:
        """How many people its texts are for: distinct numbers."""
        return self.audience if self.people is None else self.people

    @property
    def is_held_for_approval(self) -> bool:
        return self.status == self.Status.HELD and self.needs_approval

    @property
    def is_skipped(self) -> bool:
        return self.status == self.Status.SKIPPED

    @property
    def is_finished(self) -> bool:
        return self.status == self.Status.FINISHED

    @property
    def is_halted(self) -> bool:
        return self.status == self.Status.HALTED

    @property
    def is_held(self) -> bool:
        return self.status == self.Status.HELD

    @property
    def is_scheduled(self) -> bool:
        return self.status == self.Status.SCHEDULED

    @property
    def stage_words(self) -> str:
        """`before_7` as "7 days before"; empty where the campaign has no stages."""
        return stage_in_words(Stage.named(self.stage)) if self.stage else ""

    @property
    def is_due(self) -> bool:
        """Whether its time has come."""
        return self.scheduled_for <= timezone.now()

    @property
    def has_not_begun(self) -> bool:
        """As `RunQuerySet.not_begun`."""
        before = self.BEFORE_SENDING
        return self.status in before or (self.status in self.STOPPED and self.resumes_to in before)

    @property
    def is_over(self) -> bool:
        return self.status in self.OVER


def latest_run(campaign: Campaign, number: int | None = None) -> Run | None:
    """A campaign's run of that id; else its latest that has begun or was skipped, else its next one, if it has any."""
    if number is not None:
        return campaign.runs.filter(pk=number).first()
    over = models.Case(models.When(status__in=Run.OVER, then=1), default=0)
    runs = campaign.runs.filter(replaced=False)
    begun = runs.exclude(status=Run.Status.SCHEDULED).order_by("-scheduled_for", over, "-pk").first()
    return begun or runs.order_by("scheduled_for", "pk").first()


class ReminderKey(models.Model):
    """That a person was reminded of a date, of each row of theirs: once means once.

    Taken away by a trigger where the message ends skipped, rejected or cancelled on its first try, and with an old run
    (`retention`), long after the date was due.
    """

    # The database checks neither: it would look both up for every text, and hold the campaign's row meanwhile.
    campaign = models.ForeignKey(
        Campaign, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    stage = models.CharField(max_length=20)
    phone = models.CharField(max_length=15)
    reference = models.CharField(
        max_length=LONGEST_REFERENCE,
        db_default="",
        default="",
        help_text="Empty: of every row of the number, as before its group had a key.",
    )
    told_by = models.CharField(
        max_length=LONGEST_REFERENCE, db_default="", default="", help_text="The reference of the text that tells of it."
    )
    stands_for = models.DateField(help_text="The due date, or this year's anniversary.")
    run = models.ForeignKey(
        Run, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "stage", "phone", "reference", "stands_for"], name="reminded_once_a_row"
            )
        ]
        indexes = [models.Index(fields=["run", "phone"], name="reminder_of_message")]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.stage} {self.phone} {self.stands_for}"
