"""Mails that tell of what happened: who gets one, once each, by a real server; and the number in the menu."""

import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from kombu import Connection
from playwright.sync_api import expect

from accounts.mails import About, Whose, whose
from accounts.models import AuditEntry, User
from accounts.roles import Role
from campaigns import tasks
from campaigns.actions import set_rules, steer
from campaigns.maintenance import retention
from campaigns.maintenance.noticing import note_what_happened
from campaigns.models import Campaign, Gate, Notice, Reply, Run
from campaigns.reporting.needing import needing_somebody
from campaigns.reporting.notice_mail import due_notices, mail_notice
from campaigns.sending import halts
from qsms_portal.celery import app
from qsms_portal.embedded import ensure_redis
from tests.approving import asked, person
from tests.axe import violations
from tests.calls import Beside, make_broken_run, make_sending_run, send
from tests.mailbox import link_in, mailbox
from tests.makers import make_campaign, make_group, make_run
from tests.pages.browsing import signed_in

pytestmark = pytest.mark.django_db


def served(port=25):
    backend = "django.core.mail.backends.smtp.EmailBackend"
    mails = {"EMAIL_URL": "smtp://x", "EMAIL_BACKEND": backend, "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port}
    return override_settings(PUBLIC_URL="https://sms.example.org", **mails)


@pytest.fixture
def office(db):
    """A composer who makes campaigns, a manager who sends them, another manager, a viewer."""
    roles = {"colin": Role.COMPOSER, "mary": Role.MANAGER, "max": Role.MANAGER, "vera": Role.VIEWER}
    return {name: person(name, role, f"{name}@example.org")[0] for name, role in roles.items()}


def a_run(office, status=Run.Status.SENDING, **fields):
    campaign = make_campaign(make_group(contacts=2), created_by=office["colin"], spender=office["mary"], name="October")
    return make_run(campaign, status, **{"audience": 2} | fields)


def told():
    """Note what happened; who is told what of it."""
    Notice.objects.all().delete()
    with served():
        note_what_happened()
    return sorted(f"{one.person.username}: {one.subject}" for one in Notice.objects.select_related("person"))


def choose(user, **mails):
    User.objects.filter(pk=user.pk).update(mails=mails)


def test_whoever_made_or_sent_it_is_told_once_that_it_has_ended(office):
    run = a_run(office)
    assert told() == []
    Run.objects.update(status="finished")
    assert told() == ["colin: Ended: October", "mary: Ended: October"]
    assert told() == []
    # Sent again by somebody, and ended again.
    Run.objects.update(status="sending")
    assert told() == []
    Run.objects.update(status="finished")
    assert len(told()) == 2
    assert Run.objects.get(pk=run.pk).told_as == "finished"


def test_a_run_for_nobody_is_told_to_nobody(office):
    a_run(office, Run.Status.FINISHED, audience=0)
    assert told() == []


def test_managers_are_told_of_every_stop_and_whoever_made_it_of_theirs(office):
    run = a_run(office)
    halts.halt_run(run.pk, "The sender was refused.")
    assert told() == [f"{name}: Stopped: October" for name in ("colin", "mary", "max")]
    steer.resume(run.campaign)
    assert told() == []
    halts.halt_run(run.pk, "The sender was refused.")
    assert len(told()) == 3


def test_a_stop_of_the_account_is_one_mail_to_who_is_told_of_all(office):
    a_run(office), a_run(office)
    halts.halt_account("The credit is used up.")
    everybody = ["mary: All sending has stopped", "max: All sending has stopped"]
    assert told() == ["colin: Stopped: October", "colin: Stopped: October", *everybody]
    assert told() == []
    halts.resume_all()
    assert told() == []
    Run.objects.all().delete()
    halts.halt_account("The credit is used up.")
    assert told() == everybody


def test_who_may_let_it_go_is_told_that_it_waits(office):
    run = a_run(office, Run.Status.PLANNED)
    Run.objects.update(status="held", reason="It would cost KES 9,000.00.")
    assert told() == ["colin: Waits for somebody: October", "mary: Waits for somebody: October"]
    Run.objects.update(status="planned")
    assert told() == []
    Run.objects.filter(pk=run.pk).update(status="held", needs_approval=True)
    assert "max: Waits for somebody: October" in told()


def test_the_balance_is_told_once_a_fall_and_again_after_it_was_above(office):
    set_rules.set_rule("low_balance", "500")
    for balance, mails in [(None, 0), (500, 0), (499, 2), (10, 0), (499, 0), (500, 0), (300, 2), (-5, 0), (600, 0)]:
        Gate.objects.update(balance=balance)
        assert len(told()) == mails, balance
    set_rules.set_rule("low_balance", "1000")
    assert told() == ["mary: The balance is low", "max: The balance is low"]
    assert needing_somebody().things == 1
    set_rules.set_rule("low_balance", "off")
    assert told() == [] and needing_somebody().things == 0


def test_nobody_is_told_of_a_balance_below_zero_which_is_billed_later(office):
    set_rules.set_rule("low_balance", "500")
    Gate.objects.update(balance=Decimal(-100))
    assert told() == []


def test_each_may_choose_otherwise(office):
    choose(office["colin"], ended="off", halted="off")
    choose(office["vera"], ended="all", balance="all")
    choose(office["max"], halted="own", balance="off")
    run = a_run(office)
    halts.halt_run(run.pk, "Refused.")
    assert told() == ["mary: Stopped: October"]
    Run.objects.update(status="finished")
    assert told() == ["mary: Ended: October", "vera: Ended: October"]
    set_rules.set_rule("low_balance", "500")
    Gate.objects.update(balance=1)
    assert told() == ["mary: The balance is low", "vera: The balance is low"]


def test_a_choice_that_is_none_any_more_is_as_the_role_has_it(office):
    choose(office["mary"], halted="sometimes")
    assert whose(User.objects.get(username="mary"), About.HALTED) == Whose.ALL


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}])
def test_who_is_gone_or_has_no_address_is_told_nothing(office, change):
    a_run(office, Run.Status.FINISHED)
    User.objects.exclude(username="colin").update(**change)
    assert told() == ["colin: Ended: October"]


