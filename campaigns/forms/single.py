"""The form for one text to one number."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from accounts.forms import Styled
from campaigns import gsm, placeholders
from campaigns.forms.builder import text_area
from campaigns.models import Sender
from contacts.models import Contact
from lib import phones

GREETING = "Dear <name:first>,"
MOST_ROWS = 20


class SingleForm(Styled, forms.Form):
    """A number in any form, a sender ID, and a text that is sent as it stands."""

    to = forms.CharField(
        label="To", max_length=30, widget=forms.TextInput(attrs={"inputmode": "tel", "placeholder": "0712 345 678"})
    )
    sender = forms.ModelChoiceField(Sender.objects.filter(archived_at=None), label="Sender ID")
    text = forms.CharField(label="Text", widget=text_area(), max_length=placeholders.LONGEST_TEXT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["data-counts"] = "counted"
        self.fields["sender"].initial = Sender.objects.filter(is_default=True, archived_at=None).first()

    def clean_to(self) -> str:
        try:
            return phones.read_phone(self.cleaned_data["to"]).digits
        except phones.BadNumber as error:
            raise forms.ValidationError(str(error).capitalize() + ".") from error

    def clean_text(self) -> str:
        text = placeholders.normalised(self.cleaned_data["text"])
        if len(text) > gsm.LIMIT:
            raise forms.ValidationError(f"The text is longer than {gsm.LIMIT} characters.")
        for one in placeholders.segments(text):
            if one.kind is placeholders.SegmentKind.FIELD:
                field = text[one.start : one.end]
                raise forms.ValidationError(f"{field} would be sent as it stands. Write what it stands for.")
        return text


def to_somebody(written: str) -> dict[str, str]:
    """What the form begins with for a number: as people write it, and a greeting where its groups agree on a name."""
    try:
        digits = phones.read_phone(written).digits
    except phones.BadNumber:
        return {"to": written}
    rows = Contact.objects.with_phone(digits).filter(group__deleted_at=None, group__waits_for_upload=False)
    names = set(rows.values_list("name", flat=True)[:MOST_ROWS]) - {""}
    to = {"to": phones.local_number(digits)}
    if len(names) != 1:
        return to
    greeting = placeholders.compile(GREETING).renderer(today=timezone.localdate(), sender="")
    said = greeting(digits, names.pop(), {})
    return to | ({"text": f"{said} "} if isinstance(said, str) else {})
