"""A segment's form: its name, its groups, its filter."""

from __future__ import annotations

from typing import Any

from django import forms

from contacts.forms.filters import FilterLines, all_fields
from contacts.models import ContactGroup, Segment
from lib.names import NameInput


class SegmentForm(FilterLines):
    name = NameInput(max_length=100, help_text="For example: owes more than 5,000.")
    groups = forms.ModelMultipleChoiceField(
        ContactGroup.objects.all(), label="People of", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, segment: Segment | None, posted: Any = None, start: dict[str, Any] | None = None) -> None:
        self.segment = segment
        start = start or {}
        stored = start.get("filter", [])
        initial: dict[str, Any] = {"groups": start.get("groups", [])}
        if segment is not None:
            stored = segment.filter
            initial = {"name": segment.name, "groups": list(segment.groups.values_list("pk", flat=True))}
        super().__init__(all_fields(), stored, posted, initial)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        same = Segment.objects.filter(name=name).exclude(pk=self.segment.pk if self.segment else 0)
        if same.exists():
            raise forms.ValidationError("There is a segment of this name already.")
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["filter"] = self.chosen(list(cleaned.get("groups") or []))
        return cleaned
