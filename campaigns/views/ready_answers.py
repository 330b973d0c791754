"""Answers that are kept: texts to begin with, and those that go to a word without a person."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.actions import ready_answers
from campaigns.forms.answers import AnswerStarterForm, AnswerWordForm
from campaigns.models import AnswerStarter, AnswerWord
from lib.typed import say_saved

# What most people begin with; offered until there is one of that word.
OFFERED = {
    "INFO": "Thank you for asking. Call our office on weekdays from 8 to 5.",
    "BALANCE": "Dear <name>, your balance is KES <balance>.",
}


@require_safe
@role_required(Role.VIEWER)
def answer_word_list(request: Request) -> HttpResponse:
    words = list(AnswerWord.objects.select_related("changed_by"))
    offered = [one for one in OFFERED if one not in {word.word for word in words}]
    return render(request, "campaigns/answer_word_list.html", {"words": words, "offered": offered})


@role_required(Role.MANAGER)
def answer_word_edit(request: Request, pk: int | None = None) -> HttpResponse:
    """One word; a new one is off until it is put on."""
    word = get_object_or_404(AnswerWord, pk=pk) if pk else AnswerWord()
    offered = request.GET.get("word", "")
    initial = {"word": offered, "text": OFFERED[offered]} if not pk and offered in OFFERED else None
    form = AnswerWordForm(request.POST or None, instance=word, initial=initial)
    if request.method == "POST" and form.is_valid():
        ready_answers.save_word(form.save(commit=False), request.user)
        messages.success(request, f"{word.word} is {'answered from now on' if word.is_on else 'saved, and off'}.")
        return say_saved(request, redirect("answer-word-list"))
    return render(request, "campaigns/answer_word_edit.html", {"form": form, "word": word})


@require_POST
@role_required(Role.MANAGER)
def answer_word_delete(request: Request, pk: int) -> HttpResponse:
    word = get_object_or_404(AnswerWord, pk=pk)
    ready_answers.delete_word(word, request.user)
    messages.success(request, f"{word.word} is not answered any more.")
    return redirect("answer-word-list")


@require_safe
@role_required(Role.VIEWER)
def answer_starter_list(request: Request) -> HttpResponse:
    return render(request, "campaigns/answer_starter_list.html", {"starters": AnswerStarter.objects.all()})


@role_required(Role.MANAGER)
def answer_starter_edit(request: Request, pk: int | None = None) -> HttpResponse:
    starter = get_object_or_404(AnswerStarter, pk=pk) if pk else AnswerStarter()
    form = AnswerStarterForm(request.POST or None, instance=starter)
    if request.method == "POST" and form.is_valid():
        ready_answers.save_starter(form.save(commit=False), request.user)
        messages.success(request, f"The ready answer “{starter.name}” is saved.")
        return say_saved(request, redirect("answer-starter-list"))
    return render(request, "campaigns/answer_starter_edit.html", {"form": form, "starter": starter})


@require_POST
@role_required(Role.MANAGER)
def answer_starter_delete(request: Request, pk: int) -> HttpResponse:
    starter = get_object_or_404(AnswerStarter, pk=pk)
    ready_answers.delete_starter(starter, request.user)
    messages.success(request, f"The ready answer “{starter.name}” is deleted.")
    return redirect("answer-starter-list")
