"""Numbers that want no texts: one, a file of them, one that is taken back."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled
from contacts.forms.numbers import phone_digits
from contacts.models import OptOut
from contacts.opt_outs.one import LONGEST_REASON


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
        return phone_digits(self.cleaned_data["phone"])


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
    column = forms.CharField(
        label="Column with the numbers",
        required=False,
        help_text="Its heading; empty: it is found, and asked for where two may be it.",
    )
    scope = forms.ChoiceField(
        label="Leave out of",
        choices=[(OptOut.Scope.ALL, "Everything"), (OptOut.Scope.PROMOTIONAL, "Marketing only")],
        help_text="Marketing only: reminders and notices still go out.",
    )
    reason = forms.CharField(
        max_length=LONGEST_REASON, required=False, help_text="For example: list of the regulator, November."
    )

    def ask_for_column(self, columns: list[str]) -> None:
        """Show a choice between these."""
        choices = [("", "Choose"), *((column, column) for column in columns)]
        self.fields["column"].widget = forms.Select({"class": "form-select"}, choices)
        self.fields["column"].help_text = ""

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
