"""Where people choose of what they are mailed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.audit import record
from accounts.forms import Styled, style
from accounts.mails import About, Whose, whose
from accounts.models import User
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role

OF_THE_BALANCE = [(Whose.ALL.value, "Mail me"), (Whose.OFF.value, "No mail")]


class MailsForm(Styled, forms.Form):
    def __init__(self, posted: Any, user: User) -> None:
        super().__init__(posted, initial={about.value: whose(user, about).value for about in About})
        for about in About:
            choices = OF_THE_BALANCE if about == About.BALANCE else Whose.choices
            self.fields[about.value] = forms.ChoiceField(label=about.label, choices=choices)
        style(self)


@role_required(Role.VIEWER)
def own_mails(request: Request) -> HttpResponse:
    """What is left as it was goes on following the person's role."""
    user: User = request.user
    form = MailsForm(request.POST or None, user)
    if request.method == "POST" and form.is_valid():
        chosen = {name: form.cleaned_data[name] for name in form.changed_data}
        with transaction.atomic():
            fresh = User.objects.select_for_update(no_key=True).get(pk=user.pk)
            User.objects.filter(pk=user.pk).update(mails=fresh.mails | chosen)
            record("mails chosen", f"person {user.pk}", user=user, **chosen)
        messages.success(request, "Saved.")
        return redirect("own-mails")
    return render(request, "accounts/own_mails.html", {"form": form, "has_mail": bool(settings.EMAIL_URL)})
