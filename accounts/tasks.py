"""What people wait for outside of their requests."""

from __future__ import annotations

from celery import shared_task

from accounts.password_mail import mail_link


@shared_task
def mail_reset(*people: int) -> None:
    mail_link(*people)
