"""What scripts asked for, on pages: listed, on the calendar, taken back, decided about, found by its reference."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from campaigns import sending
from campaigns.maintenance import tick
from campaigns.models import Batch, Gate, GivenReference, Message, ScriptCall
from campaigns.sending.claim import claim_next
from campaigns.vendor import waiting
from tests.calls import CALL
from tests.reading import read
from tests.vendor.test_answers import FIRST, SECOND
from tests.vendor.test_dated import in_nairobi, move_due

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def short_wait(monkeypatch):
    monkeypatch.setattr(waiting, "LONGEST_WAIT", timedelta(seconds=5))


@pytest.fixture
def dated(script):
    script.many([FIRST, SECOND], date_send=in_nairobi(timedelta(hours=2)))
    return ScriptCall.objects.get()


def address(name, call):
    return reverse(f"script-call-{name}", args=[call.pk])


def test_what_waits_for_its_date_is_on_its_page_on_messages_and_on_the_calendar(dated, sign_in):
    manager = sign_in("manager")
    listed = read(manager.get(reverse("script-call-list"), {"show": "waiting"}))
    assert "shop" in listed
    assert "Waiting: 2" in listed
    page = read(manager.get(address("detail", dated)))
    assert "2 texts will go" in page
    assert "001A" in page
    assert "Take back what has not gone" in page
    assert "This is a first message" in read(manager.get(reverse("message-list")))
    text = Message.objects.get(phone=FIRST["mobile"])
    told = read(manager.get(reverse("message-detail", args=[text.pk])))
    assert address("detail", dated) in told
    assert "To go" in told
    day = timezone.localtime(dated.due_at)
    calendar = read(manager.get(reverse("calendar"), {"week": f"{day:%Y-%m-%d}"}))
    assert f"{day:%H:%M}</time> shop</a>" in calendar
    assert "2 texts of scripts" in calendar
    of_day = read(manager.get(reverse("script-call-list"), {"day": f"{day:%Y-%m-%d}", "key": dated.api_key_id}))
    assert "Waiting: 2" in of_day
    assert "No calls here" in read(manager.get(reverse("script-call-list"), {"day": "2020-01-01"}))
    assert "No calls here" in read(manager.get(reverse("script-call-list"), {"key": dated.api_key_id + 1}))


def test_taken_back_nothing_of_it_goes(dated, sign_in, gateway, simulator):
    manager = sign_in("manager")
    answer = read(manager.post(address("take-back", dated), follow=True))
    assert "2 texts are taken back." in answer
    move_due(timedelta(hours=3))
    tick.run_tick()
    sending.send_while_there_is_work(gateway, seconds=2)
    assert not simulator.ledger()
    assert set(Message.objects.values_list("status", flat=True)) == {"cancelled"}
    assert AuditEntry.objects.get(act="call taken back").detail == {"texts": 2}
    assert "was taken back already" in read(manager.post(address("take-back", dated), follow=True))


def test_what_is_being_posted_cannot_be_taken_back(dated, sign_in):
    move_due(timedelta(hours=2))
    tick.run_tick()
    assert claim_next(CALL) is not None
    assert "on its way or gone" in read(sign_in("manager").post(address("take-back", dated), follow=True))
    assert set(Message.objects.values_list("status", flat=True)) == {"queued"}


@pytest.mark.parametrize("role", ["viewer", "composer"])
def test_only_managers_take_back(dated, sign_in, role):
    assert sign_in(role).post(address("take-back", dated)).status_code == 403
    assert "Take back" not in read(sign_in(role).get(address("detail", dated)))
    assert Batch.objects.filter(status="waiting").exists()


@pytest.fixture
def in_doubt(script, workers, simulator):
    simulator.behave(drop={"when": "after_accepting"})
    script.many([FIRST, SECOND])
    simulator.behave()
    Gate.objects.update(recent_calls="", open_until=None, trips=0)
    return ScriptCall.objects.get()


def test_a_call_s_texts_are_decided_about_together_after_the_waiting_time(in_doubt, sign_in, simulator):
    manager = sign_in("manager")
    for page in (reverse("message-list"), reverse("home"), address("detail", in_doubt)):
        assert "it is not known whether they went out" in read(manager.get(page)), page
    text = Message.objects.first()
    single = reverse("message-resend", args=[text.pk])
    assert "it is known what became of it" in read(manager.post(single, follow=True))
    early = read(manager.post(address("resend", in_doubt), follow=True))
    assert "Wait until the waiting time is over." in early
    Gate.objects.update(doubt_clock=1e9)
    page = read(manager.get(address("detail", in_doubt)))
    assert "Send again to these 2" in page
    assert "2 texts are sent again" in read(manager.get(address("resend", in_doubt)))
    assert "2 texts are sent again." in read(manager.post(address("resend", in_doubt), follow=True))
    again = Batch.objects.latest("pk")
    assert (again.script_call, again.api_key, again.is_resend) == (in_doubt, in_doubt.api_key, True)


def test_those_whose_call_was_taken_need_the_second_choice(script, workers, simulator, sign_in):
    simulator.behave(reply_shape="missing_items")
    script.many([FIRST, SECOND, FIRST | {"mobile": "254733000000"}])
    simulator.behave()
    call = ScriptCall.objects.get()
    Gate.objects.update(doubt_clock=1e9)
    manager = sign_in("manager")
    assert "1: Q SMS took their call" in read(manager.get(address("detail", call)))
    assert "There is nothing" not in read(manager.post(address("resend", call), follow=True))
    assert Message.objects.get(status="uncertain").attempt == 1
    assert "1 texts are sent again." in read(manager.post(address("resend-all", call), follow=True))


def test_left_they_stay_not_known(in_doubt, sign_in):
    Gate.objects.update(doubt_clock=1e9)
    assert "2 texts are left as they are." in read(sign_in("manager").post(address("leave", in_doubt), follow=True))
    assert set(Message.objects.values_list("status", flat=True)) == {"unknown"}
    assert set(Batch.objects.values_list("status", flat=True)) == {"settled"}


def test_a_text_is_found_by_what_the_script_calls_it(script, workers, sign_in):
    script.many([FIRST, SECOND | {"client_ref": "0722"}])
    viewer = sign_in("viewer")
    found = read(viewer.get(reverse("message-list"), {"q": "001A"}))
    assert FIRST["message"] in found
    assert SECOND["message"] not in found
    assert SECOND["message"] in read(viewer.get(reverse("message-list"), {"q": "0722"}))
    assert "No texts here" in read(viewer.get(reverse("message-list"), {"q": "001A", "status": "skipped"}))


def test_the_texts_of_a_call_are_exported_with_what_the_script_calls_them(script, workers, sign_in):
    script.many([FIRST, SECOND | {"client_ref": ""}])
    call = ScriptCall.objects.get()
    response = sign_in("manager").get(address("export", call))
    lines = b"".join(response.streaming_content).decode().lstrip("\ufeff").splitlines()
    assert lines[0].startswith("client_ref,phone,")
    assert [line.split(",")[0] for line in lines[1:]] == ["001A", ""]
    assert GivenReference.objects.count() == 1
