"""What a campaign costs is told in one way: its texts add up to it, and what did not go out costs nothing."""

import csv
import io
from decimal import Decimal

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.roles import Role
from campaigns import planning, sending
from campaigns.actions import steer
from campaigns.ledger.tallies import totals
from campaigns.maintenance import close_runs, start_runs
from campaigns.models import Campaign, Export, Message
from campaigns.reporting.export import write_export
from campaigns.sending.claim import claim_next
from contacts.models import OptOut
from tests.api.test_api import Script
from tests.makers import make_campaign, make_contact, make_group, make_run, make_sender
from tests.reading import read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gateway(gateway, simulator):
    simulator.behave(report_delay=[60, 60])
    return gateway


@pytest.fixture
def planned():
    """Four people, and one without a balance; as when a frozen campaign waits for its time."""
    group = make_group("four", contacts=4)
    make_contact(group, name="Without", phone="254712000009")
    campaign = make_campaign(group, sender=make_sender("LENDER", "0.60"), audience="frozen", status="active")
    run = make_run(campaign)
    planning.plan_run(run.pk)
    run.refresh_from_db()
    return run


def sums(sign_in, campaign):
    """Parts and cost of the texts: by the API, the page's list, the CSV and the workbook."""
    client, script = sign_in(Role.MANAGER), Script()
    listed = script.call("GET", f"campaigns/{campaign.pk}/messages")[1]["results"]
    for one in listed:
        single = script.call("GET", f"messages/{one['id']}")[1]
        assert (single["parts"], single["cost"]) == (one["parts"], one["cost"])
    yield sum(one["parts"] for one in listed), sum(Decimal(one["cost"]) for one in listed)
    written = b"".join(client.get(f"/campaigns/{campaign.pk}/export").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(written)))
    yield sum(int(one["parts"]) for one in rows), sum(Decimal(one["cost_kes"]) for one in rows)
    client.post(f"/campaigns/{campaign.pk}/export/xlsx")
    export = Export.objects.latest("pk")
    assert write_export(export.pk)
    content = b"".join(client.get(f"/exports/{export.pk}/file").streaming_content)
    heading, *cells = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    parts, cost = heading.index("parts"), heading.index("cost_kes")
    yield sum(int(one[parts]) for one in cells), sum(Decimal(str(one[cost])) for one in cells)


def agree(sign_in, run):
    """The one sum that all tell."""
    told = Script().call("GET", f"campaigns/{run.campaign_id}")[1]
    for parts, cost in sums(sign_in, run.campaign):
        assert (parts, cost) == (told["parts"], Decimal(told["cost"]))
    return told


def test_who_opts_out_before_the_time_costs_nothing(planned, gateway, sign_in):
    """As in tests/data/cases/left_out_has_cost.json."""
    out = Message.objects.filter(run=planned, status="queued").first()
    OptOut.objects.create(phone=out.phone)
    start_runs.start_planned_runs()
    sending.send_while_there_is_work(gateway, seconds=10)
    told = agree(sign_in, planned)
    assert (told["parts"], told["cost"], told["spent"]) == (3, "1.80", "1.80")
    page = read(sign_in(Role.VIEWER).get(f"/messages/{out.pk}"))
    assert "KES 0.00" in page
    assert "about KES" not in page


def test_what_was_cancelled_costs_nothing(planned, sign_in):
    start_runs.start_planned_runs()
    steer.cancel(planned.campaign)
    close_runs.close_cancelled_runs()
    told = agree(sign_in, planned)
    assert told["totals"]["cancelled"] == 4
    assert (told["parts"], told["cost"]) == (0, "0.00")


def test_what_the_gateway_refuses_costs_nothing(planned, gateway, simulator, sign_in):
    phones = list(Message.objects.filter(run=planned, status="queued").values_list("phone", flat=True)[:2])
    simulator.behave(refuse_item={"code": 1002, "phones": phones, "share": 1})
    start_runs.start_planned_runs()
    sending.send_while_there_is_work(gateway, seconds=10)
    told = agree(sign_in, planned)
    assert told["totals"]["rejected"] == 2
    assert (told["parts"], told["cost"]) == (2, "1.20")


def test_a_paused_campaign_tells_what_is_spent_apart_from_what_is_planned(gateway, sign_in, settings):
    sender, now = make_sender("LENDER", "0.60"), timezone.now()
    run = make_run(make_campaign(make_group(contacts=150), sender=sender, status="active", launched_at=now))
    planning.plan_run(run.pk)
    start_runs.start_planned_runs()
    claim = claim_next(settings.QSMS_LEASE_SLACK)
    assert claim is not None
    steer.pause(Campaign.objects.get(pk=run.campaign_id))
    tally = totals(run)
    assert (tally.spent, tally.planned, tally.cost) == (Decimal("60"), Decimal("30"), Decimal("90"))
    told = Script().call("GET", f"campaigns/{run.campaign_id}")[1]
    assert (told["spent"], told["cost"], told["cost_is"]) == ("60.00", "90.00", "estimate")
    client = sign_in(Role.VIEWER)
    assert "KES 60.00 spent, about KES 30.00 planned" in read(client.get(f"/campaigns/{run.campaign_id}"))
    home = read(client.get("/"))  # of what waits nothing is told as spent
    assert "KES 90.00" not in home
