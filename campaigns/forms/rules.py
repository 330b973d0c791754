"""The organisation's rules as an administrator changes them: the same words as `manage.py setting` takes."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled
from accounts.models import User
from campaigns.actions import set_rules

HINTS = {
    "quiet_hours": "18:00-08:00, or off. Marketing waits and goes on by itself afterwards.",
    "daily_limit": "An amount, or off.",
    "campaign_limit": "An amount, or off. For campaigns without a limit of their own.",
    "approval": "off, always, or above a number: 1000 people, KES 5000, 1000 people or KES 5000.",
    "growth_share": "20%. A run that costs or reaches so much more than was approved, or of whose people so many were "
    "added or changed since by somebody who may not approve it, waits for somebody who may.",
    "person_texts": "A number, or off. Single texts and tests need no approval, so their number is limited.",
    "key_texts": "A number, or off. Of each key, whoever it acts for.",
    "second_factor": "administrator, manager; everybody; or off. Whoever lacks one is led to set it up first.",
    "late_limit": "12h, 90m or 2d.",
    "report_months": "A number.",
    "message_months": "A number, or forever.",
    "audit_months": "A number, or forever.",
}


class RulesForm(Styled, forms.Form):
    def __init__(self, posted: Any = None) -> None:
        super().__init__(posted, initial=set_rules.rules_shown())
        for rule in set_rules.RULES:
            field = forms.CharField(label=rule.words, max_length=40, help_text=HINTS.get(rule.name, ""))
            field.widget.attrs["class"] = "form-control"
            self.fields[rule.name] = field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for rule in set_rules.RULES:
            if rule.name in cleaned:
                try:
                    rule.read(cleaned[rule.name].strip().lower())
                except set_rules.BadRule as error:
                    self.add_error(rule.name, str(error))
        return cleaned

    def save(self, user: User) -> int:
        """Set what was changed; returns how many rules."""
        changed = [name for name in self.changed_data if name in self.cleaned_data]
        for name in changed:
            set_rules.set_rule(name, self.cleaned_data[name], user=user)
        return len(changed)
