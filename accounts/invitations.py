"""Inviting somebody: by a link that is good for a week, once, and of which only a hash is kept."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.audit import record
from accounts.known_by import as_username, free_username, with_email
from accounts.models import Invitation, User
from accounts.roles import Role
from accounts.staff import administrators, must_be_administrator, one_at_a_time
from lib.mail import mail


class AlreadyThere(Exception):
    """Somebody has this address or user name, or is invited already; its words say which. Nothing was changed."""


class InvitationOver(Exception):
    """The link is no invitation any more; its words say why."""


@transaction.atomic
def invite(email: str, role: Role, by: User) -> tuple[Invitation, str]:
    """The invitation, and its link, which cannot be had again. Without an address it is whoever has the link.

    Raises AlreadyThere.
    """
    must_be_administrator(by)
    _must_be_new(email)
    token = _new_token()
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                email=email, role=role, hash=Invitation.hash_of(token), created_by=by
            )
    except IntegrityError as error:
        raise AlreadyThere(f"{email} is invited already. Send that invitation anew, or take it back.") from error
    record("person invited", f"invitation {invitation.pk}", user=by, role=role.value)
    return invitation, _link(token)


@transaction.atomic
def invite_again(invitation: Invitation, by: User) -> str | None:
    """A new link, good for a week from now; the one before it ends. None where the invitation was over."""
    must_be_administrator(by)
    token = _new_token()
    fresh = {"hash": Invitation.hash_of(token), "sent_at": timezone.now(), "created_by": by}
    if not Invitation.objects.waiting().filter(pk=invitation.pk).update(**fresh):
        return None
    record("invitation sent anew", f"invitation {invitation.pk}", user=by)
    return _link(token)


@transaction.atomic
def uninvite(invitation: Invitation, by: User) -> bool:
    """Whether it could still be taken back."""
    must_be_administrator(by)
    if not Invitation.objects.waiting().filter(pk=invitation.pk).update(taken_back_at=timezone.now()):
        return False
    record("invitation taken back", f"invitation {invitation.pk}", user=by)
    return True


def mail_invitation(invitation: Invitation, link: str) -> bool:
    """Whether a mail went out. Outside of any transaction: the server may take its time."""
    context = {"invitation": invitation, "link": link}
    body = render_to_string("accounts/invitation_mail.txt", context).strip() + "\n"
    return mail("You are invited to QSMS Portal", body, invitation.email)


def open_invitation(token: str) -> Invitation:
    """What the link is for. Raises InvitationOver."""
    return _open(Invitation.objects.select_related("created_by").filter(hash=Invitation.hash_of(token)).first())


def accept(token: str, *, username: str, first_name: str, last_name: str, email: str, password: str) -> User:
    """Make the person. Raises InvitationOver, AlreadyThere."""
    try:
        with transaction.atomic():
            # Of two tabs the second waits here; and of two people who type one address.
            one_at_a_time()
            locked = Invitation.objects.select_for_update().filter(hash=Invitation.hash_of(token)).first()
            invitation = _open(locked)
            email = invitation.email or email
            _must_be_new(email)
            if User.objects.filter(username__iexact=username).exists():
                raise AlreadyThere("Somebody has this user name. Choose another one.")
            names = {"first_name": first_name, "last_name": last_name}
            person = User.objects.create_user(username, email=email, password=password, **names)
            person.groups.add(Group.objects.get_or_create(name=invitation.role)[0])
            invitation.accepted_at, invitation.accepted_by = timezone.now(), person
            invitation.save(update_fields=["accepted_at", "accepted_by"])
            about = f"person {person.pk}"
            record("invitation accepted", about, user=person, invitation=invitation.pk, role=invitation.role)
            return person
    except IntegrityError as error:
        raise AlreadyThere("Somebody has this user name. Choose another one.") from error


def proposed_username(email: str) -> str:
    """What stands before the @, with a number where somebody has that; empty without an address."""
    base = as_username(email.partition("@")[0]).lower()
    return free_username(base) if base else ""


def _open(invitation: Invitation | None) -> Invitation:
    if invitation is None:
        raise InvitationOver("This is not a link of an invitation, or a newer one was sent since.")
    if invitation.accepted_at is not None:
        raise InvitationOver("This invitation has been accepted. Sign in with the user name that was chosen.")
    if invitation.taken_back_at is not None:
        raise InvitationOver("This invitation was taken back.")
    if invitation.has_run_out:
        raise InvitationOver("This invitation has run out: it was good for a week. Ask for a new one.")
    by = invitation.created_by
    if by is None or not administrators().filter(pk=by.pk).exists():
        raise InvitationOver("Whoever invited you is no administrator any more. Ask for a new invitation.")
    return invitation


def _must_be_new(email: str) -> None:
    if person := with_email(email).first():
        raise AlreadyThere(f"{email} is the address of {person.username} already.")


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _link(token: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('invitation-accept', args=[token])}"
