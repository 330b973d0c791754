"""What a campaign would come to if it went now: who is left out and why, parts, price, and texts as they would be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import TypeVar

from django.db import connection, transaction

from campaigns import gsm
from campaigns.audience import Audience, Person
from campaigns.audience.numbers import numbers
from campaigns.audience.sample import number_samples, samples
from campaigns.checking.before import SentBefore, sent_before
from campaigns.checking.figures import Estimate, SampleText
from campaigns.checking.outcomes import OfNumber, OfNumbers, OfPeople, Outcome
from campaigns.writing import prices
from contacts.models import ContactGroup

K = TypeVar("K")

SHOWN = 3
EXAMPLES = 50


class NoLongerWanted(Exception):
    """The draft was changed meanwhile: leave it, the new figures are asked for anew."""


def estimate_exactly(audience: Audience, day: date, wanted: Callable[[], bool] = lambda: True) -> Estimate:
    """Look at everybody, as planning would. Raises what the text or filter raises, and NoLongerWanted.

    `wanted` is asked now and then.
    """
    found, before = Estimate(price=prices.price_of_part(audience.campaign.sender)), sent_before(audience.campaign)
    if audience.by_number:
        _look_at_all_numbers(found, audience, day, before, wanted)
    else:
        _look_at_all_people(found, audience, day, before, wanted)
    found.looked_at = found.audience
    return found


def _look_at_all_people(
    found: Estimate, audience: Audience, day: date, before: SentBefore, wanted: Callable[[], bool]
) -> None:
    groups = audience.groups
    for number, group in enumerate(groups):
        outcomes = OfPeople(audience, group, day)
        for people in _read(audience, group, day):
            if not wanted():
                raise NoLongerWanted
            kept = people
            if number:
                phones = [one.phone for one in people]
                earlier = audience.phones_among(groups[:number], day, phones)
                kept = [one for one in people if one.phone not in earlier]
            found.merged += len(people) - len(kept)
            _count_people(found, outcomes.of(kept), before)


def _look_at_all_numbers(
    found: Estimate, audience: Audience, day: date, before: SentBefore, wanted: Callable[[], bool]
) -> None:
    outcomes = OfNumbers(audience, day)
    with transaction.atomic():
        for some in numbers(audience, day, connection=connection):
            if not wanted():
                raise NoLongerWanted
            _count_numbers(found, map(outcomes.of, some), before)


def estimate_from_sample(audience: Audience, day: date) -> Estimate:
    """Look at some thousands of people and tell of all. Raises what the text or filter raises."""
    whole, before = Estimate(price=prices.price_of_part(audience.campaign.sender)), sent_before(audience.campaign)
    if audience.by_number:
        of_numbers = OfNumbers(audience, day)
        for some in number_samples(audience, day):
            found = Estimate()
            _count_numbers(found, map(of_numbers.of, some.numbers), before)
            _add_sample(whole, found, some.stands_for)
        return whole
    for sample in samples(audience, day):
        found = Estimate(merged=sample.merged)
        _count_people(found, OfPeople(audience, sample.group, day).of(sample.people), before)
        _add_sample(whole, found, sample.stands_for)
    return whole


def _add_sample(whole: Estimate, found: Estimate, stands_for: float) -> None:
    whole.looked_at += found.audience
    whole.exact = whole.exact and stands_for == 1
    for name in ("audience", "people", "reached", "merged", "other_lists", "zeros", "had", "too_often"):
        setattr(whole, name, getattr(whole, name) + round(getattr(found, name) * stands_for))
    _add(whole.left_out, found.left_out, stands_for)
    _add(whole.by_parts, found.by_parts, stands_for)
    _add(whole.over, found.over, stands_for)
    if found.most_texts > whole.most_texts:
        whole.most_texts, whole.most_to = found.most_texts, found.most_to
    for reason, people in found.examples.items():
        whole.examples[reason] = (whole.examples.get(reason, []) + people)[:EXAMPLES]
    whole.samples = (whole.samples + found.samples)[:SHOWN]
    if found.longest and (whole.longest is None or len(found.longest.text) > len(whole.longest.text)):
        whole.longest = found.longest


def _add(counts: Counter[K], of_sample: Counter[K], stands_for: float) -> None:
    for key, count in of_sample.items():
        counts[key] += round(count * stands_for)


def _read(audience: Audience, group: ContactGroup, day: date) -> Iterator[list[Person]]:
    with transaction.atomic():
        yield from audience.read(group, day, connection=connection)


def _count_people(found: Estimate, outcomes: Iterable[Outcome], before: SentBefore) -> None:
    """Those who have one text each."""
    looked_at = found.audience
    texted = _look_at(found, outcomes)
    found.people += found.audience - looked_at
    found.reached += len(texted)
    before.count_in(found, texted)


def _count_numbers(found: Estimate, of_numbers: Iterable[OfNumber], before: SentBefore) -> None:
    reached = []
    for one in of_numbers:
        texted = _look_at(found, one.texts)
        found.people += 1
        found.merged += one.merged
        found.other_lists += one.other_keys
        if texted:
            reached.append(texted[0])
        if len(texted) > found.most_texts:
            found.most_texts, found.most_to = len(texted), texted[0]
    found.reached += len(reached)
    before.count_in(found, reached)


def _look_at(found: Estimate, outcomes: Iterable[Outcome]) -> list[str]:
    """Count them, and keep some as examples; gives the numbers of the texts that go."""
    left_out, by_parts, over = found.left_out, found.by_parts, found.over
    texted: list[str] = []
    longest = len(found.longest.text) if found.longest else 0
    for contact, phone, name, text, parts, reason, says_zero in outcomes:
        found.audience += 1
        if reason:
            left_out[reason] += 1
            if left_out[reason] <= EXAMPLES:
                found.examples.setdefault(reason, []).append([phone, name])
            continue
        texted.append(phone)
        by_parts[parts] += 1
        found.zeros += says_zero
        if parts > 1:
            over[parts, gsm.over(text)] += 1
        if len(text) > longest or len(found.samples) < SHOWN:
            sample = SampleText(contact, phone, name, text, parts)
            if len(text) > longest:
                longest, found.longest = len(text), sample
            if len(found.samples) < SHOWN:
                found.samples.append(sample)
    return texted
