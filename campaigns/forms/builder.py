"""The builder's sections: who, what and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from accounts.forms import Styled
from campaigns import audience, placeholders
from campaigns.launching import FURTHEST, TOO_LATE
from campaigns.models import Campaign, MessageTemplate, Sender
from contacts import filters
from contacts.models import ContactGroup

CONDITIONS = 3
NEEDS_NO_VALUE = ("is set", "is not set")


def text_area() -> forms.Textarea:
    """Where a text is written. No browser is to correct it: that is where curly quotes come from."""
    return forms.Textarea(attrs={"rows": 6, "maxlength": 2000, "dir": "auto", "autocorrect": "off"})


class NameForm(Styled, forms.ModelForm):
    class Meta:
        model = Campaign
        fields = ["name", "kind"]
        labels = {"name": "Name of the campaign", "kind": "What is it?"}


class WhoForm(Styled, forms.Form):
    """Groups, those left out, and up to three conditions."""

    groups = forms.ModelMultipleChoiceField(
        ContactGroup.objects.all(), label="Send to", widget=forms.CheckboxSelectMultiple
    )
    exclude_groups = forms.ModelMultipleChoiceField(
        ContactGroup.objects.all(), label="But not to those in", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, campaign: Campaign, posted: Any = None) -> None:
        conditions = [one for one in campaign.filter if isinstance(one, dict)]
        initial: dict[str, Any] = {
            "groups": [group.pk for group in audience.groups_of(campaign)],
            "exclude_groups": list(campaign.exclude_groups.values_list("pk", flat=True)),
        }
        for number, one in enumerate(conditions[:CONDITIONS]):
            value = one.get("value")
            initial |= {
                f"field_{number}": one["field"],
                f"op_{number}": one["op"],
                f"value_{number}": ", ".join(map(str, value)) if isinstance(value, list) else value,
            }
        super().__init__(posted, initial=initial)
        fields = [("", "—"), ("name", "name"), *((key, key) for key in sorted(_all_keys()))]
        ops = [(op, op) for op in filters.OPS]
        for number in range(CONDITIONS):
            self.fields[f"field_{number}"] = forms.ChoiceField(label="Field", choices=fields, required=False)
            self.fields[f"op_{number}"] = forms.ChoiceField(label="Comparison", choices=ops, required=False)
            self.fields[f"value_{number}"] = forms.CharField(label="Value", required=False, max_length=200)
            for part in ("field", "op", "value"):
                widget = self.fields[f"{part}_{number}"].widget
                widget.attrs["class"] = "form-control" if part == "value" else "form-select"

    def conditions(self) -> list[tuple[Any, Any, Any]]:
        """The bound fields of each condition, for the template."""
        return [(self[f"field_{n}"], self[f"op_{n}"], self[f"value_{n}"]) for n in range(CONDITIONS)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        chosen = []
        for number in range(CONDITIONS):
            if field := cleaned.get(f"field_{number}"):
                op = cleaned.get(f"op_{number}") or "="
                chosen.append(_condition(field, op, cleaned.get(f"value_{number}", "").strip()))
        groups = list(cleaned.get("groups") or [])
        try:
            filters.parse(chosen, audience.field_types(groups))
        except filters.BadFilter as error:
            raise forms.ValidationError(str(error)) from error
        cleaned["filter"] = chosen
        return cleaned


class WhatForm(Styled, forms.ModelForm):
    """The text, who it comes from, and what becomes of people without a value."""

    class Meta:
        model = Campaign
        fields = ["text", "sender", "kind", "language", "missing_values"]
        widgets = {"text": text_area()}
        labels = {
            "text": "Text",
            "sender": "Sender ID",
            "kind": "What is it?",
            "language": "Days and months in",
            "missing_values": "People who lack a value",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sender"].queryset = Sender.objects.filter(archived_at=None)  # type: ignore[attr-defined]
        self.fields["language"].required = False

    def clean_text(self) -> str:
        return valid_text(self.cleaned_data["text"])

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or self.initial["language"]


class WhenForm(Styled, forms.Form):
    """Now, or at a minute in the campaign's zone; what it may cost, and what becomes of texts that are not known."""

    NOW, LATER = "now", "later"

    when = forms.ChoiceField(
        label="When", choices=[(NOW, "Now, when I press Send"), (LATER, "At a date and time")], widget=forms.RadioSelect
    )
    at = forms.DateTimeField(
        label="Date and time",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    spend_limit = forms.DecimalField(
        label="It may cost KES at most",
        required=False,
        min_value=1,
        max_digits=14,
        decimal_places=2,
        help_text="Empty: the limit in Settings. A campaign over its limit waits for a person.",
    )
    uncertain = forms.ChoiceField(
        label="If it is not known whether a text went out",
        choices=Campaign.Uncertain,
        help_text="The connection may break in the middle. Sent again, some people may get the text twice.",
    )

    def __init__(self, campaign: Campaign, posted: Any = None) -> None:
        self.zone = ZoneInfo(campaign.zone)
        at = campaign.send_at.astimezone(self.zone) if campaign.send_at else None
        initial = {
            "when": self.LATER if at else self.NOW,
            "at": at,
            "spend_limit": campaign.spend_limit,
            "uncertain": campaign.uncertain,
        }
        super().__init__(posted, initial=initial)
        self.fields["at"].help_text = f"In the time of {campaign.zone}."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["send_at"] = None
        if cleaned.get("when") == self.LATER and "at" not in self.errors:
            at: datetime | None = cleaned.get("at")
            if at is None:
                self.add_error("at", "Give the date and time.")
            else:
                # The widget has no zone: what was typed is wall time in the campaign's.
                at = at.replace(tzinfo=self.zone)
                if at < timezone.now() - TOO_LATE:
                    self.add_error("at", "That time has passed. Choose a later one.")
                if at > timezone.now() + FURTHEST:
                    self.add_error("at", "That is more than two years away. Choose an earlier time.")
                cleaned["send_at"] = at
        return cleaned


class TemplateForm(Styled, forms.ModelForm):
    class Meta:
        model = MessageTemplate
        fields = ["name", "text", "language"]
        widgets = {"text": text_area()}
        labels = {"language": "Days and months in"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].required = False

    def clean_text(self) -> str:
        return valid_text(self.cleaned_data["text"])

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or self.initial["language"]


def valid_text(text: str) -> str:
    """The text as it is stored; a form error with the place where its grammar is wrong."""
    try:
        placeholders.compile(text)
    except placeholders.PlaceholderError as error:
        near = placeholders.normalised(text)[error.position : error.position + 20]
        raise forms.ValidationError(f"At “{near}”: {error.words}") from error
    return placeholders.normalised(text)


def _all_keys() -> set[str]:
    return set(audience.field_types(list(ContactGroup.objects.all())))


def _condition(field: str, op: str, written: str) -> dict[str, Any]:
    if op in NEEDS_NO_VALUE:
        return {"field": field, "op": op}
    if op == "in":
        return {"field": field, "op": op, "value": [one.strip() for one in written.split(",") if one.strip()]}
    if op == "days from run":
        days = [int(one) for one in written.replace("to", ",").split(",") if one.strip().lstrip("-").isdigit()]
        return {"field": field, "op": op, "value": days[0] if len(days) == 1 else days}
    return {"field": field, "op": op, "value": written}
