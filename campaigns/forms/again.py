"""Using a campaign again: what the new one is called, and for whom it is."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled
from campaigns.actions.copy import NAME_LENGTH
from campaigns.models import Run
from lib.names import NameInput


class AgainForm(Styled, forms.Form):
    NOW, SAME = "now", "same"

    name = NameInput(label="Name", max_length=NAME_LENGTH)
    people = forms.ChoiceField(label="For whom", widget=forms.RadioSelect, choices=[])

    def __init__(self, proposed: str, run: Run | None, posted: Any = None) -> None:
        """`run`: whose people may be taken again; None: nobody's."""
        super().__init__(posted, initial={"name": proposed, "people": self.NOW})
        choices = [(self.NOW, "Whoever is in its groups when it goes")]
        if run is not None:
            people = f"{run.reached:,} {'person' if run.reached == 1 else 'people'}"
            choices.append((self.SAME, f"The same {people} as last time, with their values of now"))
        self.choice_field("people").choices = choices

    @property
    def wants_the_same(self) -> bool:
        return self.cleaned_data["people"] == self.SAME
