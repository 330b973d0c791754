"""One person, as typed."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from accounts.forms import Styled, style
from contacts import values
from contacts.forms.numbers import phone_digits
from contacts.models import Contact, ContactField, ContactGroup
from contacts.models.group import LONGEST_NAME
from lib import phones
from lib.names import NameInput

NOT_UPDATED = "Not updated: what the last file said of it could not be read. Campaigns leave this person out by it."
AS_THEY_STAND = "The values that were not updated are right as they stand"


DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
OF_DAYS: dict[str, tuple[str, re.Pattern[str]]] = {
    ContactField.Type.DATE: ("date", DAY),
    ContactField.Type.DATETIME: ("datetime-local", MOMENT),
}


def _widget(field: ContactField, value: str) -> forms.Widget:
    """A day is chosen from a calendar; what is kept or was typed and is none could not be shown there, and is typed."""
    kind, pattern = OF_DAYS.get(field.type, ("", DAY))
    if not kind or (value and not pattern.fullmatch(value)):
        return forms.TextInput()
    return forms.TextInput(attrs={"type": kind})


class ContactForm(Styled, forms.Form):
    """One contact with the fields of its group, each checked by its type."""

    phone = forms.CharField(max_length=40)
    name = NameInput(max_length=LONGEST_NAME, required=False)

    def __init__(
        self, group: ContactGroup, contact: Contact | None, posted: Any = None, *, like: Contact | None = None
    ) -> None:
        """`like`: whose other number it is to be, of a group that tells its rows apart."""
        self.group, self.contact = group, contact
        self.own = list(group.fields.all())
        self.not_updated = (contact.not_updated if contact else None) or []
        initial: dict[str, Any] = {}
        if contact is not None:
            initial = {"phone": phones.local_number(contact.phone), "name": contact.name}
            initial |= {f"field_{key}": value for key, value in contact.values.items()}
        elif like is not None:
            initial = {"name": like.name} | {f"field_{key}": value for key, value in like.values.items()}
        super().__init__(posted, initial=initial)
        for field in self.own:
            self.fields[f"field_{field.key}"] = forms.CharField(
                label=field.label,
                required=field.is_key,
                widget=_widget(field, (initial if posted is None else posted).get(f"field_{field.key}", "")),
                help_text=NOT_UPDATED if field.key in self.not_updated else "",
            )
        if any(field.key in self.not_updated for field in self.own):
            self.fields["as_they_stand"] = forms.BooleanField(label=AS_THEY_STAND, required=False)
        style(self)

    @property
    def still_not_updated(self) -> list[str] | None:
        """Of the fields that were not updated those whose values are neither changed nor confirmed here."""
        if self.contact is None or self.cleaned_data.get("as_they_stand"):
            return None
        now, before = self.cleaned_data["values"], self.contact.values
        return [key for key in self.not_updated if now.get(key) == before.get(key)] or None

    def clean_phone(self) -> str:
        return phone_digits(self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        written = {}
        for field in self.own:
            name = f"field_{field.key}"
            try:
                typed = values.clean(cleaned.get(name, ""))
                value = field.parser()(typed) if typed else ""
            except values.BadValue as error:
                self.add_error(name, f"{error}.")
                continue
            if value:
                written[field.key] = value
        cleaned["values"] = written
        self._check_reference(cleaned)
        return cleaned

    def _check_reference(self, cleaned: dict[str, Any]) -> None:
        """The number is in the group once, or once with each value of its key."""
        reference = self.group.reference_in(cleaned["values"])
        key = f"field_{self.group.key}"
        if self.group.is_keyed and key not in self.errors and not reference:
            self.add_error(key, "It tells this row apart from others of its number.")
        if len(reference) > values.LONGEST_REFERENCE:
            self.add_error(key, f"It has at most {values.LONGEST_REFERENCE} letters.")
        if "phone" in self.errors or key in self.errors:
            return
        others = Contact.objects.filter(group=self.group, phone=cleaned["phone"], reference=reference)
        if self.contact is not None:
            others = others.exclude(pk=self.contact.pk)
        if others.exists():
            self.add_error("phone", self.twice)

    @property
    def twice(self) -> str:
        labels = [field.label for field in self.own if field.is_key]
        number = f"this number and {labels[0]}" if labels else "this number"
        return f"Somebody with {number} is in the group already."
