"""Where a key is told what becomes of its texts."""

from __future__ import annotations

from django import forms

from accounts.forms import Styled
from lib.public_hosts import LONGEST_URL


class CallbackForm(Styled, forms.Form):
    # No URLField: what may be called is looked at where it is saved, for the command and for pages alike.
    url = forms.CharField(
        label="Address",
        required=False,
        max_length=LONGEST_URL,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://shop.example.com/sms"}),
        help_text="Delivery reports and replies are posted there. Leave it empty and nothing is posted.",
    )
    sent = forms.BooleanField(
        label="Also when a text was sent",
        required=False,
        help_text="That the gateway took it: one post more for each text.",
    )
