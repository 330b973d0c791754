"""A group's contacts copied to Q SMS: asked once with what goes where, then followed."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns import pushing, sending
from campaigns.actions.push_contacts import NobodyToPush, order_push, push_under_way, stop_push
from campaigns.models import ContactPush
from campaigns.tasks import push_contacts
from contacts.models import ContactGroup
from lib.nudge import nudge

SHOWN_PUSHES = 5


@role_required(Role.MANAGER)
def group_push(request: Request, pk: int) -> HttpResponse:
    """What would be copied, of whom, and where to; a copy that is under way is led to."""
    group = get_object_or_404(ContactGroup.objects.prefetch_related("fields"), pk=pk)
    if going := push_under_way(group):
        return redirect("push-detail", pk=going.pk)
    if request.method == "POST" and sending.gateway_from_settings() is not None:
        try:
            push, _ = order_push(group, user=request.user)
        except NobodyToPush:
            messages.error(request, "There is nobody to copy.")
            return redirect("group-push", pk=pk)
        nudge(push_contacts, push.pk)
        return redirect("push-detail", pk=push.pk)
    context = {
        "group": group,
        "counts": pushing.what_is_pushed(group),
        "has_gateway": sending.gateway_from_settings() is not None,
        "account": urlsplit(settings.QSMS_ACCOUNT_URL or settings.QSMS_BASE_URL).netloc,
        "earlier": ContactPush.objects.filter(group=group).select_related("created_by")[:SHOWN_PUSHES],
    }
    return render(request, "campaigns/group_push.html", context)


@require_safe
@role_required(Role.MANAGER)
def push_detail(request: Request, pk: int) -> HttpResponse:
    """How far a copy is; htmx asks again until it is over."""
    push = get_object_or_404(ContactPush.objects.select_related("group", "created_by"), pk=pk)
    refused = [] if push.is_under_way else pushing.refused_rows(push)
    template = "campaigns/_push.html" if request.htmx else "campaigns/push_detail.html"
    return render(request, template, {"push": push, "refused": refused})


@require_POST
@role_required(Role.MANAGER)
def push_stop(request: Request, pk: int) -> HttpResponse:
    push = get_object_or_404(ContactPush, pk=pk)
    if not stop_push(push, user=request.user):
        messages.error(request, "The copy was over already.")
    return redirect("push-detail", pk=pk)
