"""A database of an older release comes to the same functions as a new one, and its workers go on meanwhile.

`functions_of_NNNN.sql` is what the release whose last migration that was had, where it differs from what the migration
makes today.
"""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection, transaction

from campaigns import planning
from campaigns.maintenance.start_runs import start_run
from campaigns.models import Batch, Campaign, Message
from campaigns.sending.claim import claim_next
from campaigns.sending.settle import Result, settle
from tests.makers import make_campaign, make_group, make_run
from tests.sql.definitions import REPOSITORY, definitions

HERE = Path(__file__).parent
OF_0010 = HERE / "functions_of_0010.sql"
OF_0018 = HERE / "functions_of_0018.sql"
# What its last workers called, which new databases never had.
OLD_SETTLE = "campaigns_settle(bigint,integer,jsonb,bigint[],character varying,character varying,interval)"
# Functions that are newer than 0018, or others since.
LATER = ("settle_", "claim_next", "campaigns_forget", "campaigns_recount", "note_", "marketing_had")

# Each step is a migration to go to, or a file to run; printed is what there is after each.
STEPS = """
import django, json, os, sys; django.setup()
from pathlib import Path
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["NAME"]
from django.core.management import call_command
from django.db import connection
from tests.sql.definitions import definitions
for step in sys.argv[1:]:
    with connection.cursor() as cursor:
        if step.endswith(".sql"):
            cursor.execute(Path(step).read_text())
        else:
            call_command("migrate", *step.split(), verbosity=0)
        print(json.dumps(definitions(cursor)))
"""


@pytest.fixture
def database(transactional_db):
    name = f"{connection.settings_dict['NAME']}_older"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}")
        yield name
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def after(database, *steps):
    process = subprocess.run(
        [sys.executable, "-c", STEPS, *map(str, steps)],
        cwd=REPOSITORY,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "NAME": database},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return [json.loads(line) for line in process.stdout.splitlines()]


@pytest.mark.servers
def test_older_databases_come_to_the_functions_of_a_new_one(database):
    """From 0010 and 0018 with the functions that were made of them then; and back, and on again."""
    with connection.cursor() as cursor:
        new = definitions(cursor)
    _, of_0010, head, back, of_0018, again, back_at_0010, at_last = after(
        database, "campaigns 0010", OF_0010, "", "campaigns 0018", OF_0018, "", "campaigns 0010", ""
    )
    changed = [name for name in of_0010.keys() & new.keys() if of_0010[name] != new[name]]
    assert {"campaigns_recount(bigint[])", "contacts_count_inserted()"} < set(changed)
    # It stays, for workers of that release that go on while this is put in.
    settle = {OLD_SETTLE: of_0010[OLD_SETTLE]}
    assert head == new | settle
    assert {name for name in back if back[name] != head[name]} | head.keys() - back.keys() == {
        name for name in new if any(word in name for word in LATER)
    }
    assert len([name for name in of_0018 if of_0018[name] != back[name]]) == 1
    assert again == new | settle
    assert not [name for name in back_at_0010 if "settle_" in name or "store_reports" in name]
    assert at_last == new | settle


@pytest.fixture
def claim(transactional_db):
    """One text each that was accepted with an id and without, refused, refused for a while, and told nothing of."""
    run = make_run(make_campaign(make_group(contacts=5), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    assert start_run(run)
    return claim_next(timedelta(seconds=10))


def test_workers_of_older_releases_write_down_the_same(claim):
    accepted, no_id, refused, unsent, _ = (text.message for text in claim.texts)
    results = [
        Result(accepted, "accepted", gateway_id="g1", network="Safaricom", cost=Decimal("0.80")),
        Result(no_id, "accepted", network="Safaricom", cost=Decimal("0.80")),
        Result(refused, "rejected", "bad_number", "1003 no such number", cost=Decimal(0)),
    ]
    letters = [
        {"s": "accepted", "m": [accepted, no_id], "g": ["g1", ""], "n": "Safaricom", "c": "0.80"},
        {"s": "rejected", "m": [refused], "g": [""], "r": "bad_number", "d": "1003 no such number", "c": "0"},
    ]
    one_by_one = [
        {"s": "accepted", "m": accepted, "g": "g1", "n": "Safaricom", "c": "0.80"},
        {"s": "accepted", "m": no_id, "n": "Safaricom", "c": "0.80"},
        {"s": "rejected", "m": refused, "r": "bad_number", "d": "1003 no such number", "c": "0"},
    ]

    def now():
        return settle(claim, results, [unsent], "Busy.").breaker_cares

    def by_0018():
        return called("campaigns_settle_outcomes", letters)

    def by_0010():
        with connection.cursor() as cursor:
            cursor.execute(re.search(r"CREATE OR REPLACE FUNCTION campaigns_settle\(.*", OF_0010.read_text(), re.S)[0])
        return called("campaigns_settle", one_by_one)

    def called(function, told):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT is_ours, breaker_cares FROM {function}(%s, %s, %s::jsonb, %s::bigint[], %s, %s, %s::interval)",
                [claim.batch, claim.number, json.dumps(told), [unsent], "no_answer", "Busy.", timedelta(seconds=2)],
            )
            is_ours, breaker_cares = cursor.fetchone()
        assert is_ours
        return breaker_cares

    assert written(by_0018) == written(now)
    assert written(by_0010) == written(now)


def written(write):
    """What `write` makes of the batch and its messages; then it is undone."""
    with transaction.atomic():
        breaker_cares = write()
        texts = Message.objects.order_by("pk").values_list(
            "status", "reason", "detail", "gateway_id", "network", "cost", "cost_is_actual"
        )
        batches = Batch.objects.order_by("pk").values_list(
            "status", "size", "problem", "tally", "failures", "parts", "cost"
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT gateway_id, message_id FROM campaigns_givenid")
            found = [*texts], [*batches], cursor.fetchall(), breaker_cares
        transaction.set_rollback(True)
    assert [status for status, *_ in found[0]] == ["accepted", "accepted", "rejected", "queued", "uncertain"]
    return found