def test_without_a_server_nothing_is_kept_for_later(office):
    a_run(office, Run.Status.FINISHED)
    halts.halt_account("Refused.")
    set_rules.set_rule("low_balance", "500")
    Gate.objects.update(balance=1)
    note_what_happened()
    assert not Notice.objects.exists()
    assert told() == []


def test_the_mail_says_what_happened_and_where(office):
    run = a_run(office, Run.Status.FINISHED)
    told()
    notice = Notice.objects.get(person=office["mary"])
    with mailbox() as box:
        now = timezone.now()
        assert notice.pk in due_notices(now)
        assert [mail_notice(notice.pk, now) for _ in range(2)] == [True, False]
        assert notice.pk not in due_notices(now + timedelta(hours=1))
    ((to, mail),) = box.mails
    assert to == ["mary@example.org"] and mail["Subject"] == "Ended: October"
    assert "Sent to 0 of 0." in mail.get_content()
    assert link_in(mail) == f"/campaigns/{run.campaign_id}?run={run.pk}"
    assert "https://sms.example.org/profile/mails" in mail.get_content()


def test_a_server_that_is_away_gets_it_later_and_of_old_news_nobody_is_told(office):
    a_run(office, Run.Status.FINISHED)
    told()
    notice, now = Notice.objects.get(person=office["mary"]), timezone.now()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with served(nobody.getsockname()[1]):
            assert not mail_notice(notice.pk, now)
    with mailbox() as box:
        assert notice.pk not in due_notices(now + timedelta(minutes=4))
        assert notice.pk not in due_notices(now + timedelta(days=1, minutes=1))
        assert mail_notice(notice.pk, now + timedelta(minutes=6))
    assert len(box.mails) == 1


class Breaking(socketserver.StreamRequestHandler):
    """Takes the whole mail, and says nothing more: it may have been delivered."""

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                if b".\r\n" in iter(self.rfile.readline, b""):
                    self.server.mails += 1
                return
            self.wfile.write(b"250 yes\r\n")


@pytest.fixture
def breaking():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Breaking) as server:
        server.daemon_threads, server.mails = True, 0
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_mail_that_the_server_may_have_is_not_mailed_again(office, breaking):
    a_run(office, Run.Status.FINISHED)
    told()
    notice, now = Notice.objects.get(person=office["mary"]), timezone.now()
    later = now + timedelta(minutes=6)
    with served(breaking.server_address[1]):
        assert not mail_notice(notice.pk, now)
        assert not mail_notice(notice.pk, later) and notice.pk not in due_notices(later)
    assert breaking.mails == 1


def test_who_has_no_role_any_more_gets_none(office):
    a_run(office, Run.Status.FINISHED)
    told()
    office["mary"].groups.clear()
    with mailbox() as box:
        assert not mail_notice(Notice.objects.get(person=office["mary"]).pk, timezone.now())
    assert box.mails == []


@pytest.mark.django_db(transaction=True)
def test_of_four_workers_one_mails_it_and_of_four_ticks_one_writes_it(office):
    run = a_run(office)
    halts.halt_run(run.pk, "Refused.")
    with served():
        for one in [Beside(note_what_happened) for _ in range(4)]:
            one.join()
    assert Notice.objects.count() == 3
    with mailbox() as box:
        ids, now = list(Notice.objects.values_list("pk", flat=True)), timezone.now()
        for one in [Beside(lambda: [mail_notice(pk, now) for pk in ids]) for _ in range(4)]:
            one.join()
    assert sorted(to for to, _ in box.mails) == [[f"{name}@example.org"] for name in ("colin", "mary", "max")]


KILLED = """
import django, os, signal; django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["NAME"]
from django.utils import timezone
from campaigns.reporting import notice_mail
def kill(*args):
    print(hand_over(*args), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
notice_mail.hand_over, hand_over = kill, notice_mail.hand_over
notice_mail.mail_notice(int(os.environ["NOTICE"]), timezone.now())
"""


