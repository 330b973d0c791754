"""Calls of the gateway without a gateway, and the reports that it would post of their texts."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import NamedTuple

from django.db import connection, connections
from django.utils import timezone

from campaigns import planning
from campaigns.audience.numbers import digest_of, names_read
from campaigns.ledger.batches import recount_moved
from campaigns.maintenance import close_runs, start_runs
from campaigns.models import Batch, Campaign, GivenId, Message, Run
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result
from contacts.models import Contact
from tests.makers import make_campaign, make_group, make_run

CALL = timedelta(seconds=70)


def planned_run(**campaign):
    run = make_run(make_campaign(make_group(contacts=3), **campaign))
    planning.plan_run(run.pk)
    return run


def make_sending_run(group=None, contacts=20, **campaign):
    """A planned run whose batches may be claimed."""
    group = group or make_group(contacts=contacts)
    run = make_run(make_campaign(group, status=Campaign.Status.ACTIVE, **campaign))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    assert start_runs.start_run(run)
    return run


def with_siblings(run, texts=2, known=False):
    """Each number of the run gets so many texts, in a batch for each turn: those that it has tell of the row "1".

    `known`: the others have gone, and have ids.
    """
    firsts = list(Message.objects.filter(run=run).order_by("pk"))
    Message.objects.filter(run=run).update(reference="1")
    for turn in range(2, texts + 1):
        batch = Batch.objects.create(run=run, sender=run.campaign.sender, size=0)
        for first in firsts:
            make_sibling(first, str(turn), batch)
        if known:
            status = {"status": "settled", "posted_at": timezone.now(), "settled_at": timezone.now()}
            Batch.objects.filter(pk=batch.pk).update(**status)
            for one in batch.messages.all():
                GivenId.objects.create(gateway_id=f"s{one.pk}", message=one)
                sent = {"status": "accepted", "posted_at": timezone.now(), "accepted_at": timezone.now()}
                Message.objects.filter(pk=one.pk).update(gateway_id=f"s{one.pk}", **sent)
        recount_moved([batch.pk])
    return run


def make_family_run(group, joined=False, size=100, status=Run.Status.SENDING, campaign=None, **fields):
    """A run of a group with a key as its planner leaves it: a text each row, or one for all rows of a number.

    `campaign`: fields of its campaign.
    """
    way = "number" if joined else "row"
    campaign = make_campaign(group, status=Campaign.Status.ACTIVE, one_text_for=way, **(campaign or {}))
    check_rows = fields.pop("check_rows", False)
    run = make_run(campaign, status, planned_at=timezone.now(), **fields)
    families: dict[str, list[Contact]] = {}
    for row in group.contacts.order_by("phone", "id"):
        families.setdefault(row.phone, []).append(row)
    turns: dict[int, list[Message]] = {}
    for rows in families.values():
        for turn, told in enumerate([rows] if joined else [[row] for row in rows]):
            turns.setdefault(turn, []).append(_text_of(run, told, joined))
    for texts in turns.values():
        for start in range(0, len(texts), size):
            batch = Batch.objects.create(run=run, sender=campaign.sender, kind=campaign.kind, size=0)
            for one in texts[start : start + size]:
                one.batch = batch
            Message.objects.bulk_create(texts[start : start + size])
            recount_moved([batch.pk])
    counted = {"audience": sum(map(len, turns.values())), "people": len(families)}
    Run.objects.filter(pk=run.pk).update(check_rows=check_rows, **counted)
    run.refresh_from_db()
    return run


def _text_of(run, rows, joined):
    first = rows[0]
    came_together = {}
    if joined and len(rows) > 1:
        read = [_Read(row.pk, row.phone, row.name, row.values) for row in rows]
        digest = digest_of(read, names_read(run.text))
        came_together = {"rows": [row.pk for row in rows], "rows_digest": digest}
    text = " and ".join(f"{row.name} {row.values.get('balance', '')}" for row in rows)
    fields = {"contact": first.pk, "phone": first.phone, "reference": "" if joined else first.reference}
    return Message(run=run, text=text, parts=1, cost="0.60", **fields, **came_together)


class _Read(NamedTuple):
    contact: int
    phone: str
    name: str
    values: dict[str, str]


def make_sibling(message, reference="2", batch=None, **fields):
    """Another text to the same number by the same run, in the same batch where no other is named."""
    copy = Message.objects.get(pk=message.pk)
    copy.pk, copy._state.adding = None, True
    copy.reference, copy.text = reference, f"{message.text} ({reference})"
    copy.batch = batch or message.batch
    for name, value in fields.items():
        setattr(copy, name, value)
    copy.save()
    recount_moved([copy.batch_id])
    return copy


def begin_call():
    """Claim the next batch and mark it as posted."""
    claim = claim_next(CALL)
    assert mark_posted(claim)
    return claim


def accept_all(claim):
    """That each of its texts was accepted."""
    return [Result(one.message, "accepted", gateway_id=f"g{one.message}") for one in claim.texts]


def end_call(claim, accepted=0, ids=lambda message: f"g{message}"):
    """Write down that so many of the call's texts were accepted, with these ids; of the others nothing is known."""
    settle.settle(
        claim, [Result(one.message, "accepted", gateway_id=ids(one.message)) for one in claim.texts[:accepted]]
    )
    return texts_of(claim)


