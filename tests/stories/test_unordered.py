"""More and less are for amounts and days: what compares a text so, from before, says it and does not start."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from campaigns import planning
from campaigns.maintenance import start_runs
from campaigns.models import Campaign, Message, Run
from campaigns.sending.claim import claim_next
from campaigns.tasks import plan_run
from contacts.models import ContactField, Segment
from tests.api.test_api import Script
from tests.makers import make_campaign, make_contact, make_group, make_run, make_sender
from tests.segments import campaign_to, segment_of

pytestmark = pytest.mark.django_db(transaction=True)

OWES = [{"field": "balance", "op": ">=", "value": "5000"}]
WORDS = "“balance” is text. Make it money"


@pytest.fixture
def group(db):
    group = make_group("loans", fields={"balance": "text", "paid": "boolean"})
    for balance in ("900", "12,500", "CLEARED"):
        make_contact(group, balance=balance)
    make_sender("LENDER", is_default=True)
    return group


@pytest.mark.parametrize("op", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("field", ["balance", "name", "phone", "paid"])
def test_a_script_is_refused_it(group, field, op):
    filter = [{"field": field, "op": op, "value": "0712345678" if field == "phone" else "yes"}]
    script = Script()
    new = {"name": "Nov", "group": "loans", "text": "Hello", "kind": "transactional", "filter": filter}
    for path, body in (("campaigns", new), ("segments", {"name": "Owing", "groups": ["loans"], "filter": filter})):
        status, told = script.call("POST", path, body)
        assert (status, list(told["error"]["fields"])) == (422, ["filter"])
        assert "amounts and dates" in told["error"]["message"]
    assert not Campaign.objects.exists()
    assert not Segment.objects.exists()


def test_pages_say_to_make_it_money(group, sign_in):
    asked = {"field_0": "balance", "op_0": ">=", "value_0": "5000"}
    page = sign_in(Role.COMPOSER).get(f"/contacts/{group.pk}", asked).content.decode()
    assert WORDS in page
    posted = {"name": "Owing", "groups": [group.pk], **asked}
    assert WORDS in sign_in(Role.COMPOSER).post("/contacts/segments/new", posted).content.decode()
    assert not Segment.objects.exists()


def test_a_segment_and_a_campaign_from_before_say_so_and_do_not_start(group, sign_in):
    segment = segment_of(group, filter=OWES)
    draft = campaign_to(segment, kind="transactional")
    composer = sign_in(Role.COMPOSER)
    for path in ("/contacts/segments", f"/contacts/segments/{segment.pk}", f"/campaigns/{draft.pk}/check"):
        assert WORDS in composer.get(path).content.decode()
    status, told = Script().call("POST", f"campaigns/{draft.pk}/launch")
    assert (status, list(told["error"]["fields"])) == (422, ["who"])
    assert not Run.objects.exists()


@pytest.mark.parametrize("by_segment", [True, False])
def test_a_run_that_comes_due_halts_in_words_at_once(group, sign_in, by_segment):
    if by_segment:
        campaign = campaign_to(segment_of(group, filter=OWES), status="active")
    else:
        campaign = make_campaign(group, status="active", filter=OWES)
    run = make_run(campaign, status="scheduled", scheduled_for=timezone.now())
    assert WORDS in sign_in(Role.VIEWER).get(f"/campaigns/{campaign.pk}").content.decode()
    assert planning.begin_planning(run)
    plan_run(run.pk)
    run.refresh_from_db()
    assert run.status == "halted"
    assert WORDS in run.reason
    assert not Message.objects.exists()
    assert WORDS in sign_in(Role.VIEWER).get(f"/campaigns/{campaign.pk}").content.decode()


def test_a_run_whose_people_are_looked_at_again_halts_and_the_others_go_on():
    owing = make_group("owing", fields={"balance": "money"})
    make_contact(owing, balance="5000.00")
    first = make_campaign(owing, status="active", filter=[{"field": "balance", "op": ">=", "value": "1"}])
    run = make_run(first, recheck=True)
    other = make_run(make_campaign(owing, status="active"))
    for one in (run, other):
        assert planning.plan_run(one.pk)
    ContactField.objects.filter(group=owing).update(type="text")
    start_runs.start_planned_runs()
    claims = [claim_next(timedelta(seconds=5)) for _ in range(2)]
    assert [one.run for one in claims if one] == [other.pk]
    run.refresh_from_db()
    assert run.status == "halted"
    assert WORDS in run.reason
    assert Message.objects.get(run=run).status == "queued"
