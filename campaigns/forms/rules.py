"""The organisation's rules as an administrator changes them, kept in the words that `manage.py setting` takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from accounts.forms import Styled, style
from accounts.models import AuditEntry, User
from campaigns.actions import set_rules
from campaigns.actions.set_rules import Rule
from campaigns.forms.rule_inputs import INPUTS, WRITTEN, RuleInput, Unfit

HINTS = {
    "quiet_hours": "It goes on by itself afterwards.",
    "weekly_texts": "Over all campaigns and single texts. Whoever has had as many is left out.",
    "campaign_limit": "For campaigns without a limit of their own.",
    "low_balance": "Below it the balance counts among what needs somebody.",
    "growth_share": "A run that costs or reaches so much more than was approved, or of whose people so many were "
    "added or changed since by somebody who may not approve it, waits for somebody who may.",
    "person_texts": "Single texts and tests need no approval, so their number is limited.",
    "key_texts": "Of each key, whoever it acts for.",
    "second_factor": "Whoever lacks one is led to set it up first.",
    "reply_months": "What a person has still to read as STOP, or not, stays.",
    "reply_mails": "The texts of replies go there, those of some minutes in one mail.",
}


@dataclass(frozen=True)
class ShownRule:
    """A rule with its inputs as the page has them; `switch` is the one that turns it on."""

    name: str
    legend: str
    hint: str
    switch: BoundField | None
    choice: BoundField | None
    inputs: list[BoundField]


class RulesForm(Styled, forms.Form):
    def __init__(self, posted: Any = None) -> None:
        self.shown = set_rules.rules_shown()
        super().__init__(posted)
        for rule in set_rules.RULES:
            way, text = input_of(rule), self.shown[rule.name]
            self.fields.update({_name(rule, part): one for part, one in way.fields().items()})
            values = way.usual | way.read(_before_it_was_off(rule, text) or text) | way.read(text)
            self.initial.update({_name(rule, part): value for part, value in values.items()})
        style(self)

    def rules(self) -> Iterator[ShownRule]:
        for rule in set_rules.RULES:
            way = input_of(rule)
            bound = {part: self[_name(rule, part)] for part in way.fields()}
            switch = bound.pop(way.switch, None)
            choice = next((bound.pop(part) for part in list(bound) if _is_choice(bound[part])), None)
            yield ShownRule(rule.name, rule.words, HINTS.get(rule.name, ""), switch, choice, list(bound.values()))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.written: dict[str, str] = {}
        for rule in set_rules.RULES:
            parts = {part: cleaned.get(_name(rule, part)) for part in input_of(rule).fields()}
            if any(_name(rule, part) in self.errors for part in parts):
                continue
            try:
                text = input_of(rule).write(parts)
                rule.read(text.strip().lower())
            except Unfit as error:
                self.add_error(_name(rule, error.part), str(error))
            except set_rules.BadRule as error:
                self.add_error(_name(rule, next(iter(parts))), str(error))
            else:
                self.written[rule.name] = text
        return cleaned

    def save(self, user: User) -> int:
        """Set what was changed; returns how many rules."""
        changed = [one for one in set_rules.RULES if not _is_same(one, self.written[one.name], self.shown[one.name])]
        for rule in changed:
            set_rules.set_rule(rule.name, self.written[rule.name], user=user)
        return len(changed)


def input_of(rule: Rule) -> RuleInput:
    return INPUTS.get(rule.name, WRITTEN)


def rules_in_words() -> list[tuple[str, str]]:
    """All rules with what they say now, for reading."""
    shown = set_rules.rules_shown()
    return [(rule.words, input_of(rule).said(shown[rule.name])) for rule in set_rules.RULES]


def _name(rule: Rule, part: str) -> str:
    return f"{rule.name}_{part}"


def _is_choice(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


def _is_same(rule: Rule, one: str, other: str) -> bool:
    return rule.read(one.strip().lower()) == rule.read(other.strip().lower())


def _before_it_was_off(rule: Rule, text: str) -> str:
    """What it said when it was last on, so that who switches it on again need not know it; empty where it is on."""
    if text != input_of(rule).off:
        return ""
    changes = AuditEntry.objects.filter(about=f"rule {rule.name}", act="rule changed").order_by("-pk")
    before = (changes.values_list("detail", flat=True).first() or {}).get("before", "")
    return before if before != text else ""
