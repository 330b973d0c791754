"""Rendering and counting personalised texts in one process, beside the same with plain formatting; and estimates."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TextIO

from django.utils import timezone

from benchmarks.measuring import Table, timed
from benchmarks.planning import TEXT
from campaigns import gsm, placeholders
from campaigns.audience import audience_of
from campaigns.checking import forecast
from campaigns.models import Campaign, CampaignGroup, Sender
from contacts.models import ContactGroup
from lib import phones

FIELDS = {"balance": "money", "due_date": "date", "account": "text"}
TODAY = date(2026, 11, 24)
AT_ONCE = 50_000

Row = tuple[str, str, dict[str, str]]


def measure(table: Table, texts: int) -> None:
    """Four fields, one of them money and one a date; the processor's seconds, so that a busy machine counts less."""
    render = placeholders.compile(TEXT, FIELDS).renderer(today=TODAY, sender="BENCH")

    def ours(row: Row) -> int:
        return gsm.part_count(str(render(*row)))

    def bare(row: Row) -> int:
        _, name, values = row
        day = date.fromisoformat(values["due_date"])
        text = (
            f"Dear {name}, your balance of KES {Decimal(values['balance']):,.2f} is due on {day:%-d %b %Y}. "
            f"Account {values['account']}."
        )
        return -(-len(text) // 160)

    def with_number(row: Row) -> int:
        phones.read_phone(row[0])
        return ours(row)

    plainly = _seconds(texts, bare)
    table.add(f"render and count {texts:,} texts, one core", texts, _seconds(texts, ours), plainly)
    table.add("the same with their numbers read, beside none", texts, _seconds(texts, with_number), plainly)


def _seconds(texts: int, count: Callable[[Row], int]) -> float:
    taken = 0.0
    for start in range(0, texts, AT_ONCE):
        rows = [
            (
                f"25471{number:07}",
                f"Person {number}",
                {"balance": f"{number}.50", "due_date": f"2026-12-{number % 28 + 1:02}", "account": f"A{number}"},
            )
            for number in range(start, min(start + AT_ONCE, texts))
        ]
        begun = time.process_time()
        for row in rows:
            count(row)
        taken += time.process_time() - begun
    return taken


def estimates(group: ContactGroup) -> list[tuple[str, float]]:
    """What a draft for everybody in `group` comes to: the first answer, the exact one, and the kept one; seconds."""
    today = timezone.localdate()
    sender, _ = Sender.objects.get_or_create(name="BENCH", defaults={"price": Decimal("0.60")})
    campaign = Campaign.objects.create(name="estimate", text="Dear <name>, KES <balance|0> is due.", sender=sender)
    CampaignGroup.objects.create(campaign=campaign, group=group, position=0)
    with timed() as first:
        assert not forecast.forecast(audience_of(campaign), today).estimate.exact
    with timed() as exact:
        assert forecast.work_out(campaign.pk)
    with timed() as kept:
        assert forecast.forecast(audience_of(campaign), today).estimate.people == group.size
    return [("from a sample", first.seconds), ("exactly", exact.seconds), ("kept", kept.seconds)]


def show(found: list[tuple[str, float]], people: int, out: TextIO) -> None:
    out.write(f"\n{f'the estimate of a draft for {people:,} people':<44}{'seconds':>15}\n")
    for what, seconds in found:
        out.write(f"{what:<44}{seconds:>15.2f}\n")
