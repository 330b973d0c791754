"""Groups and their fields."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled
from contacts import values
from contacts.models import ContactField, ContactGroup
from contacts.people.field_names import BadName, checked_name
from contacts.spreadsheets.short_names import short_names

NAME_HELP = "Texts write <{}>. By another name the one that it has now goes on meaning it."
SHORTER = " Shorter: {}."


class GroupForm(Styled, forms.ModelForm):
    class Meta:
        model = ContactGroup
        fields = ["name"]


class FieldForm(Styled, forms.ModelForm):
    """A new field of a group; it is called by its label unless a name is given."""

    name = forms.CharField(
        label="In a text", max_length=60, required=False, help_text="Such as balance or due_date. Empty: as its label."
    )
    field_order = ["label", "name", "type"]

    def __init__(self, group: ContactGroup, posted: Any = None) -> None:
        super().__init__(posted)
        self.group = group

    def clean_name(self) -> str:
        written = self.cleaned_data["name"]
        if not written:
            return ""
        try:
            return checked_name(written, self.group.fields.all())
        except BadName as error:
            raise forms.ValidationError(str(error)) from error

    class Meta:
        model = ContactField
        fields = ["label", "type"]


class KeyForm(Styled, forms.Form):
    """By which field rows of one number are told apart; by none where a number has one row."""

    key = forms.ChoiceField(
        label="Several rows for one number: told apart by",
        required=False,
        help_text="Children of one parent by their Adm No, loans of one client by their Loan No.",
    )

    def __init__(self, group: ContactGroup, posted: Any = None) -> None:
        super().__init__(posted, initial={"key": group.key})
        self.group_fields = {field.key: field for field in group.fields.all()}
        named = [(key, field.label) for key, field in self.group_fields.items()]
        self.choice_field("key").choices = [("", "nothing: a number has one row"), *named]

    @property
    def chosen_field(self) -> ContactField | None:
        return self.group_fields.get(self.cleaned_data["key"])


class FieldChangeForm(Styled, forms.ModelForm):
    """The label of a field, what texts call it, and its type."""

    name = forms.CharField(label="In a text", max_length=60, required=False)
    options = forms.CharField(
        label="Choices",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line, for the type Choice.",
    )

    class Meta:
        model = ContactField
        fields = ["label", "type"]

    field_order = ["label", "name", "type", "options"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.instance
        self.was = (field.type, list(field.options))
        self.initial["name"] = field.name
        shorter = [one for one in short_names(field.label, field.type) if one != field.name]
        proposed = SHORTER.format(", ".join(shorter)) if shorter else ""
        self.fields["name"].help_text = NAME_HELP.format(field.name) + proposed
        self.fields["name"].widget.attrs |= {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        self.initial["options"] = "\n".join(self.instance.options)

    def clean_name(self) -> str:
        others = ContactField.objects.filter(group=self.instance.group_id).exclude(pk=self.instance.pk)
        written: str = self.cleaned_data["name"]
        if written in ("", self.instance.name):
            return self.instance.name
        try:
            return checked_name(written, others)
        except BadName as error:
            raise forms.ValidationError(str(error)) from error

    def clean_options(self) -> list[str]:
        written = self.cleaned_data["options"].splitlines()
        return list(dict.fromkeys(one for one in map(values.clean, written) if one))

    @property
    def retypes(self) -> bool:
        """Whether values must be read anew: a label changes none."""
        return self.was != (self.cleaned_data["type"], self.cleaned_data["options"])
