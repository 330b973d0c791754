"""What is done of people outside of their requests."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounts import sessions
from accounts.password_mail import mail_link


@shared_task
def mail_reset(*people: int) -> None:
    mail_link(*people)


@shared_task
def forget_ended_sessions() -> None:
    sessions.forget_ended(timezone.now())
