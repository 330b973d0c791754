"""Whoever has no role is told so everywhere, by whom it can be mended, and how to get out."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from campaigns.models import Gate
from tests.makers import with_role
from tests.reading import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def nobody(db):
    boss = User.objects.create_user("grace", first_name="Grace", last_name="Njeri")
    boss.groups.add(Group.objects.get_or_create(name="administrator")[0])
    User.objects.create_superuser("root")
    gone = User.objects.create_user("gone", is_active=False)
    gone.groups.add(Group.objects.get_or_create(name="administrator")[0])
    client = Client()
    client.force_login(User.objects.create_user("newcomer"), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/campaigns/",
        "/campaigns/7",
        "/profile",
        "/settings/",
        "/people",
        "/admin/",
        "/stop",
        "/people/254711000001",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_each_page_says_so_and_names_whom_to_ask(nobody, address, method):
    answer = getattr(nobody, method)(address)
    told = words(answer)
    assert answer.status_code == 403
    assert "You have no role yet" in told
    assert "Grace Njeri root" in told
    assert "gone" not in told.split()
    assert answer.content.decode().count("<h1") == 1


def test_there_is_a_way_out_and_no_menu(nobody):
    page = nobody.get("/").content.decode()
    assert 'action="/sign-out"' in page
    assert "portal-menu" not in page
    assert nobody.post("/sign-out").headers["Location"] == "/sign-in"
    assert nobody.get("/").headers["Location"].startswith("/sign-in")


def test_a_fragment_leads_to_the_page(nobody):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/campaigns/7/what"}
    answer = nobody.get("/campaigns/7/preview", headers=headers)
    assert (answer.status_code, answer.headers["HX-Redirect"], answer.content) == (403, "/campaigns/7/what", b"")


def test_nothing_else_is_told(nobody):
    Gate.objects.filter(pk=1).update(stopped_at="2026-01-01T00:00Z", stopped_by="mary", stop_reason="Wrong list")
    told = words(nobody.get("/"))
    assert "Wrong list" not in told


def test_who_is_given_one_signs_in_again_and_goes_on(nobody):
    newcomer = with_role(User.objects.get(username="newcomer"))
    assert nobody.get("/").url == "/sign-in?next=/"
    nobody.force_login(newcomer, backend="django.contrib.auth.backends.ModelBackend")
    assert nobody.get("/").status_code == 200


def test_who_has_too_little_reads_who_has_enough(sign_in):
    told = words(sign_in("viewer").get("/settings/keys"))
    assert "This is for administrators." in told
    assert "This is for managers and administrators." in words(sign_in("composer").get("/messages/new"))
    assert "This is for composers, managers and administrators." in words(sign_in("viewer").get("/campaigns/new"))
