"""What lists and files tell of a text beside its own columns: whose it is, why it ended so, and who had it sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Prefetch, prefetch_related_objects

from accounts.models import ApiKey, User
from campaigns.ledger.whys import whys
from campaigns.models import Batch, Campaign, Message, Run
from contacts.models import Contact

NAMES = ("username", "first_name", "last_name")
# By name what is shown of them: of all their columns a page would be mostly SQL.
RUN = (
    "campaign__name",
    "campaign__made_by_key__name",
    *(f"campaign__{who}__{name}" for who in ("created_by", "spender") for name in NAMES),
)
BESIDE = (
    Prefetch(
        "run",
        Run.objects.select_related("campaign__created_by", "campaign__spender", "campaign__made_by_key").only(*RUN),
    ),
    Prefetch("batch", Batch.objects.select_related("sender", "api_key")),
    "created_by",
    "given_reference",
)
MENDED_AT_THE_PERSON = ("missing", "not_updated", "several_values", "zero", "empty_text", "too_long")
MOST_NAMES = 3


@dataclass(frozen=True)
class Told:
    """`name` is that of then; where none is kept, `name_now` what contacts with the number are called now.

    `mend`: group and contact, where something has to be mended there before the person can be texted.
    """

    message: Message
    why: str
    name_now: str
    mend: tuple[int, int] | None

    @property
    def pk(self) -> int:
        return self.message.pk

    @cached_property
    def name(self) -> str:
        return self.message.person or ""

    @cached_property
    def campaign(self) -> Campaign | None:
        return self.message.run.campaign if self.message.run else None

    @cached_property
    def sender(self) -> str:
        return self.message.batch.sender.name if self.message.batch.sender else ""

    @cached_property
    def client_ref(self) -> str:
        """What a script calls it."""
        return self.message.given_reference.reference if hasattr(self.message, "given_reference") else ""

    @cached_property
    def who(self) -> str:
        """Whoever launched the campaign, or asked for the single text; empty: the portal itself."""
        if (campaign := self.campaign) is not None:
            return _in_words(campaign.made_by_key or campaign.spender or campaign.created_by)
        return _in_words(self.message.batch.api_key or self.message.created_by)


def told_of(messages: Sequence[Message], *, with_now: bool = True) -> list[Told]:
    """These texts in their order, by a number of queries that does not grow with theirs.

    Without `with_now` nothing is looked up in the contacts.
    """
    prefetch_related_objects(list(messages), *BESIDE)
    why = whys(messages)
    names = _names_now({one.phone for one in messages if one.person is None}) if with_now else {}
    contacts = _there({pk for one in messages if _is_mended(one) for pk in rows_of(one)}) if with_now else {}
    return [
        Told(
            one,
            why.get(one.pk, ""),
            names.get(one.phone, "") if one.person is None else "",
            next((contacts[pk] for pk in rows_of(one) if pk in contacts), None) if _is_mended(one) else None,
        )
        for one in messages
    ]


def _is_mended(message: Message) -> bool:
    return message.is_left_out and message.reason.partition(":")[0] in MENDED_AT_THE_PERSON


def rows_of(message: Message) -> list[int]:
    """The contacts that it was of."""
    return [pk for pk in (message.contact, *(message.rows or ())) if pk is not None]


def _there(contacts: Collection[int]) -> dict[int, tuple[int, int]]:
    """Group and id of those that are still there."""
    if not contacts:
        return {}
    there = Contact.objects.filter(pk__in=contacts, group__deleted_at=None)
    return {pk: (group, pk) for pk, group in there.values_list("pk", "group_id")}


def _names_now(phones: Collection[str]) -> dict[str, str]:
    """By number what its contacts are called now, the one that was written last first."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    if phones:
        there = Contact.objects.filter(phone__in=phones, group__deleted_at=None).exclude(name="")
        for phone, name in there.order_by("-written_at", "-pk").values_list("phone", "name"):
            found[phone][name] = None
    return {phone: ", ".join(list(names)[:MOST_NAMES]) for phone, names in found.items()}


def _in_words(one: User | ApiKey | None) -> str:
    if one is None:
        return ""
    return one.called if isinstance(one, User) else f"the key “{one.name}”"
