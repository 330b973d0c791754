"""Where people are copied or moved to, and with which group one is merged."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled
from contacts.models import ContactGroup
from contacts.models.group import LONGEST_GROUP_NAME
from contacts.people import transfer
from lib.names import NameInput


class TransferForm(Styled, forms.Form):
    """The other group, there already or new, and whose values stay where somebody is in both."""

    target = forms.ModelChoiceField(
        ContactGroup.objects.none(), label="Into the group", required=False, empty_label="A new group"
    )
    new_group = NameInput(label="Name of the new group", max_length=LONGEST_GROUP_NAME, required=False)
    replaces = forms.ChoiceField(
        label="Who is there already",
        choices=[("", "keeps the values of that group"), ("1", "gets the values from here")],
        required=False,
    )

    def __init__(self, source: ContactGroup, posted: Any = None) -> None:
        self.source = source
        super().__init__(posted)
        self.model_field("target").queryset = ContactGroup.objects.exclude(pk=source.pk)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        target, name = cleaned.get("target"), cleaned.get("new_group") or ""
        cleaned["new_group"] = name
        if target is None and "target" not in self.errors:
            if not name:
                self.add_error("new_group", "Choose a group, or name a new one.")
            elif ContactGroup.objects.filter(name=name).exists():
                self.add_error("new_group", "There is a group of this name already. Choose it above.")
        elif target is not None:
            for words in transfer.field_clashes(self.source, target):
                self.add_error("target", words)
        return cleaned


class MergeForm(TransferForm):
    """The group that takes the people; the one they come from goes."""

    def __init__(self, source: ContactGroup, posted: Any = None) -> None:
        super().__init__(source, posted)
        del self.fields["new_group"]
        self.fields["target"].required = True
        self.model_field("target").empty_label = "Choose a group"
