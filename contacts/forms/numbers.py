"""A phone number, as typed."""

from __future__ import annotations

from django import forms

from contacts import values
from lib import phones


def phone_digits(written: str) -> str:
    try:
        return phones.read_phone(values.clean(written)).digits
    except phones.BadNumber as error:
        words = f"This {error}." if error.code == "letters" else f"{str(error)[0].upper()}{str(error)[1:]}."
        raise forms.ValidationError(words) from error
