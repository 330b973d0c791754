"""What is asked of the list of campaigns: all of it stands in the address."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled
from accounts.models import User
from campaigns.models import Campaign, Sender
from campaigns.reporting.campaign_list import READ, SORTS, ListQuery, PageEnd
from lib.row_ids import row_id

BY_SCRIPTS = 0


class CampaignListForm(Styled, forms.Form):
    q = forms.CharField(label="Search by name", required=False)
    status = forms.ChoiceField(label="Status", required=False)
    sender = forms.TypedChoiceField(label="Sender ID", required=False, coerce=int, empty_value=None)
    who = forms.TypedChoiceField(label="Made by", required=False, coerce=int, empty_value=None)
    first = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    archived = forms.BooleanField(label="Those that are archived", required=False)
    sort = forms.ChoiceField(required=False, choices=[(one, one) for one in SORTS])
    up = forms.BooleanField(required=False)
    after = forms.CharField(required=False)
    before = forms.CharField(required=False)
    at = forms.CharField(required=False, max_length=200, strip=False)

    def __init__(self, asked: Any) -> None:
        super().__init__(asked)
        self.choice_field("status").choices = [("", "All"), *Campaign.Status.choices]
        senders = Sender.objects.order_by("name").values_list("pk", "name")
        self.choice_field("sender").choices = [("", "All"), *((str(pk), name) for pk, name in senders)]
        makers = User.objects.filter(pk__in=Campaign.objects.values("created_by")).order_by("username")
        people = ((str(one.pk), one.called) for one in makers)
        self.choice_field("who").choices = [("", "All"), (str(BY_SCRIPTS), "A script"), *people]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "The last day is before the first.")
        return cleaned

    @property
    def filters(self) -> list[forms.BoundField]:
        """What is folded away until somebody wants it."""
        return [self[name] for name in ("status", "sender", "who", "first", "last")]

    def query(self) -> ListQuery:
        """What was asked and can be read; what cannot says so beside its field."""
        asked = self.cleaned_data
        sort = asked.get("sort") or ""
        return ListQuery(
            name=asked.get("q", "").strip(),
            status=asked.get("status") or "",
            sender=asked.get("sender"),
            who=asked.get("who"),
            first=asked.get("first"),
            last=asked.get("last"),
            archived=bool(asked.get("archived")),
            sort=sort,
            descending=not asked.get("up"),
            place=self._place(sort),
        )

    def _place(self, sort: str) -> PageEnd | None:
        """Where the page begins, or ends; None where that cannot be read: at the beginning."""
        asked = self.cleaned_data
        back = bool(asked.get("before"))
        pk = row_id(asked.get("before") if back else asked.get("after"))
        try:
            return PageEnd(pk, READ[sort](asked.get("at", "")) if sort else None, back) if pk is not None else None
        except (ValueError, ArithmeticError):
            return None
