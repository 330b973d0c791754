"""One occurrence of what recurs: its own text, its own time."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from accounts.forms import Styled
from campaigns.forms.builder import text_area, valid_text
from campaigns.models import Run


class OccurrenceForm(Styled, forms.Form):
    text = forms.CharField(
        label="Text, this time only",
        widget=text_area(),
    )
    at = forms.DateTimeField(
        label="Date and time",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )

    def __init__(self, run: Run, posted: Any = None) -> None:
        self.run, self.zone = run, ZoneInfo(run.campaign.zone)
        self.shown_at = run.scheduled_for.astimezone(self.zone).replace(second=0, microsecond=0)
        super().__init__(posted, initial={"text": run.own_text or run.campaign.text, "at": self.shown_at})
        self.fields["at"].help_text = f"In the time of {run.campaign.zone}."

    def clean_text(self) -> str:
        return valid_text(self.cleaned_data["text"])

    def clean_at(self) -> datetime:
        at = self.cleaned_data["at"].replace(tzinfo=self.zone)
        return self.run.scheduled_for if at == self.shown_at else at