@pytest.mark.django_db(transaction=True)
def test_after_a_kill_while_the_server_has_it_nobody_mails_it_again(office):
    a_run(office, Run.Status.FINISHED)
    told()
    pk = Notice.objects.get(person=office["mary"]).pk
    with mailbox() as box:
        environment = os.environ | {
            "NAME": connection.settings_dict["NAME"],
            "NOTICE": str(pk),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "EMAIL_URL": f"smtp://127.0.0.1:{settings.EMAIL_PORT}",
            "EMAIL_FROM": "portal@example.org",
        }
        killed = subprocess.run(
            [sys.executable, "-c", KILLED], env=environment, timeout=60, capture_output=True, text=True
        )
        assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "Handed.TAKEN\n"), killed.stderr
        later = timezone.now() + timedelta(minutes=6)
        assert pk not in due_notices(later) and not mail_notice(pk, later)
    assert len(box.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_the_tick_finds_what_happened_and_has_it_mailed(office):
    ensure_redis()
    run = make_sending_run(contacts=2, created_by=office["colin"], name="October")
    send(2)
    with mailbox() as box, Connection(app.conf.broker_url) as broker:
        queue = broker.default_channel.client
        queue.delete("work")
        tasks.tick()
        found = [json.loads(one)["headers"] for one in queue.lrange("work", 0, -1)]
        (notice,) = Notice.objects.values_list("pk", flat=True)
        assert [one["argsrepr"] for one in found if one["task"] == "campaigns.tasks.mail_notice"] == [f"({notice},)"]
        tasks.mail_notice(notice)
        tasks.tick()
    assert "Sent to 2 of 2." in box.mails[0][1].get_content() and len(box.mails) == 1
    assert Run.objects.get(pk=run.pk).status == "finished"


def test_old_ones_are_forgotten(office):
    a_run(office, Run.Status.FINISHED)
    told()
    Notice.objects.filter(person=office["mary"]).update(made_at=timezone.now() - timedelta(days=31))
    retention.keep_house(60)
    assert list(Notice.objects.values_list("person__username", flat=True)) == ["colin"]


def test_one_chooses_ones_mails_on_a_page(sign_in):
    client = sign_in(Role.VIEWER)
    assert "EMAIL_URL" in client.get("/profile/mails").content.decode()
    assert "Mails to you" not in client.get("/profile").content.decode(), "nothing is promised without a server"
    chosen = {"ended": "all", "halted": "own", "waits": "off", "balance": "off"}
    with served():
        assert "Choose your mails" in client.get("/profile").content.decode()
        assert "no e-mail address here yet" in client.get("/profile/mails").content.decode()
        User.objects.update(email="me@example.org")
        assert 'name="ended"' in client.get("/profile/mails").content.decode()
        assert client.post("/profile/mails", chosen).status_code == 302
        # What was left as it was follows the role.
        assert User.objects.get().mails == {"ended": "all", "waits": "off"}
        assert AuditEntry.objects.filter(act="mails chosen").count() == 1
        wrong = client.post("/profile/mails", chosen | {"balance": "own"})
    assert wrong.status_code == 200 and "Select a valid choice" in wrong.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_number_in_the_menu_is_what_waits_for_somebody(office, sign_in):
    client = sign_in(Role.VIEWER)
    assert "portal-menu-count" not in client.get("/").content.decode() and needing_somebody().things == 0
    make_broken_run()
    assert needing_somebody().things == 1, "a run of which something is not known, once"
    make_run(make_campaign(make_group()), Run.Status.HALTED)
    make_run(make_campaign(make_group()), Run.Status.HELD)
    assert needing_somebody().things == 3
    Reply.objects.create(phone="254712345678", text="stop it", reading="waits", body={})
    set_rules.set_rule("approval", "always")
    assert asked(office["colin"]).status == Campaign.Status.AWAITING_APPROVAL
    assert needing_somebody().things == 5
    html = " ".join(client.get("/").content.decode().split())
    assert '<span class="portal-menu-count"> 5<span class="visually-hidden"> wait for somebody</span>' in html


def test_the_number_comes_from_one_query(office, django_assert_num_queries):
    with django_assert_num_queries(1):
        needing_somebody()


@pytest.mark.django_db(transaction=True)
@pytest.mark.browser
@pytest.mark.usefixtures("database_beside_the_browser")
def test_mails_are_chosen_in_a_browser_on_a_phone(chromium, live_server, sign_in):
    make_run(make_campaign(make_group()), Run.Status.HALTED)
    client = sign_in(Role.MANAGER)
    User.objects.update(email="me@example.org")
    with served():
        context = signed_in(chromium, live_server, client, viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.goto("/profile")
        page.get_by_role("link", name="Choose your mails").click()
        page.get_by_label("A campaign has ended").select_option("all")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Saved.").wait_for()
        expect(page.get_by_text("Menu (1)")).to_be_visible()
        assert violations(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        context.close()
    assert User.objects.get(email="me@example.org").mails == {"ended": "all"}
