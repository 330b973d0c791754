"""One person, as typed."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled, style
from contacts import values
from contacts.forms.numbers import phone_digits
from contacts.models import Contact, ContactGroup
from contacts.models.group import LONGEST_NAME
from lib import phones
from lib.names import NameInput

NOT_UPDATED = "Not updated: what the last file said of it could not be read. Campaigns leave this person out by it."
AS_THEY_STAND = "The values that were not updated are right as they stand"


class ContactForm(Styled, forms.Form):
    """One contact with the fields of its group, each checked by its type."""

    phone = forms.CharField(max_length=40)
    name = NameInput(max_length=LONGEST_NAME, required=False)

    def __init__(self, group: ContactGroup, contact: Contact | None, posted: Any = None) -> None:
        self.group, self.contact = group, contact
        self.own = list(group.fields.all())
        self.not_updated = (contact.not_updated if contact else None) or []
        initial: dict[str, Any] = {}
        if contact is not None:
            initial = {"phone": phones.local_number(contact.phone), "name": contact.name}
            initial |= {f"field_{key}": value for key, value in contact.values.items()}
        super().__init__(posted, initial=initial)
        for field in self.own:
            self.fields[f"field_{field.key}"] = forms.CharField(
                label=field.label,
                required=False,
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
        digits = phone_digits(self.cleaned_data["phone"])
        others = Contact.objects.filter(group=self.group, phone=digits)
        if self.contact is not None:
            others = others.exclude(pk=self.contact.pk)
        if others.exists():
            raise forms.ValidationError("Somebody with this number is in the group already.")
        return digits

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
        return cleaned
