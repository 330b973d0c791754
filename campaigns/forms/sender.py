"""Sender IDs, as an administrator enters them."""

from __future__ import annotations

import re

from django import forms

from accounts.forms import Styled
from campaigns.models import Sender


class SenderForm(Styled, forms.ModelForm):
    class Meta:
        model = Sender
        fields = ["name", "service_id", "use", "price", "opt_out_text", "is_default"]
        labels = {
            "name": "Sender ID",
            "service_id": "Service number",
            "use": "May send",
            "price": "Price of a part in KES",
            "opt_out_text": "Added at the end of marketing",
            "is_default": "Chosen where nothing else is",
        }

    def validate_constraints(self) -> None:
        """Left to the view: a new default takes the mark from the old one in the same transaction."""

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        if not re.fullmatch(r"[A-Za-z0-9_\- ]{1,11}", name):
            raise forms.ValidationError("Up to 11 letters, digits, blanks, hyphens or underscores, as registered.")
        return name
