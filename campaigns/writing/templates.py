"""Keeping texts: saved with their history, copied, put away, brought back; and which groups they fit."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns import placeholders
from campaigns.models import MessageTemplate, TemplateVersion
from contacts.models import ContactField, ContactGroup

NAME_LENGTH = 100

Fields = dict[str, placeholders.FieldTypes]


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a text can go to a group: the fields that it needs, has no fallback for, and the group has not."""

    group: str
    lacking: tuple[str, ...]

    def __bool__(self) -> bool:
        return not self.lacking


def templates_in_use(*, archived: bool = False) -> QuerySet[MessageTemplate]:
    """The templates, each with `uses`, the campaigns launched with it, and `used_at`, when last."""
    launched = Q(campaign__launched_at__isnull=False)
    return MessageTemplate.objects.filter(archived_at__isnull=not archived).annotate(
        uses=Count("campaign", filter=launched), used_at=Max("campaign__launched_at")
    )


@transaction.atomic
def save_template(
    template: MessageTemplate, user: User | None, *, api_key: ApiKey | None = None
) -> TemplateVersion | None:
    """Save a template that was made or changed; the new version, or None where it says what it said before."""
    template.text = placeholders.normalised(template.text)
    act = "template changed" if template.pk else "template made"
    template.save()
    record(act, f"template {template.pk}", user=user, api_key=api_key, name=template.name)
    MessageTemplate.objects.select_for_update().get(pk=template.pk)
    last = template.versions.first()
    if last is not None and (last.text, last.language) == (template.text, template.language):
        return None
    number = last.number + 1 if last else 1
    return template.versions.create(number=number, text=template.text, language=template.language, saved_by=user)


@transaction.atomic
def duplicate_template(template: MessageTemplate, user: User | None) -> MessageTemplate:
    """A copy under a name of its own."""
    copy = MessageTemplate(
        name=free_name(template.name), text=template.text, language=template.language, created_by=user
    )
    save_template(copy, user)
    return copy


def free_name(name: str) -> str:
    """`name`, or the first of `name (2)`, `name (3)`, ... that no template has."""
    taken = set(MessageTemplate.objects.filter(name__startswith=name[: NAME_LENGTH - 6]).values_list("name", flat=True))
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[: NAME_LENGTH - 6]} ({number})"
    return free


@transaction.atomic
def bring_back_version(version: TemplateVersion, user: User | None) -> None:
    """Let a template say again what it said in an earlier version."""
    template = version.template
    template.text, template.language = version.text, version.language
    save_template(template, user)


@transaction.atomic
def put_template_away(template: MessageTemplate, *, away: bool, user: User | None) -> None:
    """Archive a template, so that nobody begins with it any more, or take it out again."""
    if MessageTemplate.objects.filter(pk=template.pk, archived_at__isnull=away).update(
        archived_at=timezone.now() if away else None
    ):
        record("template archived" if away else "template taken out", f"template {template.pk}", user=user)


def fields_by_group() -> Fields:
    """Of every group the types of its fields, in two queries."""
    names = dict(ContactGroup.objects.order_by("name").values_list("pk", "name"))
    own: dict[str, list[ContactField]] = {name: [] for name in names.values()}
    for one in ContactField.objects.all():
        own.setdefault(names.get(one.group_id, ""), []).append(one)
    return {name: _types(some) for name, some in own.items()}


def fields_of_all_groups(fields: Fields) -> placeholders.FieldTypes:
    """The fields of all groups together, as if one had them all."""
    every = placeholders.FieldTypes()
    for group in fields.values():
        every.update(group)
        every.present |= group.present
        every.others |= group.others
    return every


def _types(fields: list[ContactField]) -> placeholders.FieldTypes:
    return placeholders.FieldTypes((one.key, one.type, one.names) for one in fields)


def fits_of(text: str, fields: Fields) -> list[Fit]:
    """How the text goes with each group; none of them where it cannot be read."""
    try:
        needed = set(placeholders.compile(text).required) - set(placeholders.BUILT_IN)
    except placeholders.PlaceholderError:
        return []
    known = placeholders.written_by_name(fields_of_all_groups(fields))
    return [
        Fit(group, tuple(sorted(known.get(key, key) for key in needed - placeholders.keys_by_name(has).keys())))
        for group, has in fields.items()
    ]
