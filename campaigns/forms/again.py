"""Using a campaign again: what the new one is called, and for whom it is."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled
from campaigns.actions.copy import NAME_LENGTH
from campaigns.audience import audience_of
from campaigns.models import Campaign, Run
from lib.counts import people_in_words
from lib.names import NameInput


class AgainForm(Styled, forms.Form):
    NOW, SAME = "now", "same"

    name = NameInput(label="Name", max_length=NAME_LENGTH)
    people = forms.ChoiceField(label="For whom", widget=forms.RadioSelect, choices=[])

    def __init__(self, campaign: Campaign, proposed: str, run: Run | None, posted: Any = None) -> None:
        """`run`: whose people may be taken again; None: nobody's."""
        # Who was once a part of its groups is proposed, not all who are in them.
        people = self.SAME if campaign.only and run is not None else self.NOW
        super().__init__(posted, initial={"name": proposed, "people": people})
        most = sum(group.size for group in audience_of(campaign).groups)
        choices = [(self.NOW, f"Whoever is in its groups when it goes: now {people_in_words(most)} in them")]
        if run is not None:
            choices.append(
                (self.SAME, f"The same {people_in_words(run.reached)} as last time, with their values of now")
            )
        self.choice_field("people").choices = choices

    @property
    def wants_the_same(self) -> bool:
        return self.cleaned_data["people"] == self.SAME
