"""The lines of a form in which a filter is put together: field, comparison, value; all of them must hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from accounts.forms import Styled
from contacts import filters, values
from contacts.filters import wording
from contacts.models import ContactField, ContactGroup

FEWEST_LINES, MOST_LINES = 2, 10
# What compares with one day.
WITH_ONE_DAY = ("=", "!=", *filters.COMPARISONS)


class _FieldSelect(forms.Select):
    """Fields to choose from; those with a day say so, by which pages offer a day to choose instead of a text."""

    days: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.days:
            option["attrs"]["data-day"] = True
        return option


class FilterLines(Styled, forms.Form):
    """A form whose lines `field_0`, `op_0`, `value_0` ... are a filter; `cleaned_data["filter"]` has it.

    There is always an empty line more than are used, so that it grows without JavaScript. A day may also be chosen, as
    `day_0`; it then counts instead of the value.
    """

    def __init__(
        self,
        fields: Iterable[ContactField],
        stored: Sequence[Mapping[str, Any]],
        posted: Any = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        fields = list(fields)
        self.labels = labels_by_name(fields)
        self.present = wording.present_names(fields)
        for one in fields:
            # What fields that are called differently now were all called stays a choice of its own.
            self.labels |= {old: one.label for old in one.names[1:] if old not in self.present | self.labels}
        days = frozenset(one.name for one in fields if one.type in ContactField.WITH_DAY)
        used = sum(1 for number in range(MOST_LINES) if posted.get(f"field_{number}")) if posted else len(stored)
        self.lines = min(MOST_LINES, max(FEWEST_LINES, used + 1))
        start: dict[str, Any] = dict(initial or {})
        for number, condition in enumerate(stored[:MOST_LINES]):
            start |= {f"field_{number}": condition.get("field"), f"op_{number}": condition.get("op")}
            start[f"value_{number}"] = wording.typed_value(condition)
        super().__init__(
            self._as_offered(posted.copy(), days) if posted else posted, initial=self._as_offered(start, days)
        )
        choices = [("", "Choose a field"), ("name", "Name"), ("phone", "Phone"), *self.labels.items()]
        for number in range(self.lines):
            select = _FieldSelect(attrs={"class": "form-select"})
            select.days = days
            self.fields[f"field_{number}"] = forms.ChoiceField(
                label="Field", choices=choices, required=False, widget=select
            )
            self.fields[f"op_{number}"] = forms.ChoiceField(label="Comparison", choices=wording.CHOICES, required=False)
            self.fields[f"value_{number}"] = forms.CharField(label="Value", required=False, max_length=500)
            self.fields[f"day_{number}"] = forms.CharField(
                label="Day", required=False, max_length=10, widget=forms.TextInput(attrs={"type": "date"})
            )
            for part, css in (("op", "form-select"), ("value", "form-control"), ("day", "form-control")):
                self.fields[f"{part}_{number}"].widget.attrs["class"] = css

    def conditions(self) -> list[tuple[Any, Any, Any, Any]]:
        """The bound fields of each line, for the template."""
        parts = ("field", "op", "value", "day")
        return [tuple(self[f"{part}_{n}"] for part in parts) for n in range(self.lines)]  # type: ignore[misc]

    def chosen(self, groups: Sequence[ContactGroup]) -> list[dict[str, Any]]:
        """The filter, read by the types of these groups. Raises forms.ValidationError."""
        types = self.types(groups)
        stored = []
        for number in range(self.lines):
            if key := self.cleaned_data.get(f"field_{number}"):
                op = self.cleaned_data.get(f"op_{number}") or "="
                (type_, *_) = types.get(key, {"text"})
                day = self.cleaned_data.get(f"day_{number}") if _takes_day(type_, op) else ""
                written = day or self.cleaned_data.get(f"value_{number}", "")
                stored.append(wording.condition_from_form(key, op, written, type_))
        try:
            filters.parse_filter(stored, types)
        except filters.BadFilter as error:
            raise forms.ValidationError(str(error)) from error
        return stored

    def types(self, groups: Sequence[ContactGroup]) -> dict[str, set[str]]:
        return filters.types_of(groups)

    def _as_offered(self, lines: Any, days: frozenset[str]) -> Any:
        """Fields by what they are called now, and a day that stands as a text as one that is chosen."""
        for number in range(self.lines):
            field = lines.get(f"field_{number}")
            if field in self.present:
                field = lines[f"field_{number}"] = self.present[field]
            written, op = lines.get(f"value_{number}"), lines.get(f"op_{number}") or "="
            is_typed = field in days and op in WITH_ONE_DAY and not lines.get(f"day_{number}")
            if is_typed and (day := _as_day(written or "")):
                lines[f"day_{number}"], lines[f"value_{number}"] = day, ""
        return lines


def _takes_day(type_: str, op: str) -> bool:
    return type_ in ContactField.WITH_DAY and op in WITH_ONE_DAY


def _as_day(written: str) -> str:
    """A day as browsers take it; "" where it is none."""
    try:
        return values.canonical(values.DATE, values.clean(written)) or ""
    except values.BadValue:
        return ""


class FilterForm(FilterLines):
    """The filter of a group's page. It stays in the address."""

    def __init__(self, group: ContactGroup, posted: Any) -> None:
        self.group = group
        super().__init__(group.fields.all(), [], posted)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["filter"] = self.chosen([self.group])
        return cleaned

    def types(self, groups: Sequence[ContactGroup]) -> dict[str, set[str]]:  # noqa: ARG002 - the group is given
        return filters.types_by_key(self.group.fields.all())


def all_fields() -> list[ContactField]:
    """The fields of all groups, by label: of several of one name the first says what it is called."""
    return list(ContactField.objects.order_by("label", "pk"))


def labels_by_name(fields: Iterable[ContactField]) -> dict[str, str]:
    """What people see of each name."""
    labels: dict[str, str] = {}
    for one in fields:
        labels.setdefault(one.name, one.label)
    return labels
