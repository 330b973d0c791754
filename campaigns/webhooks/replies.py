"""Replies come in. A reply is stored, and STOP obeyed, before it is answered."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns.delivery import replies
from campaigns.tasks import send_next
from campaigns.webhooks import posted
from lib.nudge import nudge

# A reply has a number or says something.
FIELDS = ("mobile", "message")


@csrf_exempt
@login_not_required
@require_POST
def inbound(request: HttpRequest, token: str) -> JsonResponse:
    """Replies: `/inbound/<token>`, with the secret of the delivery reports."""
    if not posted.knows(token):
        return _failed("not allowed", 403)
    try:
        body = posted.body_of(request, FIELDS)
    except posted.NotReadable as error:
        return _failed(str(error), 400)
    if not isinstance(body, dict):
        return _failed("a list, where one reply was expected", 400)
    try:
        reply = replies.receive(body)
    except DatabaseError:
        close_old_connections()
        return _failed("could not be stored, try again", 503)
    if reply.answer_id:
        nudge(send_next)
    return JsonResponse({"result_code": 1, "result_desc": "OK", "result_message": ""})


def _failed(why: str, status: int) -> JsonResponse:
    return JsonResponse({"result_code": 0, "result_desc": "FAILED", "result_message": why}, status=status)
