"""Answers that managers keep: texts to begin with, and those that go to a word without a person."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from campaigns.models import AnswerStarter, AnswerWord


@transaction.atomic
def save_word(word: AnswerWord, user: User) -> None:
    """Save one that was made or changed; its answers count against `user`'s limit from now on."""
    act = "answer word changed" if word.pk else "answer word made"
    word.changed_by, word.changed_at = user, timezone.now()
    word.save()
    record(act, f"word {word.pk}", user=user, name=word.word, is_on=word.is_on)


@transaction.atomic
def delete_word(word: AnswerWord, user: User) -> None:
    record("answer word deleted", f"word {word.pk}", user=user, name=word.word)
    word.delete()


@transaction.atomic
def save_starter(starter: AnswerStarter, user: User) -> None:
    act = "ready answer changed" if starter.pk else "ready answer made"
    starter.save()
    record(act, f"starter {starter.pk}", user=user, name=starter.name)


@transaction.atomic
def delete_starter(starter: AnswerStarter, user: User) -> None:
    record("ready answer deleted", f"starter {starter.pk}", user=user, name=starter.name)
    starter.delete()
