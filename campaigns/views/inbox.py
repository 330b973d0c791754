"""Replies as conversations: the list, one of them, and what is done with it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.audit import record
from accounts.models import User
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.actions import conversations
from campaigns.audience import why_kept_out
from campaigns.forms.answers import AnswerForm
from campaigns.models import AnswerStarter, Conversation, Reply, Sender
from campaigns.models.transitions import NotPossible
from campaigns.planning import single
from campaigns.reporting import inbox as found
from campaigns.reporting.reply_file import HEADINGS, reply_rows
from campaigns.reporting.thread import Place, thread_with
from campaigns.tasks import tick
from campaigns.views.looked_at import looked_at, opened_at
from campaigns.writing.senders import sender_to_answer
from contacts.filters.search import TooSlow, at_most
from contacts.models import OptOut
from contacts.spreadsheets import csv_lines
from lib.downloads import csv_download, file_name
from lib.nudge import nudge
from lib.paging import PAGE, turn
from lib.row_ids import row_id
from lib.typed import say_saved

SEARCH_MS, PATIENTLY_MS = 1_500, 10_000
TO_BE_READ = 20


@require_safe
@role_required(Role.VIEWER)
def inbox(request: Request) -> HttpResponse:
    """Who wrote, newest first; on top what may mean STOP."""
    show, written = _asked(request)
    before = row_id(request.GET.get("before"))
    problem = ""
    try:
        some = _rows(request, before, latest_alone=False)
    except TooSlow:
        problem = "Many people wrote that. These wrote it lately. To find others, write more of it, or a number."
        some = _rows(request, before, latest_alone=True)
    to_be_read = list(Reply.objects.to_be_read().order_by("-reading", "-pk")[: TO_BE_READ + 1])
    context = {
        "page": turn(request, some, by="last_reply", shown=found.lines),
        "problem": problem,
        "show": show,
        "shown": found.SHOWN.items(),
        "written": written,
        "nothing_is_left": show == found.OPEN and not written,
        "to_be_read": [] if before else to_be_read[:TO_BE_READ],
        "more_to_be_read": len(to_be_read) > TO_BE_READ,
        "here": request.get_full_path(),
    }
    return render(request, "campaigns/replies.html", context)


@require_safe
@role_required(Role.MANAGER)
def reply_export(request: Request) -> HttpResponseBase:
    """The replies of what the list shows, as CSV, streamed."""
    show, written = _asked(request)
    record("replies exported", "replies", user=request.user, show=show)
    name = file_name("replies.csv")
    rows = reply_rows(found.conversations(show, request.user, written), is_searched=bool(written))
    return csv_download(request, name, csv_lines(HEADINGS, rows))


@role_required(Role.VIEWER)
def conversation_detail(request: Request, pk: int) -> HttpResponseBase:
    """What was written to and fro, and an answer. Who may act has read it by opening it: the page says so itself."""
    conversation = get_object_or_404(Conversation.objects.select_related("assigned_to"), pk=pk)
    if request.method == "POST":
        return _answer(request, conversation)
    return _page_of(request, conversation, _form(request, conversation, _begun_with(request)))


@role_required(Role.MANAGER)
def _answer(request: Request, conversation: Conversation) -> HttpResponse:
    """An answer: typed, looked at with its price, then sent once, however often the button is pressed."""
    form = _form(request, conversation, "")
    if form is None:
        messages.error(request, "There is no mobile number to answer to.")
        return _back(conversation)
    if not form.is_valid() or "change" in request.POST:
        return _page_of(request, conversation, form)
    sender, text = form.cleaned_data["sender"], form.cleaned_data["text"]
    if opened := opened_at(request.POST.get("opened", "")):
        up_to = row_id(request.POST.get("up_to")) or 0
        try:
            message = conversations.answer_once(conversation, text, sender, request.user, up_to=up_to, since=opened)
        except (single.OverLimit, conversations.GetsNoTexts, NotPossible) as error:
            form.add_error(None, _refused(error))
            return _page_of(request, conversation, form)
        nudge(tick)
        messages.success(request, "Your answer is on its way.")
        return say_saved(request, redirect(f"{_address(conversation)}#text-{message.pk}"))
    context = _looked_at(conversation, text, sender) | {"form": form, "up_to": request.POST.get("up_to", "")}
    return render(request, "campaigns/conversation_answer.html", context)


@require_POST
@role_required(Role.COMPOSER)
def conversation_read(request: Request, pk: int) -> HttpResponse:
    """The page does this by itself when it has been opened, or a button does where there are no scripts."""
    conversation = get_object_or_404(Conversation, pk=pk)
    conversations.mark_read(conversation, request.user, up_to=row_id(request.POST.get("up_to")) or 0)
    return HttpResponse(status=204) if request.htmx else _back(conversation)


@require_POST
@role_required(Role.COMPOSER)
def conversation_done(request: Request, pk: int) -> HttpResponse:
    conversation = get_object_or_404(Conversation, pk=pk)
    try:
        conversations.finish(conversation, request.user, up_to=row_id(request.POST.get("up_to")) or 0)
    except NotPossible as error:
        messages.error(request, str(error))
        return _back(conversation)
    messages.success(request, "Done. It comes back when this number writes again.")
    return redirect("replies")


@require_POST
@role_required(Role.COMPOSER)
def conversation_open(request: Request, pk: int) -> HttpResponse:
    """One that was done is not."""
    conversation = get_object_or_404(Conversation, pk=pk)
    try:
        conversations.reopen(conversation, request.user)
    except NotPossible as error:
        messages.error(request, str(error))
    return _back(conversation)


@require_POST
@role_required(Role.COMPOSER)
def conversation_assign(request: Request, pk: int) -> HttpResponse:
    """To one of those who may see to it, or to nobody."""
    conversation = get_object_or_404(Conversation, pk=pk)
    chosen = row_id(request.POST.get("person"))
    try:
        person = get_object_or_404(User, pk=chosen) if chosen else None
        conversations.assign(conversation, person, request.user)
    except NotPossible as error:
        messages.error(request, str(error))
    return _back(conversation)


@require_POST
@role_required(Role.MANAGER)
def conversation_opt_out(request: Request, pk: int) -> HttpResponse:
    """This person is not texted any more."""
    conversation = get_object_or_404(Conversation, pk=pk)
    try:
        is_new = conversations.opt_out(conversation, request.user)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        words = "This number gets no texts from now on." if is_new else "This number got no texts already."
        messages.success(request, words)
    return _back(conversation)


def _asked(request: Request) -> tuple[str, str]:
    show = request.GET.get("show", found.OPEN)
    return show if show in found.SHOWN else found.OPEN, request.GET.get("q", "").strip()


def _rows(request: Request, before: int | None, *, latest_alone: bool) -> list[Conversation]:
    """One page, and one more where another follows. Raises TooSlow."""
    show, written = _asked(request)
    rows = found.conversations(show, request.user, written, latest_alone=latest_alone)
    rows = rows if before is None else rows.filter(last_reply__lt=before)
    with at_most(PATIENTLY_MS if latest_alone else SEARCH_MS):
        return list(rows.select_related("assigned_to")[: PAGE + 1])


def _page_of(request: Request, conversation: Conversation, form: AnswerForm | None) -> HttpResponse:
    place = Place.read(request.GET.get("replies"), request.GET.get("texts"))
    names, groups = found.people_of([conversation.phone]).get(conversation.phone, ([], []))
    context: dict[str, Any] = {
        "conversation": conversation,
        "thread": thread_with(conversation.phone, place),
        "place": place,
        "names": names,
        "groups": groups,
        "form": form,
        "opt_outs": OptOut.objects.filter(phone=conversation.phone).select_related("created_by").widest_last(),
        "starters": AnswerStarter.objects.all() if form else [],
        "here": _address(conversation),
    }
    if request.user.may_act_as(Role.COMPOSER):
        context["people"] = found.who_may_see_to_it()
    return render(request, "campaigns/conversation_detail.html", context)


def _form(request: Request, conversation: Conversation, text: str) -> AnswerForm | None:
    """None where nobody may be answered, or not by this person."""
    if not conversation.phone or not request.user.may_act_as(Role.MANAGER):
        return None
    last = Reply.objects.filter(pk=conversation.last_reply).first()
    sender = sender_to_answer(last.shortcode if last else "")
    kind = single.kind_of(sender) if sender else ""
    if kind and request.method != "POST" and why_kept_out(conversation.phone, kind):
        return None
    return AnswerForm(request.POST or None, initial={"text": text}, sender=sender)


def _begun_with(request: Request) -> str:
    """The ready answer that was chosen."""
    chosen = row_id(request.GET.get("starter")) or 0
    return AnswerStarter.objects.filter(pk=chosen).values_list("text", flat=True).first() or ""


def _looked_at(conversation: Conversation, text: str, sender: Sender) -> dict[str, Any]:
    kept_out = why_kept_out(conversation.phone, single.kind_of(sender))
    mine = {"conversation": conversation, "kept_out": kept_out.words if kept_out else "", "sender": sender}
    return mine | looked_at(conversation.phone, text, sender)


def _refused(error: Exception) -> str:
    return f"It gets no text: {error}." if isinstance(error, conversations.GetsNoTexts) else str(error)


def _address(conversation: Conversation) -> str:
    return reverse("conversation-detail", args=[conversation.pk])


def _back(conversation: Conversation) -> HttpResponseRedirect:
    return redirect(_address(conversation))
