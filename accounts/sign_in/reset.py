"""A new password for whoever has forgotten theirs: by a link that is mailed."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import PasswordResetConfirmView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy

from accounts import first_password
from accounts.password_mail import people_with
from accounts.sign_in.forms import AddressForm, NewPasswordForm
from accounts.tasks import mail_reset
from lib.nudge import nudge


@login_not_required
def reset(request: HttpRequest) -> HttpResponse:
    """Ask for the address. The answer is the same whether or not anybody has it."""
    form = AddressForm(request.POST or None)
    if not settings.EMAIL_URL or request.method != "POST" or not form.is_valid():
        return render(request, "accounts/reset.html", {"form": form, "has_mail": bool(settings.EMAIL_URL)})
    if not ratelimit.consume(request, action="reset_password"):
        return ratelimit.respond_429(request)
    address = form.cleaned_data["email"]
    if ratelimit.consume(request, action="reset_mail", key=address.lower()):
        # Queued where nobody has it, too: the answer takes as long.
        nudge(mail_reset, *people_with(address))
    return redirect("reset-asked")


@login_not_required
def reset_asked(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/reset_asked.html")


class NewPassword(PasswordResetConfirmView):
    """The link takes to it, once; then one signs in, with the second factor where there is one."""

    template_name = "accounts/new_password.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("sign-in")

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            answer = super().form_valid(form)
        first_password.forget(form.user.get_username())
        messages.success(self.request, "Your new password is set. Sign in with it.")
        return answer
