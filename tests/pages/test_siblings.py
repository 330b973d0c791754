"""What pages, files and scripts tell of a run that has several texts for a number."""

import csv
import io
import re

import pytest
from django.urls import reverse

from accounts.roles import Role
from campaigns.models import Message
from campaigns.reporting.export import export_rows
from tests.api.test_api import Script
from tests.calls import make_family_run, send
from tests.makers import make_family_group

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run():
    """A mother of two, and a father of one who is left out."""
    due = {"balance": "500.00"}
    group = make_family_group(
        [
            ("254700000001", [("1201", "Amina", due), ("1202", "Brian", due)]),
            ("254700000002", [("=1203", "Carol", due)]),
        ]
    )
    run = make_family_run(group)
    Message.objects.filter(reference="=1203").update(status="skipped", reason="missing:balance", detail="=1203, Carol")
    send()
    send()
    return run


@pytest.fixture
def script():
    return Script()


def page(client, name, *where, **query):
    return client.get(reverse(name, args=where), query).content.decode()


def test_the_campaign_s_page_tells_texts_and_people(sign_in, run):
    told = " ".join(page(sign_in(Role.VIEWER), "campaign-detail", run.campaign_id).split())
    assert "3 texts to 2 people. Sent 2. 1 left out: 1 has no balance." in told
    assert "3 texts to 2 people, 2 parts" in told


def test_lists_of_campaigns_and_runs_count_people(sign_in, run):
    client = sign_in(Role.VIEWER)
    for name, where in [("campaign-list", ()), ("run-list", (run.campaign_id,))]:
        told = re.sub(r'\s+|data-label="\w+"', "", page(client, name, *where))
        assert '<tdclass="text-end">2</td>' in told, name
        assert '<tdclass="text-end">3</td>' not in told, name


def test_where_everybody_has_one_the_page_says_what_it_said(sign_in, run):
    Message.objects.filter(reference="1202").delete()
    make_one = make_family_run(make_family_group([("254700000003", [("1", "Dan", {"balance": "1.00"})])]))
    send()
    told = " ".join(page(sign_in(Role.VIEWER), "campaign-detail", make_one.campaign_id).split())
    assert "Sent to 1 of 1." in told
    assert "1 person, 1 part:" in told


def test_the_log_and_a_text_s_page_name_the_row(sign_in, run):
    client = sign_in(Role.VIEWER)
    log = page(client, "campaign-messages", run.campaign_id)
    assert [reference in log for reference in ("1201", "1202", "=1203")] == [True] * 3
    text = Message.objects.get(reference="=1203")
    told = " ".join(page(client, "message-detail", text.pk).split())
    assert "has no balance (=1203, Carol)" in told
    assert "In Q SMS" not in told
    assert '<dt class="col-sm-3">About</dt> <dd class="col-sm-9">=1203</dd>' in told


def test_files_have_the_reference_behind_the_number_without_formulas(sign_in, run):
    response = sign_in(Role.MANAGER).get(reverse("campaign-export", args=[run.campaign_id]))
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert list(rows[0])[:3] == ["phone", "reference", "text"]
    assert {one["reference"] for one in rows} == {"1201", "1202", "'=1203"}
    assert {row[1] for row in export_rows(Message.objects.all())} == {"1201", "1202", "=1203"}


def test_scripts_are_told_texts_people_and_rows(script, run):
    status, told = script.call("GET", f"campaigns/{run.campaign_id}")
    assert (status, told["totals"]["audience"], told["totals"]["people"]) == (200, 3, 2)
    assert told["one_text_for"] == "row"
    _, runs = script.call("GET", f"campaigns/{run.campaign_id}/runs")
    assert runs["results"][0]["totals"]["people"] == 2
    _, told = script.call("GET", f"campaigns/{run.campaign_id}/messages")
    assert {one["reference"] for one in told["results"]} == {"1201", "1202", "=1203"}


def test_a_text_of_a_group_without_a_key_has_none(script, run):
    Message.objects.filter(reference="1202").delete()
    Message.objects.update(reference="")
    _, told = script.call("GET", f"campaigns/{run.campaign_id}/messages")
    assert {one["reference"] for one in told["results"]} == {None}
