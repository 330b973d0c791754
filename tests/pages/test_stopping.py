"""The emergency stop on pages and for scripts: who may, what it does, and the word that lifts it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import ApiKey, AuditEntry
from accounts.roles import Role
from campaigns.models import Gate, Run
from tests.makers import make_campaign, make_group, make_run
from tests.reading import read, words

pytestmark = pytest.mark.django_db


def is_stopped():
    return Gate.objects.get(pk=1).stopped_at is not None


@pytest.mark.parametrize("path", ["/stop", "/stop/lift"])
def test_only_managers_stop_and_lift(sign_in, path):
    assert sign_in().post(path).status_code == 302
    assert sign_in(Role.VIEWER).post(path).status_code == 403
    assert sign_in(Role.COMPOSER).get(path).status_code == 403
    assert not is_stopped()


def test_looking_at_the_page_stops_nothing(sign_in):
    assert b"Stop all sending" in sign_in(Role.MANAGER).get("/stop").content
    assert not is_stopped()


def test_it_is_in_the_menu_and_large_only_where_something_is_being_sent(sign_in):
    client = sign_in(Role.MANAGER)
    run = make_run(make_campaign(make_group(contacts=1), status="active"))
    pages = ["/", f"/campaigns/{run.campaign_id}", "/settings/"]
    for page in pages:
        told = client.get(page).content.decode()
        assert told.count('href="/stop"') == 2 and "is-sending" not in told, page
    Run.objects.update(status=Run.Status.SENDING)
    for page, links in zip(pages, (3, 3, 2), strict=True):
        told = client.get(page).content.decode()
        assert told.count('href="/stop"') == links and told.count("is-sending") == 2, page
    assert 'href="/stop"' not in sign_in(Role.COMPOSER).get("/").content.decode()


def test_it_says_what_is_being_sent_and_what_is_to_come(sign_in):
    client = sign_in(Role.MANAGER)
    assert "No campaign is being sent at this moment." in read(client.get("/stop"))
    run = make_run(make_campaign(make_group(contacts=1), status="active"))
    later = make_run(make_campaign(make_group(contacts=1), status="active"), status=Run.Status.PLANNED)
    paused = make_run(make_campaign(make_group(contacts=1), status="active"), status=Run.Status.PAUSED)
    Run.objects.filter(pk__in=[run.pk, later.pk, paused.pk]).update(scheduled_for=timezone.now() + timedelta(hours=1))
    Run.objects.filter(pk=run.pk).update(status=Run.Status.SCHEDULED)
    assert "at this moment. 2 are to go out later." in read(client.get("/stop"))
    Run.objects.filter(pk=run.pk).update(status=Run.Status.SENDING)
    assert "1 campaign is being sent now. 1 is to go out later." in read(client.get("/stop"))
    Run.objects.filter(pk=later.pk).update(scheduled_for=timezone.now())
    assert "2 campaigns are being sent now. Texts" in words(client.get("/stop"))


def test_every_page_says_so_while_it_is_on_and_a_word_lifts_it(sign_in):
    client = sign_in(Role.MANAGER)
    assert b'href="/stop"' in client.get("/").content
    client.post("/stop", {"reason": "Wrong list <b>"})
    assert is_stopped()
    page = client.get("/campaigns/").content.decode()
    assert "All sending is stopped, by a manager: Wrong list &lt;b&gt;" in page
    assert 'href="/stop"' not in page
    wrong = client.post("/stop/lift", {"word": "yes"})
    assert wrong.status_code == 422
    assert "Sending is still stopped" in wrong.content.decode()
    assert is_stopped()
    client.post("/stop/lift", {"word": "send"})
    assert not is_stopped()
    assert AuditEntry.objects.filter(about="all sending").count() == 2


@pytest.fixture
def keys():
    return {role: ApiKey.make(role, role)[1] for role in (Role.VIEWER, Role.MANAGER)}


def call(client, method, key, body=None):
    headers = {"Authorization": f"Bearer {key}"}
    return getattr(client, method)("/v1/stop", body, content_type="application/json", headers=headers)


def test_scripts_stop_and_let_go_on(client, keys):
    assert call(client, "post", keys[Role.VIEWER], {}).status_code == 403
    assert call(client, "delete", keys[Role.MANAGER]).status_code == 409
    told = call(client, "post", keys[Role.MANAGER], {"reason": "fire"}).json()
    assert (told["stopped"], told["stopped_by"]) == (True, Role.MANAGER)
    assert is_stopped()
    assert call(client, "post", keys[Role.MANAGER]).status_code == 200
    assert call(client, "delete", keys[Role.MANAGER]).status_code == 204
    assert not is_stopped()
