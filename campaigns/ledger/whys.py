"""Why each of some texts ended as it did: what a code does not say too, such as who opted a number out, and when."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from campaigns.ledger.reasons import reasons_in_words
from campaigns.models import Batch, Message
from contacts.models import OptOut

OPTED_OUT = "opted_out"


def whys(messages: Iterable[Message]) -> dict[int, str]:
    """The words by the text's id, of those that have a reason."""
    having = [one for one in messages if one.reason]
    out = [one for one in having if one.reason == OPTED_OUT]
    opt_outs = _opt_outs({one.phone for one in out})
    batches = {one.batch_id for one in out} if opt_outs else ()
    settled = dict(Batch.objects.filter(pk__in=batches).values_list("pk", "settled_at")) if batches else {}
    of_codes = reasons_in_words(one.reason for one in having)
    words = {one.pk: _in_words(one, of_codes[one.reason]) for one in having}
    for one in out:
        at = settled.get(one.batch_id)
        # Who came back and left again since then is no longer told of.
        for opt_out in opt_outs.get(one.phone, ()):
            if at is None or opt_out.created_at <= at:
                words[one.pk] = opt_out.in_words
    return words


def _in_words(message: Message, words: str) -> str:
    """Of who was left out for one of several rows, `detail` says for which."""
    return f"{words} ({message.detail})" if message.is_left_out and message.detail else words


def why_of(message: Message) -> str:
    """Empty where there is no reason."""
    return whys([message]).get(message.pk, "")


def opt_outs_in_words(phones: Collection[str]) -> dict[str, str]:
    """By whom and when each of these numbers was opted out, as it is now."""
    return {phone: found[-1].in_words for phone, found in _opt_outs(phones).items()}


def _opt_outs(phones: Collection[str]) -> dict[str, list[OptOut]]:
    found: dict[str, list[OptOut]] = {}
    if phones:
        for one in OptOut.objects.filter(phone__in=phones).select_related("created_by").widest_last():
            found.setdefault(one.phone, []).append(one)
    return found
