"""From where a deed came: the address of its request, or the command; of nobody else's, and nobody's afterwards."""

import sys
from threading import Thread

import pytest

import manage
from accounts.models import AuditEntry
from campaigns.models import Campaign
from lib.origin import Origin, coming_from, present_origin

pytestmark = pytest.mark.django_db
OTHER = "203.0.113.7"


def test_a_deed_on_a_page_has_the_address_of_its_browser(sign_in):
    sign_in("manager").post("/stop", REMOTE_ADDR=OTHER)
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.user.username, entry.address, entry.command) == ("sending stopped", "a manager", OTHER, "")
    assert present_origin() == Origin()


def test_behind_a_trusted_proxy_it_is_the_one_that_the_proxy_names(sign_in, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.0/8"]
    sign_in("manager").post("/stop", headers={"X-Forwarded-For": f"{OTHER}, 127.0.0.2"})
    assert AuditEntry.objects.get().address == OTHER


def test_an_address_that_is_none_or_names_an_interface_does_not_undo_the_deed(sign_in):
    manager = sign_in("manager")
    manager.post("/stop", REMOTE_ADDR="unix:")
    manager.post("/stop/lift", {"word": "send"}, REMOTE_ADDR="fe80::1%eth0")
    assert list(AuditEntry.objects.order_by("pk").values_list("address", flat=True)) == [None, "fe80::1"]


def test_a_request_that_fails_leaves_nothing_of_it(sign_in, monkeypatch):
    client = sign_in("manager")
    client.raise_request_exception = False
    monkeypatch.setattr(Campaign.objects.__class__, "get_queryset", lambda self: 1 / 0)
    assert client.get("/campaigns/").status_code == 500
    assert present_origin() == Origin()


@pytest.mark.django_db(transaction=True)
def test_a_command_is_named(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["manage.py", "setting", "daily_limit", "5000"])
    manage.main()
    entry = AuditEntry.objects.get()
    assert (entry.command, entry.address, entry.user, entry.about) == ("setting", None, None, "rule daily_limit")
    assert entry.detail == {"before": "off", "after": "5000.00"}
    assert present_origin() == Origin()


def test_another_thread_does_not_see_it():
    seen = []
    with coming_from(Origin(address=OTHER)):
        thread = Thread(target=lambda: seen.append(present_origin()))
        thread.start()
        thread.join()
    assert seen == [Origin()]
