"""How the simulator is told to misbehave: one validated value, read from JSON.

A fault strikes a `share` of the calls (all where nothing is said) or the `next_n` of them. `when` says whether the
ledger has the texts before the fault strikes. Where a list is given, each of its faults has its own chance.
"""

# ruff: noqa: RUF009 - `setting` makes a dataclass field

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeAlias, TypeVar

from campaigns.gateway.simulator.checks import (
    Settings,
    a_share,
    maybe,
    number,
    one_of,
    one_or_more,
    phone_list,
    setting,
    span,
    weights,
    whole,
)
from campaigns.gateway.simulator.outcomes import OUTCOMES

SHAPES = (
    "schedule_details",
    "list",
    "messages",
    "responses",
    "data",
    "strings",
    "empty_strings",
    "no_client_ref",
    "position_only",
    "reversed",
    "missing_items",
    "missing_keys",
    "no_items",
)
CONTACTS_SHAPES = ("counts", "stored", "success")
WHEN = ("before_accepting", "after_accepting")
BEFORE, AFTER = WHEN

T = TypeVar("T")
OneOrMore: TypeAlias = T | tuple[T, ...] | None


@dataclass(frozen=True, kw_only=True)
class Fault(Settings):
    """Which calls are struck: a share or the next few, of the sending calls, the account's calls (`/v1`) or all."""

    share: float = setting(a_share, default=1.0)
    next_n: int | None = setting(maybe(whole(0)), default=None)
    calls: str = setting(one_of(("sending", "account", "all")), default="sending")

    @property
    def variety(self) -> str:
        """What sets it apart from others of its name, for counting."""
        return ""


@dataclass(frozen=True, kw_only=True)
class HttpStatus(Fault):
    """An answer with this HTTP status. Where no body is named: 429 and 4xx JSON, 502 HTML, 503 plain, else empty."""

    status: int = setting(whole(200, 599))
    retry_after: float | None = setting(maybe(number(0)), default=None)
    body: str | None = setting(maybe(one_of(("json", "html", "plain", "empty"))), default=None)
    when: str = setting(one_of(WHEN), default=BEFORE)

    @property
    def variety(self) -> str:
        return str(self.status)


@dataclass(frozen=True, kw_only=True)
class RefuseCall(Fault):
    """HTTP 200 with this status code for the whole call; nothing is accepted."""

    code: int = setting(whole(0))


@dataclass(frozen=True, kw_only=True)
class RefuseItem(Settings):
    """This status code for a share of the texts, or for those to the named numbers; the others are accepted.

    Of contacts too, whose refusals have its words.
    """

    code: int = setting(whole(0))
    share: float = setting(a_share, default=1.0)
    phones: tuple[str, ...] = setting(phone_list, default=())


@dataclass(frozen=True, kw_only=True)
class Drop(Fault):
    """The connection is closed without an answer; with `reset` it is torn down (RST)."""

    when: str = setting(one_of(WHEN), default=BEFORE)
    reset: bool = setting(bool, default=False)

    @property
    def variety(self) -> str:
        return self.when


@dataclass(frozen=True, kw_only=True)
class Hang(Fault):
    """Nothing is said for this long, then the connection is closed without an answer."""

    seconds: float = setting(number(0))
    when: str = setting(one_of(WHEN), default=AFTER)


@dataclass(frozen=True, kw_only=True)
class Trickle(Fault):
    """The right answer, a byte at a time from its body or from its head on, with this pause between two bytes."""

    seconds: float = setting(number(0), default=0.2)
    part: str = setting(one_of(("head", "body")), default="body")


@dataclass(frozen=True, kw_only=True)
class Body(Fault):
    """HTTP 200 with a body that is not the answer; the texts were accepted."""

    kind: str = setting(one_of(("html", "empty", "plain", "cut_short", "oversized")))


@dataclass(frozen=True, kw_only=True)
class MissingItems(Fault):
    """The right answer to a batch, but every third text is not in it; all were judged."""


