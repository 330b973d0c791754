"""One text: to one number, and what became of it."""

from __future__ import annotations

from typing import Any, Literal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.actions import resolve_single
from campaigns.audience import why_kept_out
from campaigns.forms.single import SingleForm, to_somebody
from campaigns.models import DeliveryReport, Message, transitions
from campaigns.planning import single
from campaigns.reporting.told import told_of
from campaigns.tasks import tick
from campaigns.views.looked_at import looked_at, opened_at
from lib.nudge import nudge
from lib.typed import say_saved

REPORTS = 20


@role_required(Role.MANAGER)
def message_create(request: Request) -> HttpResponse:
    """Send one text: typed, looked at with its price, then sent once, however often the button is pressed."""
    form = SingleForm(request.POST or None, initial=to_somebody(request.GET.get("to", "")))
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid() and "change" not in request.POST:
        to, sender, text = (form.cleaned_data[name] for name in ("to", "sender", "text"))
        kind = single.kind_of(sender)
        opened, kept_out = opened_at(request.POST.get("opened", "")), why_kept_out(to, kind)
        # A second click leads to the text that was sent by the first, which counts among those of the week.
        if kept_out and not (opened and kept_out.passes):
            context["kept_out"] = kept_out.words
        elif opened:
            user: User = request.user
            person = Message.Source.PERSON
            try:
                message = single.queue_single_once(to, text, sender, user, source=person, kind=kind, since=opened)
            except single.OverLimit as error:
                form.add_error(None, str(error))
                return render(request, "campaigns/message_create.html", context)
            nudge(tick)
            return say_saved(request, redirect("message-detail", pk=message.pk))
        context |= looked_at(to, text, sender)
    return render(request, "campaigns/message_create.html", context)


@role_required(Role.VIEWER)
def message_detail(request: Request, pk: int) -> HttpResponse:
    """What was sent to whom, and its story step by step. htmx asks until nothing more is expected soon."""
    message = get_object_or_404(Message, pk=pk)
    (told,) = told_of([message])
    context = {
        "message": message,
        "told": told,
        "why": told.why,
        "doubt": resolve_single.single_doubt_of(message),
        "reports": DeliveryReport.objects.filter(message=message.pk).order_by("-pk")[:REPORTS],
        "sample": {"phone": message.phone, "name": "", "text": message.text, "parts": message.parts},
    }
    template = "campaigns/_message.html" if request.htmx else "campaigns/message_detail.html"
    return render(request, template, context)


@require_POST
@role_required(Role.MANAGER)
def message_resolve(request: Request, pk: int, action: Literal["resend", "leave"]) -> HttpResponse:
    """What becomes of a single text that is not known to have gone out."""
    message = get_object_or_404(Message, pk=pk)
    try:
        if action == "leave":
            resolve_single.leave_single(message, request.user)
        else:
            resolve_single.resend_single(message, request.user)
            nudge(tick)
    except transitions.NotPossible as error:
        messages.error(request, str(error))
    return redirect("message-detail", pk=pk)
