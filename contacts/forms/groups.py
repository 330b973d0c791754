"""Groups and their fields."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled
from contacts import values
from contacts.models import ContactField, ContactGroup


class GroupForm(Styled, forms.ModelForm):
    class Meta:
        model = ContactGroup
        fields = ["name"]


class FieldForm(Styled, forms.ModelForm):
    """A new field of a group; its key comes from the label."""

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
    """The label and the type of a field; its key stays, since texts name it."""

    options = forms.CharField(
        label="Choices",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line, for the type Choice.",
    )

    class Meta:
        model = ContactField
        fields = ["label", "type"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.was = (self.instance.type, list(self.instance.options))
        self.initial["options"] = "\n".join(self.instance.options)

    def clean_options(self) -> list[str]:
        written = self.cleaned_data["options"].splitlines()
        return list(dict.fromkeys(one for one in map(values.clean, written) if one))

    @property
    def retypes(self) -> bool:
        """Whether values must be read anew: a label changes none."""
        return self.was != (self.cleaned_data["type"], self.cleaned_data["options"])
