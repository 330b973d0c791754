"""How long the server takes for pages over big tables: the median of some calls, in milliseconds."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from decimal import Decimal
from typing import TextIO

from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from campaigns.ledger.tallies import recount
from campaigns.models import Campaign, CampaignGroup, DayFigures, Message, Run, Sender
from campaigns.models.figures import DELAY_BUCKETS
from campaigns.reporting.campaign_list import SORTS
from contacts.models import ContactField, ContactGroup

CALLS = 9
CAMPAIGNS = 10_000
BATCH = 100
RARE = 20

CONTACTS = """
INSERT INTO contacts_contact (group_id, phone, name, "values", consent_source, created_at, updated_at)
SELECT %s, '25472' || lpad(n::text, 7, '0'), 'Person' || n || ' Wanjiru',
    jsonb_build_object('balance', n || '.50', 'town', 'Nakuru'), '', now(), now()
FROM generate_series(1, %s) n
"""
BATCHES = """
INSERT INTO campaigns_batch (run_id, sender_id, kind, status, size, claim, not_before, tries, problem, tally, left_out,
    parts, cost, posted_at, settled_at)
SELECT %s, %s, 'transactional', 'settled', %s, 1, now(), 1, '', '{}', '{}', 0, 0, now(), now()
FROM generate_series(1, %s)
"""
# The oldest ones failed: a filter for them has to find them at the far end.
MESSAGES = """
INSERT INTO campaigns_message (run_id, batch_id, contact, phone, source, text, parts, cost, cost_is_actual, status,
    reason, detail, attempt, gateway_id, network, created_at, accepted_at, delivered_at)
SELECT %s, %s + (n - 1) / %s, n, '25472' || lpad(n::text, 7, '0'), 'campaign',
    'Dear Person' || n || ', your balance of KES ' || n || '.50 is due.', 1, 0.6, true,
    CASE WHEN n <= %s THEN 'rejected' ELSE 'delivered' END, CASE WHEN n <= %s THEN 'bad_number' ELSE '' END,
    '', 1, 'g' || n, '', now(), now(), now()
FROM generate_series(1, %s) n
"""


def measure(rows: int) -> list[tuple[str, float]]:
    """Fill the tables and ask for each page; what was asked for with its milliseconds."""
    group, campaign = _filled(rows)
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_superuser("bench"), backend="django.contrib.auth.backends.ModelBackend")
    middle = Message.objects.order_by("pk").values_list("pk", flat=True)[0] + rows // 2
    log = f"/campaigns/{campaign.pk}/messages"
    pages = {
        "an empty page: the profile": "/profile",
        "home": "/",
        "contacts: the list": f"/contacts/{group.pk}",
        "contacts: from the middle": f"/contacts/{group.pk}?after={middle}",
        "contacts: by a name": f"/contacts/{group.pk}?q=person777",
        "contacts: by a common name": f"/contacts/{group.pk}?q=wanj",
        "contacts: by a whole number": f"/contacts/{group.pk}?q=0720555555",
        "contacts: by the end of a number": f"/contacts/{group.pk}?q=55555",
        f"campaigns, of {CAMPAIGNS:,}": "/campaigns/",
        **{f"campaigns by {column}": f"/campaigns/?sort={column}" for column in SORTS},
        "campaign": f"/campaigns/{campaign.pk}",
        "texts of it: the log": log,
        "texts of it: from the middle": f"{log}?before={middle}",
        f"texts of it: the {RARE} refused": f"{log}?status=rejected",
        "texts of it: a status nobody has": f"{log}?status=undelivered",
        "texts: to one number": "/messages/?q=0720555555",
    }
    return [(what, _milliseconds(client, path)) for what, path in pages.items()]


def show(pages: list[tuple[str, float]], rows: int, out: TextIO) -> None:
    empty = pages[0][1]
    out.write(f"\n{f'a page over {rows:,} rows':<44}{'milliseconds':>15}{'beside the empty page':>24}\n")
    for what, milliseconds in pages:
        out.write(f"{what:<44}{milliseconds:>15.1f}{milliseconds / empty:>24.1f}\n")


def _milliseconds(client: Client, path: str) -> float:
    taken = []
    for _ in range(CALLS):
        start = time.perf_counter()
        assert client.get(path).status_code == 200, path
        taken.append(time.perf_counter() - start)
    return 1000 * statistics.median(taken)


def _filled(rows: int) -> tuple[ContactGroup, Campaign]:
    group = ContactGroup.objects.create(name="pages")
    for key, type_ in (("balance", "money"), ("town", "text")):
        ContactField.objects.create(group=group, key=key, label=key, type=type_)
    sender = Sender.objects.order_by("pk").first() or Sender.objects.create(name="PAGES", price=Decimal("0.60"))
    campaign = Campaign.objects.create(name="pages", text="Dear", sender=sender, status=Campaign.Status.FINISHED)
    CampaignGroup.objects.create(campaign=campaign, group=group, position=0)
    _many_campaigns(sender)
    run = Run.objects.create(campaign=campaign, status=Run.Status.FINISHED, text="Dear", scheduled_for=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(CONTACTS, [group.pk, rows])
        cursor.execute(BATCHES + " RETURNING id", [run.pk, sender.pk, BATCH, rows // BATCH])
        batches = sorted(pk for (pk,) in cursor.fetchall())
        cursor.execute(MESSAGES, [run.pk, batches[0], BATCH, RARE, RARE, rows])
        recount(batches)
        cursor.execute("VACUUM ANALYZE")
    return group, campaign


def _many_campaigns(sender: Sender) -> None:
    """One an hour, each with a run and the figures of its day."""
    now = timezone.now()
    made = Campaign.objects.bulk_create(
        Campaign(name=f"Fees {n * 7919 % CAMPAIGNS}", text="Dear", sender=sender, status=Campaign.Status.FINISHED)
        for n in range(CAMPAIGNS)
    )
    runs = Run.objects.bulk_create(
        Run(
            campaign=one, status=Run.Status.FINISHED, text="Dear", audience=100 + n % 997, planned_at=now,
            scheduled_for=now - timedelta(hours=CAMPAIGNS - n),
        )
        for n, one in enumerate(made)
    )  # fmt: skip
    DayFigures.objects.bulk_create(
        DayFigures(
            day=run.scheduled_for.date(), campaign=run.campaign_id, sender=sender.pk, source="campaign",
            delivered=run.audience, cost=run.audience, delays=[0] * (len(DELAY_BUCKETS) + 1),
        )
        for run in runs
    )  # fmt: skip
