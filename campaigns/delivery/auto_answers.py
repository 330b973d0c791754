"""Words that are answered without a person: INFO, BALANCE.

Two machines must not go on answering each other. So a number has at most one automatic answer in an hour, whatever
words it says, and a few in a day; only a reply that is the word and nothing else has one; and none goes where the reply
is what we had just sent there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from campaigns import placeholders
from campaigns.audience import why_kept_out
from campaigns.models import AnswerWord, Batch, Message, Reply, Sender
from campaigns.planning import single
from campaigns.writing import writer
from campaigns.writing.senders import sender_to_answer
from contacts.models import Contact
from contacts.opt_outs.stop_words import word_of_reply
from lib import phones

ONE_IN = timedelta(hours=1)
MOST_A_DAY = 3
# An answer that comes later than that is of no use, and people have asked in other ways by then.
ANSWERED_WITHIN = timedelta(hours=1)
LAST_TEXTS = 5
OF_NO_ROW = {"phone", "today", "sender"}

# Who files has the conversation's row, so that of two replies of one number the second sees the first's answer.
TAKE_TURN = """
UPDATE campaigns_conversation SET auto_answered_at = clock_timestamp(),
    auto_answers = CASE WHEN auto_answered_at > clock_timestamp() - interval '1 day' THEN auto_answers + 1 ELSE 1 END
WHERE phone = %(phone)s AND (auto_answered_at IS NULL OR auto_answered_at <= clock_timestamp() - %(one_in)s)
    AND (auto_answered_at IS NULL OR auto_answered_at <= clock_timestamp() - interval '1 day'
        OR auto_answers < %(most)s)
"""


class _NoAnswer(Exception):
    """A person has to read it. Nothing was written."""


class WordAnswers:
    """The words that are on, read once; `count` is how many replies were answered."""

    def __init__(self) -> None:
        words = AnswerWord.objects.filter(is_on=True).select_related("changed_by")
        self._words: Mapping[str, AnswerWord] = {one.word: one for one in words}
        self.count = 0

    def answer(self, reply: Reply) -> bool:
        """Have it answered, in the caller's transaction; False: it has no answer, or may have none now."""
        word = self._words.get(word_of_reply(reply.text, reply.shortcode)) if self._words else None
        if word is None or reply.reading or not self._may_be_answered(reply):
            return False
        try:
            with transaction.atomic():
                self._queue(reply, word)
        except (_NoAnswer, single.OverLimit, single.TextCannotBeSent):
            return False
        self.count += 1
        return True

    def _may_be_answered(self, reply: Reply) -> bool:
        is_mobile = bool(reply.phone) and _is_mobile(reply.phone)
        return is_mobile and reply.received_at > timezone.now() - ANSWERED_WITHIN and not _is_ours(reply)

    def _queue(self, reply: Reply, word: AnswerWord) -> None:
        sender = sender_to_answer(reply.shortcode)
        if sender is None:
            raise _NoAnswer
        kind = single.kind_of(sender)
        text = text_for(word.text, reply.phone, sender)
        if text is None or why_kept_out(reply.phone, kind):
            raise _NoAnswer
        with connection.cursor() as cursor:
            cursor.execute(TAKE_TURN, {"phone": reply.phone, "one_in": ONE_IN, "most": MOST_A_DAY})
            if not cursor.rowcount:
                raise _NoAnswer
        source = Message.Source.REPLY
        message = single.queue_single(reply.phone, text, sender, source=source, kind=kind, paid_by=word.changed_by)
        # While sending is stopped it waits, as all texts do, and not for ever.
        Batch.objects.filter(pk=message.batch_id).update(not_after=reply.received_at + ANSWERED_WITHIN)
        Reply.objects.filter(pk=reply.pk).update(answer=message)


def text_for(text: str, phone: str, sender: Sender) -> str | None:
    """The answer as this number gets it; None where it needs a value and there is not exactly one row that has it."""
    try:
        is_of_a_row = bool(set(placeholders.compile(text).names) - OF_NO_ROW)
        row = _only_row(phone) if is_of_a_row else None
        own = row.group.fields.all() if row else ()
        fields = placeholders.FieldTypes((one.key, one.type, one.names) for one in own)
        template = placeholders.compile(text, fields)
    except placeholders.PlaceholderError:
        return None
    if is_of_a_row and (row is None or not _has(row, set(template.names) - placeholders.BUILT_IN.keys(), fields)):
        return None
    render = template.renderer(today=timezone.localdate(), sender=sender.name)
    written = writer.finished(render(phone, row.name if row else "", row.values if row else {}), "")
    return None if isinstance(written, writer.LeftOut) else written[0]


def _only_row(phone: str) -> Contact | None:
    """The one row of this number, over all groups."""
    rows = list(Contact.objects.with_phone(phone).filter(group__deleted_at=None).select_related("group")[:2])
    return rows[0] if len(rows) == 1 else None


def _has(row: Contact, needed: set[str], fields: Mapping[str, str]) -> bool:
    """Whether its group has these fields, and a later file did not leave them as they were."""
    return needed <= fields.keys() - set(row.not_updated or ())


def _is_mobile(phone: str) -> bool:
    try:
        return phones.read_phone(f"+{phone}").digits == phone
    except phones.BadNumber:
        return False


def _is_ours(reply: Reply) -> bool:
    """Whether it says what we said there lately: a machine gives texts back, or is a portal like this one."""
    last = Message.objects.to_phone(reply.phone).order_by("-pk").values_list("text", flat=True)[:LAST_TEXTS]
    return word_of_reply(reply.text) in map(word_of_reply, last)
