"""The lines of a form in which a filter is put together: field, comparison, value; all of them must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from accounts.forms import Styled
from contacts import filters
from contacts.filters import wording
from contacts.models import ContactField, ContactGroup

FEWEST_LINES, MOST_LINES = 2, 10


class FilterLines(Styled, forms.Form):
    """A form whose lines `field_0`, `op_0`, `value_0` ... are a filter; `cleaned_data["filter"]` has it.

    There is always an empty line more than are used, so that it grows without JavaScript.
    """

    def __init__(
        self,
        fields: Mapping[str, str],
        stored: Sequence[Mapping[str, Any]],
        posted: Any = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        used = sum(1 for number in range(MOST_LINES) if posted.get(f"field_{number}")) if posted else len(stored)
        self.lines = min(MOST_LINES, max(FEWEST_LINES, used + 1))
        start: dict[str, Any] = dict(initial or {})
        for number, condition in enumerate(stored[:MOST_LINES]):
            start |= {f"field_{number}": condition.get("field"), f"op_{number}": condition.get("op")}
            start[f"value_{number}"] = wording.typed_value(condition)
        super().__init__(posted, initial=start)
        choices = [("", "Choose a field"), ("name", "Name"), ("phone", "Phone"), *fields.items()]
        for number in range(self.lines):
            self.fields[f"field_{number}"] = forms.ChoiceField(label="Field", choices=choices, required=False)
            self.fields[f"op_{number}"] = forms.ChoiceField(label="Comparison", choices=wording.CHOICES, required=False)
            self.fields[f"value_{number}"] = forms.CharField(label="Value", required=False, max_length=500)
            for part, css in (("field", "form-select"), ("op", "form-select"), ("value", "form-control")):
                self.fields[f"{part}_{number}"].widget.attrs["class"] = css

    def conditions(self) -> list[tuple[Any, Any, Any]]:
        """The bound fields of each line, for the template."""
        return [(self[f"field_{n}"], self[f"op_{n}"], self[f"value_{n}"]) for n in range(self.lines)]

    def chosen(self, groups: Sequence[ContactGroup]) -> list[dict[str, Any]]:
        """The filter, read by the types of these groups. Raises forms.ValidationError."""
        types = self.types(groups)
        stored = []
        for number in range(self.lines):
            if key := self.cleaned_data.get(f"field_{number}"):
                op = self.cleaned_data.get(f"op_{number}") or "="
                (type_, *_) = types.get(key, {"text"})
                stored.append(wording.condition_from_form(key, op, self.cleaned_data.get(f"value_{number}", ""), type_))
        try:
            filters.parse_filter(stored, types)
        except filters.BadFilter as error:
            raise forms.ValidationError(str(error)) from error
        return stored

    def types(self, groups: Sequence[ContactGroup]) -> dict[str, set[str]]:
        return filters.types_of(groups)


class FilterForm(FilterLines):
    """The filter of a group's page. It stays in the address."""

    def __init__(self, group: ContactGroup, posted: Any) -> None:
        self.group = group
        super().__init__({one.key: one.label for one in group.fields.all()}, [], posted)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["filter"] = self.chosen([self.group])
        return cleaned

    def types(self, groups: Sequence[ContactGroup]) -> dict[str, set[str]]:  # noqa: ARG002 - the group is given
        return {one.key: {one.type} for one in self.group.fields.all()}


def field_labels(groups: Sequence[ContactGroup] | None = None) -> dict[str, str]:
    """Label by key of the fields of these groups, or of all; of a key with several labels the first."""
    fields = ContactField.objects.order_by("label", "pk")
    fields = fields if groups is None else fields.filter(group__in=groups)
    labels: dict[str, str] = {}
    for key, label in fields.values_list("key", "label"):
        labels.setdefault(key, label)
    return labels
