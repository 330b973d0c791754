"""What becomes of texts that are not known to have gone out, of a campaign or a call: asked once, then done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.requests import Request
from campaigns.models import transitions
from campaigns.sending.doubt import Doubt
from campaigns.tasks import tick
from lib.nudge import nudge

ResolveAction = Literal["resend", "resend-all", "leave"]


def ask_what_becomes_of(
    request: Request, doubt: Doubt | None, action: ResolveAction, *, crumbs: Sequence[tuple[str, str]]
) -> HttpResponse:
    """The page that asks, with the number; where nothing is in doubt, back to the last of `crumbs` (address, words)."""
    back = crumbs[-1][0]
    if not doubt:
        messages.info(request, "Of all its texts it is known by now what became of them.")
        return redirect(back)
    asked = {"leaves": action == "leave", "everybody": action == "resend-all", "doubt": doubt}
    return render(request, "campaigns/resolve.html", {"crumbs": crumbs, "back": back} | asked)


def tell_what_became(request: Request, action: ResolveAction, decide: Callable[[], int]) -> None:
    """`decide`, which returns how many texts, and say what was done or why not."""
    try:
        count = decide()
    except transitions.NotPossible as error:
        messages.error(request, str(error))
    else:
        done = "are left as they are" if action == "leave" else "are sent again"
        messages.success(request, f"{count:,} texts {done}.")
        nudge(tick)
