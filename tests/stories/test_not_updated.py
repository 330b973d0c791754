"""May's fees, then June's, of which some cannot be read: by the pages, the command and the API, to the texts."""

import io

import pytest
from django.core.management import call_command
from django.urls import reverse

from accounts.roles import Role
from campaigns import planning
from campaigns.actions import launch
from campaigns.models import Message
from contacts.models import ContactGroup
from tests.api.test_api import Script
from tests.contacts.uploads import JANE, JOHN, MARY, checked, imported, undone
from tests.makers import make_campaign, make_group, make_sender
from tests.reading import read

pytestmark = pytest.mark.django_db(transaction=True)

MAY = f"Phone,Name,Fee Balance\n{JANE},Jane,7000\n{JOHN},John,9000\n{MARY},Mary,1\n"
JUNE = f"Phone,Name,Fee Balance\n{JANE},Jane,ask the bursar\n{JOHN},John,500\n07,Mary,3000\n"
KEPT = "1 person keeps an old value: what the file says of it cannot be read."
UNMARKED = "1 rejected row has no number that can be read."


def make_fees():
    group = make_group("Fees", fields={})
    imported(group, MAY)
    return group


def test_the_pages_say_who_was_not_updated_and_no_text_has_the_amount_of_may(sign_in):
    client, group = sign_in(Role.MANAGER), make_fees()
    check = checked(group, JUNE)
    shown = read(client.get(reverse("upload-detail", args=[check.pk])))
    assert KEPT in shown
    assert UNMARKED in shown
    assert "campaigns leave these people out, so that nobody is texted last month&#x27;s amount" in shown
    client.post(reverse("upload-import", args=[check.pk]), {"mode": "update", "keep_empty": "on"})
    upload = imported(group, JUNE)
    shown = read(client.get(reverse("upload-detail", args=[upload.pk])))
    assert KEPT in shown
    assert UNMARKED in shown
    assert read(client.get(reverse("group-detail", args=[group.pk]))).count("not updated") == 1
    assert read(client.get(reverse("person-detail", args=[JANE]))).count("not updated") == 1
    assert "not updated" not in read(client.get(reverse("person-detail", args=[JOHN])))

    campaign = make_campaign(group, text="Dear <name>, KES <fee_balance>")
    run = launch.launch(campaign.pk)
    planning.begin_planning(run)
    assert planning.plan_run(run.pk)
    assert dict(Message.objects.values_list("phone", "text")) == {
        JANE: "", JOHN: "Dear John, KES 500.00", MARY: "Dear Mary, KES 1.00"
    }  # fmt: skip
    listed = client.get(reverse("campaign-detail", args=[campaign.pk]))
    assert "the Fee Balance was not updated" in read(listed)
    undone(upload)
    assert "not updated" not in read(client.get(reverse("group-detail", args=[group.pk])))


def test_the_command_tells_what_the_pages_tell(tmp_path):
    (tmp_path / "may.csv").write_text(MAY)
    (tmp_path / "june.csv").write_text(JUNE)
    for name, more, expected in (
        ("may", ["--create-group"], []),
        ("june", ["--dry-run"], [KEPT, UNMARKED]),
        ("june", [], [KEPT, UNMARKED]),
    ):
        out, err = io.StringIO(), io.StringIO()
        path = str(tmp_path / f"{name}.csv")
        call_command("import_contacts", path, "--group", "Fees", *more, stdout=out, stderr=err)
        lines = [line for line in err.getvalue().splitlines() if line.startswith(("1 person", "1 rejected"))]
        assert [line.startswith(words) for line, words in zip(lines, expected, strict=True)] == [True] * len(expected)
    marks = dict(ContactGroup.objects.get(name="Fees").contacts.values_list("phone", "not_updated"))
    assert marks == {JANE: ["fee_balance"], JOHN: None, MARY: None}


def test_scripts_see_the_mark_take_it_away_and_choose_the_old_value():
    script, group = Script(), make_fees()
    imported(group, JUNE)
    make_sender("S", is_default=True)
    body = {"name": "June", "group": "Fees", "text": "KES <fee_balance>", "kind": "transactional"}
    previews = []
    for choice in ({}, {"old_values": "skip"}, {"old_values": "send"}):
        status, told = script.call("POST", "campaigns", body | choice)
        assert status == 201
        previews.append(script.call("GET", f"campaigns/{told['id']}/preview")[1]["left_out"])
    left_out = {"not_updated:fee_balance": 1}
    assert previews == [left_out, left_out, {}]
    script.call("PATCH", f"campaigns/{told['id']}", {"old_values": "skip"})
    assert script.call("GET", f"campaigns/{told['id']}/preview")[1]["left_out"] == left_out
    assert script.call("POST", "campaigns", body | {"old_values": "perhaps"})[0] == 422

    _, told = script.call("GET", f"contacts?group=Fees&phone={JANE}")
    assert told["results"][0]["not_updated"] == ["fee_balance"]
    posted = told["results"][0] | {"fee_balance": "8"}
    assert script.call("POST", "contacts", {"group": "Fees", "contacts": [posted]})[1]["updated"] == 1
    _, told = script.call("GET", "contacts?group=Fees")
    assert ["not_updated" in one for one in told["results"]] == [False, False, False]
    assert group.fields.count() == 1
