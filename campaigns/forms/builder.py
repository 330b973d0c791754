"""The builder's sections: who and what."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled
from campaigns import audience, placeholders
from campaigns.models import Campaign, MessageTemplate, Sender
from contacts import filters
from contacts.models import ContactGroup

CONDITIONS = 3
NEEDS_NO_VALUE = ("is set", "is not set")


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
        fields = ["text", "sender", "kind", "missing_values"]
        widgets = {"text": forms.Textarea(attrs={"rows": 6, "maxlength": 2000, "dir": "auto"})}
        labels = {
            "text": "Text",
            "sender": "Sender ID",
            "kind": "What is it?",
            "missing_values": "People who lack a value",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sender"].queryset = Sender.objects.filter(archived_at=None)  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        return valid_text(self.cleaned_data["text"])


class TemplateForm(Styled, forms.ModelForm):
    class Meta:
        model = MessageTemplate
        fields = ["name", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 6, "maxlength": 2000, "dir": "auto"})}

    def clean_text(self) -> str:
        return valid_text(self.cleaned_data["text"])


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