@dataclass(frozen=True, kw_only=True)
class Late(Settings):
    seconds: float = setting(number(0))
    share: float = setting(a_share, default=1.0)


@dataclass(frozen=True, kw_only=True)
class Reports(Settings):
    """Shares of the texts: `early` their report is posted before the call is answered; `lost` never, though polling
    tells; `interim` a DeliveredToNetwork comes first; `out_of_order` it comes after the final one; `unknown` a
    description that no table has. `repeat` is how often each is posted. One that is answered with anything but
    200 OK is posted again for `retry_for` seconds; while nobody answers it is kept for as long as it takes.
    """

    early: float = setting(a_share, default=0.0)
    repeat: int = setting(whole(1, 100), default=1)
    late: Late | None = setting(maybe(Late.read), default=None)
    lost: float = setting(a_share, default=0.0)
    interim: float = setting(a_share, default=0.0)
    out_of_order: float = setting(a_share, default=0.0)
    unknown: float = setting(a_share, default=0.0)
    retry_for: float = setting(number(0), default=600.0)


@dataclass(frozen=True, kw_only=True)
class Chaos(Settings):
    """All of it; without a key the simulator behaves.

    `credit` is how many credits are left, each text taking `message_cost`; null or below 0 is an account that is billed
    later, whose balance is negative (-100 where it is null) and which never refuses. `mix` weighs how texts end:
    delivered, absent (phone off), undelivered, or a description of the vendor's table. With a `seed` what happens to
    a text hangs on its number alone. `contacts_shape` is how contacts are answered: with the portal's own counts, with
    a count of what was stored, or with a status code alone.
    """

    latency: tuple[float, float] = setting(span, default=(0.0, 0.0))
    reply_shape: str = setting(one_of(SHAPES), default="schedule_details")
    contacts_shape: str = setting(one_of(CONTACTS_SHAPES), default="counts")
    message_ids: str = setting(one_of(("number", "text")), default="number")
    max_batch: int | None = setting(maybe(whole(1)), default=None)
    http_status: OneOrMore[HttpStatus] = setting(one_or_more(HttpStatus.read), default=None)
    refuse_call: RefuseCall | None = setting(maybe(RefuseCall.read), default=None)
    refuse_item: RefuseItem | None = setting(maybe(RefuseItem.read), default=None)
    drop: OneOrMore[Drop] = setting(one_or_more(Drop.read), default=None)
    hang: Hang | None = setting(maybe(Hang.read), default=None)
    trickle: Trickle | None = setting(maybe(Trickle.read), default=None)
    body: Body | None = setting(maybe(Body.read), default=None)
    missing_items: MissingItems | None = setting(maybe(MissingItems.read), default=None)
    report_delay: tuple[float, float] = setting(span, default=(1.0, 8.0))
    mix: dict[str, float] = setting(
        weights(OUTCOMES), default_factory=lambda: {"delivered": 92.0, "absent": 5.0, "undelivered": 3.0}
    )
    reports: Reports = setting(Reports.read, default_factory=Reports)
    credit: float | None = setting(maybe(number(-1e9)), default=None)
    message_cost: float = setting(number(0), default=1)
    rate_per_sms: float = setting(number(0), default=0.4)
    seed: int | str | None = setting(maybe(str), default=None)

    def merged(self, changes: object) -> Chaos:
        """With these keys put in the place of the old ones, each as a whole; null puts back what it was at first."""
        read_chaos(changes)  # so that a wrong key is named as it was given
        assert isinstance(changes, dict)
        kept = {each.name: getattr(self, each.name) for each in fields(self)}
        return read_chaos(kept | changes)


def read_chaos(given: object) -> Chaos:
    """A Chaos from a JSON object; a key that is null counts as not given. Raises ChaosError."""
    if isinstance(given, dict):
        return Chaos.read({name: value for name, value in given.items() if value is not None})
    return Chaos.read(given)
