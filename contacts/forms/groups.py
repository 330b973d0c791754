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
