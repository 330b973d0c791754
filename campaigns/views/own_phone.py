"""One's own phone: typed, and shown to be one's own by the code that is texted to it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.forms import OwnPhoneForm, PhoneCodeForm
from accounts.own_phone import TooSoon, WrongCode, confirm_phone, open_code_of
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.actions.confirm_phone import text_code, text_of_code
from campaigns.ledger.whys import why_of
from campaigns.planning.single import OverLimit
from campaigns.tasks import tick
from campaigns.writing.senders import NoSuchSender
from lib.going_back import page_to_go_back_to
from lib.nudge import nudge
from lib.phones import local_number


@role_required(Role.COMPOSER)
def own_phone(request: Request) -> HttpResponse:
    """The number, then the code; afterwards back to the page that wanted to send a test."""
    back = page_to_go_back_to(request)
    is_code = "code" in request.POST
    number = OwnPhoneForm(None if is_code else request.POST or None)
    code = PhoneCodeForm(request.POST if is_code else None)
    if is_code and code.is_valid() and _confirmed(request, code):
        return redirect(back or "profile")
    if not is_code and number.is_valid() and _asked(request, number):
        return redirect(f"{reverse('own-phone')}?{urlencode({'next': back})}" if back else "own-phone")
    context = {"form": number, "code_form": code, "back": back}
    if asked := open_code_of(request.user, timezone.now()):
        number.initial["phone"] = local_number(asked.phone)
        text = text_of_code(asked)
        why = why_of(text) if text else ""
        context |= {"asked": asked, "text": text, "why": why}
    elif request.user.phone and not request.user.confirmed_phone:
        number.initial["phone"] = local_number(request.user.phone)
    return render(request, "campaigns/own_phone.html", context)


def _asked(request: Request, form: OwnPhoneForm) -> bool:
    """Whether a code is on its way; if not, the form says why."""
    try:
        text_code(request.user, form.cleaned_data["phone"])
    except (TooSoon, OverLimit, NoSuchSender) as error:
        form.add_error("phone", str(error))
        return False
    nudge(tick)
    return True


def _confirmed(request: Request, form: PhoneCodeForm) -> bool:
    """Whether the code was right; if not, the form says why."""
    try:
        phone = confirm_phone(request.user, form.cleaned_data["code"], timezone.now())
    except WrongCode as error:
        form.add_error("code", str(error))
        return False
    messages.success(request, f"Confirmed: your tests go to {local_number(phone)}.")
    return True
