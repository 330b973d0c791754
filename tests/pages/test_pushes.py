"""Copying a group to Q SMS on the pages: what goes where is said before, and what came of it after."""

import pytest

from accounts.models import AuditEntry
from accounts.roles import Role
from campaigns import pushing, sending
from campaigns.models import ContactPush
from contacts.models import OptOut
from tests.makers import make_contact, make_family_group, make_group
from tests.reading import read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manager(sign_in):
    return sign_in(Role.MANAGER)


@pytest.fixture
def group():
    group = make_group("loan clients", fields={"balance": "money"})
    make_contact(group, "254712345678", "Jane Wanjiru", balance="5000.00")
    make_contact(group, "254723456789", "John Mwangi")
    return group


@pytest.fixture
def gateway(settings, simulator):
    simulator.behave()
    simulator.clear()
    settings.QSMS_BASE_URL = settings.QSMS_ACCOUNT_URL = simulator.url
    settings.QSMS_API_KEY = "qsms_live_key"
    return simulator


def seen_through():
    push = ContactPush.objects.get()
    assert not pushing.work_on_push(push.pk, sending.gateway_from_settings(), seconds=30)
    return push


def test_the_group_s_page_offers_it_to_managers_alone(sign_in, group):
    for role, may in ((Role.VIEWER, False), (Role.COMPOSER, False), (Role.MANAGER, True)):
        client = sign_in(role)
        assert ("Copy the group to Q SMS" in read(client.get(f"/contacts/{group.pk}"))) is may
        assert (client.get(f"/contacts/{group.pk}/to-qsms").status_code == 200) is may
        assert (client.post(f"/contacts/{group.pk}/to-qsms").status_code == 403) is not may


def test_before_it_the_page_says_what_goes_where_and_who_stays(manager, gateway, settings):
    settings.QSMS_ACCOUNT_URL = "https://api.example.com"
    rows = [("A1", "Amina", {}), ("A2", "Brian", {})]
    group = make_family_group([("254711000001", rows), ("254711000002", [("A3", "Carol", {})])], name="school")
    OptOut.objects.create(phone="254711000002", scope="promotional")
    told = read(manager.get(f"/contacts/{group.pk}/to-qsms"))
    assert "1 contact leaves the portal" in told
    assert "Phone, name, adm_no, balance, due_date" in told
    assert "The group “school” at api.example.com." in told
    assert "1 number has opted out, of everything or of marketing." in told
    assert "1 row gives way to the one that was added last with the same number." in told
    assert not ContactPush.objects.exists()


def test_it_is_ordered_followed_and_told_at_its_end(manager, gateway, group):
    answer = manager.post(f"/contacts/{group.pk}/to-qsms")
    push = ContactPush.objects.get()
    assert answer["Location"] == f"/contacts/copies/{push.pk}"
    page = manager.get(answer["Location"]).content.decode()
    assert "0 of 2 numbers are dealt with." in page and 'hx-trigger="every 2s"' in page
    assert manager.get(f"/contacts/{group.pk}/to-qsms")["Location"] == answer["Location"]
    gateway.chaos(refuse_item={"code": 1012, "phones": ["254723456789"]})
    seen_through()
    page = manager.get(answer["Location"], headers={"HX-Request": "true"})
    told = read(page)
    assert "hx-trigger" not in page.content.decode()
    assert "Done: 1 contact was copied to Q SMS." in told
    assert "1 was refused by Q SMS." in told
    assert "John Mwangi" in told and "Mobile number in DND" in told
    assert AuditEntry.objects.get(act="copy to Q SMS ordered").detail["numbers"] == 2
    assert "1 copied, by a manager" in read(manager.get(f"/contacts/{group.pk}/to-qsms"))


def test_while_the_gateway_is_busy_the_page_says_that_it_waits(manager, gateway, group):
    gateway.chaos(http_status={"status": 503, "retry_after": 30, "calls": "account"})
    manager.post(f"/contacts/{group.pk}/to-qsms")
    push = seen_through()
    told = read(manager.get(f"/contacts/copies/{push.pk}"))
    assert "It waits, and goes on by itself: The gateway is busy (HTTP 503)." in told


def test_it_is_stopped_and_may_be_ordered_again(manager, gateway, group):
    manager.post(f"/contacts/{group.pk}/to-qsms")
    push = ContactPush.objects.get()
    told = read(manager.post(f"/contacts/copies/{push.pk}/stop", follow=True))
    assert "Somebody stopped it." in told and "Copy again" in told
    assert "The copy was over already." in read(manager.post(f"/contacts/copies/{push.pk}/stop", follow=True))
    assert gateway.contacts("loan clients") == []


def test_without_a_gateway_or_anybody_to_copy_nothing_is_ordered(manager, settings, gateway):
    group = make_group("empty")
    assert "There is nobody to copy" in read(manager.get(f"/contacts/{group.pk}/to-qsms"))
    assert "There is nobody to copy." in read(manager.post(f"/contacts/{group.pk}/to-qsms", follow=True))
    settings.QSMS_BASE_URL = ""
    group = make_group("full", contacts=1)
    for ask in (manager.get, manager.post):
        assert "No gateway is set" in read(ask(f"/contacts/{group.pk}/to-qsms"))
    assert not ContactPush.objects.exists()
