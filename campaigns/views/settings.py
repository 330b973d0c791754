"""Settings: the gateway and its balance, sender IDs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.audit import record
from accounts.permissions import freshly_signed_in, role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns import samples, sending
from campaigns.forms.rules import RulesForm, rules_in_words
from campaigns.forms.sender import SenderForm
from campaigns.gateway.errors import GatewayError
from campaigns.models import Sender, UnmappedDescription
from campaigns.sending import balance

SHOWN_OF_A_SECRET = 4
SHOWN_UNMAPPED = 20


@role_required(Role.MANAGER)
def settings_page(request: Request) -> HttpResponse:
    key = settings.QSMS_API_KEY
    token = settings.QSMS_DLR_TOKENS[0] if settings.QSMS_DLR_TOKENS else ""
    context = {
        "senders": Sender.objects.filter(archived_at=None),
        "base_url": settings.QSMS_BASE_URL,
        "masked_key": f"{key[:10]}…{key[-SHOWN_OF_A_SECRET:]}" if len(key) > 20 else "set" if key else "",
        "report_address": f"{settings.PUBLIC_URL}/dlr/receive/",
        "report_token": token if request.user.may_act_as(Role.ADMINISTRATOR) else "",
    }
    more: dict[str, Any] = {
        "reply_address": f"{settings.PUBLIC_URL}/inbound/",
        "rules": rules_in_words(),
        "has_samples": samples.are_there(),
        "unmapped": UnmappedDescription.objects.all()[:SHOWN_UNMAPPED],
    }
    return render(request, "portal/settings.html", context | more)


@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def rules_edit(request: Request) -> HttpResponse:
    form = RulesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save(request.user)
        messages.success(request, "The rules are saved and hold from now on.")
        return redirect("settings")
    return render(request, "portal/rules_edit.html", {"form": form})


@require_POST
@role_required(Role.MANAGER)
@freshly_signed_in
def gateway_test(request: Request) -> HttpResponse:
    """Ask the gateway for the balance, and say what came of it."""
    gateway = sending.gateway_from_settings()
    if gateway is None:
        messages.error(request, sending.NO_GATEWAY)
        return redirect("settings")
    try:
        answer = balance.ask_or_raise(gateway)
    except GatewayError as error:
        messages.error(request, f"Q SMS did not answer as it should: {error}")
    else:
        amount = "" if answer.balance_kes is None else f" The balance is KES {answer.balance_kes:,.2f}."
        messages.success(request, f"Q SMS answers and knows the key.{amount}")
    return redirect("settings")


def _written(value: Any) -> str:
    return "" if value is None else {True: "yes", False: "no"}.get(value, str(value))


@role_required(Role.ADMINISTRATOR)
def sender_edit(request: Request, pk: int | None = None) -> HttpResponse:
    sender = get_object_or_404(Sender, pk=pk) if pk else Sender()
    form = SenderForm(request.POST or None, instance=sender, initial={"is_default": sender.is_default})
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            sender = form.save(commit=False)
            sender.is_default = form.cleaned_data["is_default"]
            if sender.is_default:
                Sender.objects.exclude(pk=sender.pk).filter(is_default=True).update(is_default=False)
            sender.save()
            changes: dict[str, Any] = {
                "before": {str(form[name].label): _written(form.initial.get(name)) for name in form.changed_data if pk},
                "after": {str(form[name].label): _written(form.cleaned_data[name]) for name in form.changed_data},
            }
            act = "sender changed" if pk else "sender made"
            record(act, f"sender {sender.pk}", user=request.user, name=sender.name, **changes)
        messages.success(request, f"The sender ID {sender.name} is saved.")
        return redirect("settings")
    return render(request, "portal/sender_edit.html", {"form": form, "sender": sender})
