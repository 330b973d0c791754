"""Sender IDs, as an administrator enters them."""

from __future__ import annotations

import re

from django import forms

from accounts.forms import Styled
from campaigns.models import Sender


class SenderForm(Styled, forms.ModelForm):
    # Not one of the model's own fields here: the view takes the mark from the old default in the same transaction.
    is_default = forms.BooleanField(label="Chosen where nothing else is", required=False)

    class Meta:
        model = Sender
        fields = ["name", "service_id", "use", "price", "max_per_second", "opt_out_text"]
        labels = {
            "name": "Sender ID",
            "service_id": "Service number",
            "use": "May send",
            "price": "Price of a part in KES",
            "max_per_second": "Texts a second at most",
            "opt_out_text": "Added at the end of marketing",
        }

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        if not re.fullmatch(r"[A-Za-z0-9_\- ]{1,11}", name):
            raise forms.ValidationError("Up to 11 letters, digits, blanks, hyphens or underscores, as registered.")
        return name
