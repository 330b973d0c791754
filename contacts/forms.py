"""What the contact pages take in."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled
from contacts import phones, values
from contacts.models import Contact, ContactField, ContactGroup, OptOut, Upload
from contacts.opting_out import LONGEST_REASON

ROLES = [("ignore", "Leave out"), ("phone", "Phone number"), ("name", "Name")]


def _digits(written: str) -> str:
    try:
        return phones.read(values.clean(written)).digits
    except phones.BadNumber as error:
        words = f"This {error}." if error.code == "letters" else f"{str(error)[0].upper()}{str(error)[1:]}."
        raise forms.ValidationError(words) from error


class GroupForm(Styled, forms.ModelForm):
    class Meta:
        model = ContactGroup
        fields = ["name"]


class FieldForm(Styled, forms.ModelForm):
    """A new field of a group; its key comes from the label."""

    class Meta:
        model = ContactField
        fields = ["label", "type"]


class ContactForm(Styled, forms.Form):
    """One contact with the fields of its group, each checked by its type."""

    phone = forms.CharField(max_length=40)
    name = forms.CharField(max_length=200, required=False)

    def __init__(self, group: ContactGroup, contact: Contact | None, posted: Any = None) -> None:
        self.group, self.contact = group, contact
        self.own = list(group.fields.all())
        initial: dict[str, Any] = {}
        if contact is not None:
            initial = {"phone": phones.local(contact.phone), "name": contact.name}
            initial |= {f"field_{key}": value for key, value in contact.values.items()}
        super().__init__(posted, initial=initial)
        for field in self.own:
            self.fields[f"field_{field.key}"] = forms.CharField(
                label=field.label, required=False, widget=forms.TextInput(attrs={"class": "form-control"})
            )

    def clean_phone(self) -> str:
        digits = _digits(self.cleaned_data["phone"])
        others = Contact.objects.filter(group=self.group, phone=digits)
        if self.contact is not None:
            others = others.exclude(pk=self.contact.pk)
        if others.exists():
            raise forms.ValidationError("Somebody with this number is in the group already.")
        return digits

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        found = {}
        for field in self.own:
            name = f"field_{field.key}"
            try:
                value = values.canonical(field.type, values.clean(cleaned.get(name, "")), options=field.options)
            except values.BadValue as error:
                self.add_error(name, f"{error}.")
                continue
            if value:
                found[field.key] = value
        cleaned["values"] = found
        return cleaned


class FileForm(Styled, forms.Form):
    """A file, or cells pasted from a spreadsheet, into a group that is there or a new one."""

    group = forms.ModelChoiceField(ContactGroup.objects.all(), required=False, empty_label="A new group")
    new_group = forms.CharField(label="Name of the new group", max_length=100, required=False)
    file = forms.FileField(label="Spreadsheet", required=False, help_text="CSV, text, Excel or OpenDocument.")
    pasted = forms.CharField(
        label="Or paste the cells here", required=False, widget=forms.Textarea(attrs={"rows": 4}), strip=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name = (cleaned.get("new_group") or "").strip()
        if not cleaned.get("group"):
            if not name:
                self.add_error("new_group", "Choose a group, or name a new one.")
            elif ContactGroup.objects.filter(name=name).exists():
                self.add_error("new_group", "There is a group of this name already. Choose it above.")
        if not cleaned.get("file") and not (cleaned.get("pasted") or "").strip() and "file" not in self.errors:
            self.add_error("file", "Choose a file, or paste the cells.")
        return cleaned


class HowForm(Styled, forms.ModelForm):
    """How the rows are taken."""

    class Meta:
        model = Upload
        fields = ["mode", "keep_empty", "consent_source", "consent_on"]
        labels = {
            "mode": "What is this file?",
            "keep_empty": "An empty cell keeps the value that is there",
            "consent_source": "Where did these people say yes to texts?",
            "consent_on": "When?",
        }
        help_texts = {"consent_source": "Kept on the contacts; may be left empty."}
        widgets = {"consent_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


class OptOutForm(Styled, forms.Form):
    """A number that is not to be texted, of what, and why."""

    phone = forms.CharField(
        max_length=40, widget=forms.TextInput(attrs={"inputmode": "tel", "placeholder": "0712 345 678"})
    )
    scope = forms.ChoiceField(
        label="Leave out of",
        choices=[(OptOut.Scope.ALL, "Everything"), (OptOut.Scope.PROMOTIONAL, "Marketing only")],
        help_text="Marketing only: reminders and notices still go out.",
    )
    reason = forms.CharField(
        max_length=LONGEST_REASON, required=False, help_text="For example: asked by phone on Monday."
    )

    def clean_phone(self) -> str:
        return _digits(self.cleaned_data["phone"])


class OptOutFileForm(Styled, forms.Form):
    """A file of numbers that are not to be texted."""

    file = forms.FileField(
        label="Spreadsheet",
        required=False,
        help_text="CSV, text, Excel or OpenDocument: the column of numbers is found.",
    )
    pasted = forms.CharField(
        label="Or paste the numbers here", required=False, widget=forms.Textarea(attrs={"rows": 4}), strip=False
    )
    scope = forms.ChoiceField(
        label="Leave out of",
        choices=[(OptOut.Scope.ALL, "Everything"), (OptOut.Scope.PROMOTIONAL, "Marketing only")],
        help_text="Marketing only: reminders and notices still go out.",
    )
    reason = forms.CharField(
        max_length=LONGEST_REASON, required=False, help_text="For example: list of the regulator, November."
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("file") and not (cleaned.get("pasted") or "").strip() and "file" not in self.errors:
            self.add_error("file", "Choose a file, or paste the numbers.")
        return cleaned


class TakeBackForm(Styled, forms.Form):
    """Why a number is texted again."""

    reason = forms.CharField(
        label="Why?", max_length=LONGEST_REASON, help_text="Kept with your name. For example: asked to get texts again."
    )
