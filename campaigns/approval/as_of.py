"""What was approved is people and their values as of a moment: what was written since, and by whom, is told from it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models.functions import Now

from accounts.models import User
from accounts.names import name_in_words, one_named
from campaigns.approval import authors
from campaigns.audience import Audience
from campaigns.audience.terms import changed_terms
from campaigns.models import Campaign, Rules, Run
from contacts.models import ContactGroup

NAMED = 3


def lock_people(audience: Audience) -> datetime:
    """Make whoever writes into the campaign's groups wait until the transaction ends; returns when that began."""
    groups = ContactGroup.everything.filter(pk__in=[one.pk for one in audience.groups])
    # In the order of their ids, as every writer of several groups does.
    list(groups.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    # By the database's clock, which says when contacts were written.
    return Campaign.objects.values_list(Now(), flat=True).get(pk=audience.campaign.pk)


def why_not_as_approved(run: Run, rules: Rules) -> Iterator[str]:
    """In words, in what a planned run is not what was approved, but for how many people and at what cost."""
    planned, campaign = run.as_planned, run.campaign
    for terms in planned.get("terms", []):
        if changed := changed_terms(campaign.approved_terms, terms):
            yield f"{_listed(changed)} {'was' if len(changed) == 1 else 'were'} changed since it was approved."
            break
    written = {who: counted for who, counted in planned.get("written", {}).items() if not _may_approve(campaign, who)}
    people = sum(counted[0] for counted in written.values())
    by = ", ".join(name_in_words(who) for who in sorted(written)[:NAMED])
    if people * 100 > run.reached * rules.growth_share:
        are = "person was" if people == 1 else "people were"
        yield f"{people:,} of {run.reached:,} {are} added or changed since it was approved, by {by}."
    longest = max((counted[1] for counted in written.values()), default=0)
    if campaign.approved_parts is not None and longest > campaign.approved_parts:
        yield (
            f"A text for somebody who was added or changed since, by {by}, has {longest} parts; "
            f"of those that were looked at the longest had {campaign.approved_parts}."
        )


def as_looked_at(run: Run) -> dict[str, Any]:
    """The columns of the campaign, where somebody who may approve it lets a held run go: that covers what it found."""
    planned = run.as_planned
    if not planned:
        return {}
    return {"approved_until": datetime.fromisoformat(planned["as_of"]), "approved_terms": planned["terms"][-1]}


def _may_approve(campaign: Campaign, name: str) -> bool:
    one = one_named(name)
    if one is None:
        return False
    return (
        authors.may_approve(campaign, one, None) if isinstance(one, User) else authors.may_approve(campaign, None, one)
    )


def _listed(words: list[str]) -> str:
    text = ", ".join(words[:NAMED]) + (" and others" if len(words) > NAMED else "")
    return text[0].upper() + text[1:]
