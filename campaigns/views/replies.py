"""Replies that may mean STOP: a person says so, or not."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.actions.read_reply import read_reply
from campaigns.models import Reply
from campaigns.models.transitions import NotPossible
from lib import phones
from lib.going_back import page_to_go_back_to


@require_POST
@role_required(Role.MANAGER)
def reply_read(request: Request, pk: int, as_stop: bool) -> HttpResponse:
    reply = get_object_or_404(Reply, pk=pk)
    try:
        read_reply(reply, request.user, as_stop=as_stop)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        number = phones.local_number(reply.phone)
        messages.success(request, f"{number} gets no texts." if as_stop else f"{number} is texted as before.")
    return redirect(page_to_go_back_to(request) or "home")