def send(accepted=20):
    """Post the next batch, of which so many texts are accepted; all messages that there are."""
    claim = claim_next(CALL)
    mark_posted(claim)
    results = [Result(one.message, "accepted", gateway_id=f"g{one.message}") for one in claim.texts[:accepted]]
    settle.settle(claim, results)
    return list(Message.objects.select_related("batch__sender").order_by("pk"))


def make_broken_run():
    """A run of 200 texts in two calls that both broke."""
    run = make_sending_run(contacts=200)
    while claim := claim_next(CALL):
        mark_posted(claim)
        settle.settle_in_doubt(claim, "connection_broke", "broke")
    close_runs.close_finished_runs()
    run.refresh_from_db()
    assert run.status == Run.Status.FINISHED
    return run


def texts_of(claim):
    """The messages of a claim, as they are now."""
    wanted = [one.message for one in claim.texts]
    return list(Message.objects.select_related("batch__sender").filter(pk__in=wanted).order_by("pk"))


def report(message, description="DeliveredToTerminal", gateway_id=None, **fields):
    return {
        "messageId": message.gateway_id if gateway_id is None else gateway_id,
        "dlrTime": "2026-11-24 20:24:18",
        "dlrStatus": "",
        "dlrDesc": description,
        "destaddr": message.phone,
        "sourceaddr": message.batch.sender.name,
        "origin": "Safaricom",
        **fields,
    }


def status_of(message):
    return Message.objects.values_list("status", flat=True).get(pk=message.pk)


def wrong_tallies():
    """The batches whose tallies are not what their rows are."""
    wrong = []
    for batch in Batch.objects.all():
        counted: dict[str, int] = {}
        for status in Message.objects.filter(batch=batch).values_list("status", flat=True):
            counted[status] = counted.get(status, 0) + 1
        if counted != batch.tally:
            wrong.append((batch.pk, counted, batch.tally))
    return wrong


class Beside(threading.Thread):
    """Work done at the same time, on connections of its own; `join` raises what it raised."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.error = work, None
        self.start()

    def run(self):
        try:
            self.work()
        except BaseException as error:
            self.error = error
        finally:
            connections.close_all()

    def join(self, timeout=60):
        super().join(timeout)
        assert not self.is_alive()
        if self.error is not None:
            raise self.error


WAITING = """
SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE NOT granted AND datname = current_database()
"""


def until_somebody_waits_for_a_lock(how_many=1):
    """Of this database: other test processes share the server."""
    until = time.monotonic() + 30
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            # Else a transaction goes on seeing the sessions that it saw first.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            if cursor.fetchone()[0] >= how_many:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits")


def latest(run):
    return Run.objects.get(pk=run.pk)
