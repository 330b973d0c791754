"""The samples of a first start: which they still are, and how all of them are taken away at once.

A sample is what it was as long as nobody has changed it. A campaign, a template or a group that somebody has changed is
theirs from then on, and so are people whom somebody has added to a sample group, or changed: these are never touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Model, Q

from accounts.audit import record
from accounts.models import User
from campaigns.maintenance import day_figures, retention
from campaigns.models import Batch, Campaign, DayFigures, MessageTemplate, Run, Sample
from contacts import usage
from contacts.models import Contact, ContactGroup
from contacts.models.group import ContactQuerySet
from contacts.people import jobs
from contacts.people.merge import lock_group, note_change

# A range of numbers that no operator uses.
NUMBERS = "254109"
What = Sample.What
MODELS: dict[str, type[Model]] = {
    What.GROUP: ContactGroup,
    What.CAMPAIGN: Campaign,
    What.TEMPLATE: MessageTemplate,
}
BEING_SENT = (Run.Status.PLANNING, Run.Status.PLANNED, Run.Status.SENDING)
IN_HAND = (Batch.Status.SENDING, Batch.Status.UNCERTAIN)


@dataclass(frozen=True)
class Staying:
    """A sample that stays, and why, in words."""

    name: str
    why: str


@dataclass
class Samples:
    """What goes, and what stays though it is a sample still."""

    campaigns: list[Campaign] = field(default_factory=list)
    templates: list[MessageTemplate] = field(default_factory=list)
    groups: list[ContactGroup] = field(default_factory=list)
    staying: list[Staying] = field(default_factory=list)

    @property
    def go(self) -> int:
        return len(self.campaigns) + len(self.templates) + len(self.groups)

    @property
    def are_there(self) -> bool:
        return bool(self.go or self.staying)


def note_sample(row: Model) -> None:
    """It was made to be looked at."""
    what = next(what for what, model in MODELS.items() if isinstance(row, model))
    Sample.objects.create(what=what, row=row.pk, state=_state(row))


def were_made() -> bool:
    return Sample.objects.exists()


def are_there() -> bool:
    """Whether any is left that nobody has changed."""
    return any(sample_ids().values())


def sample_ids() -> dict[str, set[int]]:
    """The ids of those that nobody has changed, by what they are."""
    return {what: {row.pk for row in rows} for what, rows in _unchanged().items()}


def samples() -> Samples:
    """What would go now, and what would stay."""
    rows = _unchanged()
    found = Samples(templates=list(rows[What.TEMPLATE]))  # type: ignore[arg-type]
    for campaign in rows[What.CAMPAIGN]:
        assert isinstance(campaign, Campaign)
        if why := _needed(campaign):
            found.staying.append(Staying(campaign.name, why))
        else:
            found.campaigns.append(campaign)
    gone = {f"the campaign “{one.name}”" for one in found.campaigns}
    for group in rows[What.GROUP]:
        assert isinstance(group, ContactGroup)
        if why := _whose(group, gone):
            found.staying.append(Staying(group.name, why))
        elif _own_people(group).exists():
            found.staying.append(Staying(group.name, "people were added or changed: they stay, the sample people go"))
        else:
            found.groups.append(group)
    return found


def _whose(group: ContactGroup, gone: Collection[str]) -> str:
    """Why all of it stays, with its sample people; empty where they go. What is `gone` uses it no more."""
    uses = [one for one in usage.uses_of_group(group) if one not in gone]
    if uses:
        return f"it is used by {', '.join(uses)}"
    return "a file was uploaded into it" if group.uploads.exists() else ""


@transaction.atomic
def take_away(user: User) -> tuple[Samples, list[int]]:
    """Take them away; what went and what stayed, and the jobs that empty the groups, for the caller to nudge."""
    rows = _unchanged()
    ids = [row.pk for row in rows[What.CAMPAIGN]]
    # A claim holds the run: what was not being sent when it was locked is not begun before it is gone.
    list(Campaign.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    list(Run.objects.select_for_update().filter(campaign__in=ids).order_by("pk"))
    groups = [row for row in rows[What.GROUP] if isinstance(row, ContactGroup)]
    for group in groups:
        # Whoever would write people into it waits, and then finds it gone.
        lock_group(group)
    found = samples()
    for campaign in found.campaigns:
        _delete_campaign(campaign, user)
    for template in found.templates:
        record("template deleted", f"template {template.pk}", user=user, name=template.name)
        template.delete()
    emptied = [jobs.order_group_delete(group, user).pk for group in found.groups]
    going = {group.pk for group in found.groups}
    for group in groups:
        if group.pk not in going and not _whose(group, ()):
            _delete_sample_people(group, user)
    counts: dict[str, Any] = {what: len(getattr(found, what)) for what in ("campaigns", "templates", "groups")}
    record("samples taken away", "the samples", user=user, **counts)
    return found, emptied


def _unchanged() -> dict[str, list[Model]]:
    rows: dict[str, list[Model]] = {what.value: [] for what in What}
    noted: dict[str, dict[int, Any]] = defaultdict(dict)
    for what, row, state in Sample.objects.values_list("what", "row", "state"):
        noted[what][row] = state
    for what, states in noted.items():
        there = MODELS[what]._default_manager.filter(pk__in=states).order_by("pk")
        rows[what] = [row for row in there if _state(row) == states[row.pk]]
    return rows


def _state(row: Model) -> list[object]:
    """What somebody would change who makes it their own."""
    if isinstance(row, Campaign):
        return [row.name, row.version]
    if isinstance(row, MessageTemplate):
        return [row.name, row.text, row.language]
    assert isinstance(row, ContactGroup)
    fields = row.fields.order_by("position", "pk").values_list("key", "label", "type")
    return [row.name, row.key, [list(one) for one in fields]]


def _needed(campaign: Campaign) -> str:
    """Why it stays; empty where it may go."""
    if campaign.runs.filter(status__in=BEING_SENT).exists():
        return "it is being sent: pause or cancel it first"
    if Batch.objects.filter(run__campaign=campaign, status__in=IN_HAND).exists():
        return "of some of its texts it is not known whether they went out"
    draft = Campaign.objects.filter(of_run__campaign=campaign).first()
    return f"“{draft.name}” is for its people" if draft else ""


def _delete_campaign(campaign: Campaign, user: User) -> None:
    """With its runs, texts and figures: no report tells of it any more."""
    for run in campaign.runs.order_by("pk"):
        day_figures.forget(list(run.batches.order_by("pk").values_list("pk", flat=True)))
        retention.delete_run(run.pk)
    DayFigures.objects.filter(campaign=campaign.pk).delete()
    Campaign.objects.filter(pk=campaign.pk).delete()
    record("campaign deleted", f"campaign {campaign.pk}", user=user, name=campaign.name)


def _own_people(group: ContactGroup) -> ContactQuerySet:
    """Those of a sample group who are not as the samples were made."""
    return Contact.objects.filter(group=group).exclude(_as_made())


def _as_made() -> Q:
    return Q(phone__startswith=NUMBERS, written_by="")


def _delete_sample_people(group: ContactGroup, user: User) -> None:
    deleted, _ = Contact.objects.filter(_as_made(), group=group).delete()
    if deleted:
        note_change(group)
        record("contacts taken out", f"group {group.pk}", user=user, name=group.name, rows=deleted)
