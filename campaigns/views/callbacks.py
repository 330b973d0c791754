"""The callbacks of a key: where they go, the secret that signs them, and what was answered last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts import callback_address
from accounts.audit import record
from accounts.callback_address import TwoSecrets
from accounts.models import ApiKey
from accounts.permissions import freshly_signed_in, role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns import callbacks
from campaigns.forms.callback import CallbackForm
from campaigns.models import Callback, CallbackReceiver, Message, Reply
from campaigns.tasks import post_callbacks
from lib.nudge import nudge
from lib.paging import page_of
from lib.public_hosts import NotCallable
from lib.row_ids import row_id

MOST_COUNTED = 10_000


@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def key_callbacks(request: Request, pk: int) -> HttpResponse:
    """The address, to be changed; and the last deliveries."""
    key = get_object_or_404(ApiKey, pk=pk)
    form = CallbackForm(request.POST or None, initial={"url": key.callback_url, "sent": key.callback_sent})
    if request.method != "POST" or not form.is_valid():
        return _page(request, key, form)
    try:
        address = callback_address.checked_address(form.cleaned_data["url"])
    except NotCallable as error:
        form.add_error("url", str(error))
        return _page(request, key, form)
    made = callback_address.set_callback(key, address, sent=form.cleaned_data["sent"], user=request.user)
    callbacks.forget_rest(key.pk)
    if made:
        return _page(request, key, CallbackForm(initial=form.cleaned_data), made=made)
    messages.success(request, "Saved." if key.callback_url else "Saved. Nothing is posted for this key.")
    return redirect("key-callbacks", key.pk)


@require_POST
@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def key_callback_secret(request: Request, pk: int) -> HttpResponse:
    """Make a new secret, which is shown once; the one before signs too."""
    key = get_object_or_404(ApiKey, pk=pk)
    try:
        made = callback_address.make_secret(key, user=request.user)
    except TwoSecrets as error:
        messages.error(request, str(error))
        return redirect("key-callbacks", pk)
    return _page(request, key, _form(key), made=made)


@require_POST
@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def key_callback_retire(request: Request, pk: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=pk)
    if callback_address.retire_old_secret(key, user=request.user):
        messages.success(request, "The old secret signs nothing any more.")
    return redirect("key-callbacks", pk)


@require_POST
@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def key_callback_test(request: Request, pk: int) -> HttpResponse:
    """Post a sample, and say what was answered."""
    key = get_object_or_404(ApiKey, pk=pk)
    try:
        answer = callbacks.post_sample(key)
    except callbacks.NoAddress as error:
        messages.error(request, str(error))
    else:
        record("callback tested", f"key {pk}", user=request.user)
        if answer.taken:
            messages.success(request, f"The sample was taken: {answer.words}")
        else:
            messages.error(request, f"The sample was not taken. {answer.words}")
    return redirect("key-callbacks", pk)


@require_POST
@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def key_callback_again(request: Request, pk: int) -> HttpResponse:
    """Have what was given up posted again: one event, or all that this page names."""
    key = get_object_or_404(ApiKey, pk=pk)
    chosen = [one for one in map(row_id, request.POST.getlist("callback")) if one is not None]
    with transaction.atomic():
        again = callbacks.send_again(chosen, key.pk)
        if again:
            record("callbacks sent again", f"key {pk}", user=request.user, callbacks=again)
            nudge(post_callbacks)
    messages.success(request, f"{again} {'is' if again == 1 else 'are'} posted again, for a day at most.")
    return redirect("key-callbacks", pk)


def _form(key: ApiKey) -> CallbackForm:
    return CallbackForm(initial={"url": key.callback_url, "sent": key.callback_sent})


def _page(request: Request, key: ApiKey, form: CallbackForm, made: str = "") -> HttpResponse:
    rows = Callback.objects.filter(api_key=key)
    only_given_up = "given-up" in request.GET
    page = page_of(request, rows.filter(status=Callback.Status.GIVEN_UP) if only_given_up else rows)
    _with_texts(page.rows)
    context = {
        "key": key,
        "form": form,
        "made": made,
        "page": page,
        "only_given_up": only_given_up,
        "given_up": _counted(rows.filter(status=Callback.Status.GIVEN_UP)),
        "on_this_page": [one for one in page.rows if one.is_given_up],
        "waiting": _counted(rows.filter(status=Callback.Status.PENDING)),
        "receiver": CallbackReceiver.objects.filter(api_key=key).first(),
        "is_signed": bool(callback_address.signing_secrets(key)),
    }
    return render(request, "campaigns/key_callbacks.html", context)


@dataclass(frozen=True)
class Counted:
    """How many there are, or more than that."""

    count: int
    is_more: bool


def _counted(rows: QuerySet[Callback]) -> Counted:
    """Of a receiver that is down there may be millions, and a page counts no such number."""
    found = rows[: MOST_COUNTED + 1].count()
    return Counted(min(found, MOST_COUNTED), found > MOST_COUNTED)


def _with_texts(rows: Sequence[Any]) -> None:
    """Each row with the text or the reply that it tells of, None where that is gone."""
    texts = Message.objects.in_bulk([one.message for one in rows if one.message is not None])
    replies = Reply.objects.in_bulk([one.reply for one in rows if one.reply is not None])
    for one in rows:
        one.text, one.answered = texts.get(one.message), replies.get(one.reply)
