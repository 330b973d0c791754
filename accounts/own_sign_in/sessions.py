"""One's sessions: where one is signed in, and ending it there."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.audit import record
from accounts.requests import Request
from accounts.sessions import end_session, end_sessions, sessions_of


def own_sessions(request: Request) -> HttpResponse:
    own, key = sessions_of(request.user), request.session.session_key
    listed = [(one, one.session_key == key) for one in own]
    return render(request, "accounts/sessions.html", {"sessions": listed, "has_others": len(own) > 1})


@require_POST
def own_session_end(request: Request, pk: int) -> HttpResponse:
    if end_session(request.user, pk):
        record("session ended", f"person {request.user.pk}", user=request.user)
        messages.success(request, "That session is ended.")
    return redirect("own-sessions")


@require_POST
def other_sessions_end(request: Request) -> HttpResponse:
    ended = end_sessions(request.user, but=request.session.session_key)
    record("session ended", f"person {request.user.pk}", user=request.user, sessions=ended)
    messages.success(request, f"{ended} other session{'' if ended == 1 else 's'} ended.")
    return redirect("own-sessions")
