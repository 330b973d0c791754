"""People: who may sign in as what; one active administrator always stays."""

import threading
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import staff
from accounts.models import ApiKey, AuditEntry, User
from accounts.roles import DEEDS, Role
from campaigns.models import Campaign
from tests.makers import make_campaign, make_group
from tests.reading import words

pytestmark = pytest.mark.django_db

LAST = "This is the last active administrator."


def make_person(name, role=None, **fields):
    person = User.objects.create_user(name, password="a long enough password", **fields)
    if role is not None:
        person.groups.add(Group.objects.get_or_create(name=role)[0])
    return person


@pytest.fixture
def boss(sign_in):
    client = sign_in("administrator")
    client.person = User.objects.get(username="a administrator")
    return client


def page_of(person):
    return reverse("staff-detail", args=[person.pk])


def fresh(person):
    return User.objects.get(pk=person.pk)


def acts():
    return list(AuditEntry.objects.order_by("pk").values_list("act", "about", "user__username", "detail"))


def test_the_list_says_who_may_what_and_when_they_were_here(boss):
    now = timezone.now()
    make_person("mary", Role.MANAGER, first_name="Mary", last_name="Wanjiru", last_seen_at=now - timedelta(hours=2))
    make_person("omar", is_active=False)
    told = words(boss.get("/people"))
    assert "Mary Wanjiru mary Manager 2 hours ago Off Yes" in told
    assert "omar omar No role never Off Deactivated" in told


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=wanj", {"mary"}),
        ("q=mary wanjiru", {"mary"}),
        ("q=OMAR@", {"omar"}),
        ("role=manager", {"mary", "omar"}),
        ("role=manager&active=yes", {"mary"}),
        ("active=no", {"omar"}),
        ("role=none", {"nobody"}),
        ("role=administrator", {"a administrator", "root"}),
        ("role=viewer", set()),
        ("q=somebody else", set()),
    ],
)
def test_people_are_found_by_name_role_and_whether_they_may_sign_in(boss, asked, found):
    mary = make_person("mary", Role.MANAGER, first_name="Mary", last_name="Wanjiru")
    mary.groups.add(Group.objects.get_or_create(name="viewer")[0])
    make_person("omar", Role.MANAGER, email="omar@example.org", is_active=False)
    make_person("nobody")
    User.objects.create_superuser("root")
    told = boss.get(f"/people?{asked}").context["page"].rows
    assert {one.username for one in told} == found


def test_the_list_is_paged_and_asks_as_often_for_many_as_for_few(boss, django_assert_max_num_queries):
    boss.get("/people")
    for number in range(60):
        make_person(f"p{number}", Role.VIEWER)
    with django_assert_max_num_queries(12):
        first = boss.get("/people").context["page"]
    second = boss.get("/people" + first.next_url).context["page"]
    assert (len(first.rows), len(second.rows), second.next_url) == (50, 11, "")


def test_a_role_is_given_taken_and_written_down(boss):
    mary = make_person("mary")
    for role in (Role.COMPOSER, Role.ADMINISTRATOR, Role.VIEWER, None):
        boss.post(page_of(mary), {"role": role or "none"})
        assert fresh(mary).role is role
        assert mary.groups.count() == (1 if role else 0)
    about = f"person {mary.pk}"
    assert acts() == [
        ("role changed", about, "a administrator", {"before": "none", "after": "composer"}),
        ("role changed", about, "a administrator", {"before": "composer", "after": "administrator"}),
        ("role changed", about, "a administrator", {"before": "administrator", "after": "viewer"}),
        ("role changed", about, "a administrator", {"before": "viewer", "after": "none"}),
    ]
    boss.post(page_of(mary), {"role": "none"})
    assert len(acts()) == 4


def test_a_superuser_who_is_lowered_is_none_any_more(boss):
    root = User.objects.create_superuser("root")
    boss.post(page_of(root), {"role": "viewer"})
    assert (fresh(root).role, fresh(root).is_superuser, fresh(root).is_staff) == (Role.VIEWER, False, False)


def test_the_page_says_what_each_role_may(boss):
    told = words(boss.get(page_of(make_person("mary", Role.MANAGER))))
    for deeds in DEEDS.values():
        for deed in deeds:
            assert deed in told
    assert "All that composers may, and:" in told


@pytest.mark.parametrize("role", ["", "owner", "superuser"])
def test_what_is_no_role_is_refused(boss, role):
    mary = make_person("mary", Role.MANAGER)
    assert boss.post(page_of(mary), {"role": role}).status_code == 200
    assert fresh(mary).role is Role.MANAGER


def test_names_are_changed_and_the_record_holds_none_of_them(boss):
    mary = make_person("mary", Role.MANAGER, email="mary@example.org")
    boss.post(page_of(mary), {"first_name": "Mary", "last_name": "W", "email": "mary@example.org"})
    assert fresh(mary).get_full_name() == "Mary W"
    assert acts() == [
        ("person changed", f"person {mary.pk}", "a administrator", {"fields": ["first_name", "last_name"]})
    ]


def test_two_people_have_no_address_together(boss):
    make_person("omar", email="omar@example.org")
    mary = make_person("mary")
    told = words(boss.post(page_of(mary), {"email": "Omar@Example.org"}))
    assert "omar has this address already." in told
    assert fresh(mary).email == ""


def test_who_is_deactivated_is_out_at_once_and_so_are_their_keys(boss):
    mary = make_person("mary", Role.MANAGER)
    own = Client()
    own.force_login(mary, backend="django.contrib.auth.backends.ModelBackend")
    _, key = ApiKey.make("crm", owner=mary)
    headers = {"Authorization": f"Bearer {key}"}
    assert own.get("/").status_code == 200
    boss.post(reverse("staff-deactivate", args=[mary.pk]))
    assert own.get("/").headers["Location"].startswith("/sign-in")
    assert own.get("/v1/groups", headers=headers).status_code == 401
    boss.post(reverse("staff-reactivate", args=[mary.pk]))
    assert own.get("/v1/groups", headers=headers).status_code == 200
    about = f"person {mary.pk}"
    assert acts() == [
        ("person deactivated", about, "a administrator", {}),
        ("person reactivated", about, "a administrator", {}),
    ]


def test_before_that_it_is_told_what_is_theirs(boss):
    mary = make_person("mary", Role.MANAGER)
    ApiKey.make("crm", owner=mary)
    gone, _ = ApiKey.make("old one", owner=mary)
    ApiKey.objects.filter(pk=gone.pk).update(revoked_at=timezone.now())
    for name, status in (("A draft", "draft"), ("Every Monday", "active"), ("Long ago", "finished")):
        make_campaign(make_group(), name=name, created_by=mary, status=status)
    make_campaign(make_group(), name="Of somebody else", status=Campaign.Status.ACTIVE)
    for address in (page_of(mary), reverse("staff-deactivate", args=[mary.pk])):
        told = words(boss.get(address))
        assert "API keys that act for them crm (qsms_live_" in told
        assert "Drafts, and what waits for approval A draft" in told
        assert "under way Every Monday" in told
        for other in ("old one", "Long ago", "Of somebody else"):
            assert other not in told
    assert "go on . Pause or cancel" in told or "go on. Pause or cancel" in told


def test_the_last_administrator_stays_one_who_may_sign_in(boss):
    make_person("idle", Role.ADMINISTRATOR, is_active=False)
    own = boss.person
    for address, sent in (
        (page_of(own), {"role": "manager"}),
        (page_of(own), {"role": "none"}),
        (reverse("staff-deactivate", args=[own.pk]), {}),
        (reverse("admin:accounts_user_delete", args=[own.pk]), {"post": "yes"}),
        (reverse("admin:accounts_user_change", args=[own.pk]), {"username": own.username, "groups": []}),
        (
            reverse("admin:accounts_user_change", args=[own.pk]),
            {"username": own.username, "groups": [Group.objects.get_or_create(name="administrator")[0].pk]},
        ),
    ):
        answer = boss.post(address, sent, follow=True)
        assert LAST in unescape(answer.content.decode()), (address, sent)
        assert list(staff.administrators()) == [own], (address, sent)
    assert acts() == []


def test_a_superuser_may_be_the_one_who_stays(boss):
    root = User.objects.create_superuser("root")
    boss.post(page_of(boss.person), {"role": "viewer"})
    assert list(staff.administrators()) == [root]
    assert boss.get("/people").url == "/sign-in?next=/people"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["lower", "deactivate", "remove"])
def test_of_two_administrators_who_end_each_other_at_one_moment_one_stays(act):
    one, other = (make_person(name, Role.ADMINISTRATOR) for name in ("one", "other"))
    deeds = {
        "lower": lambda whom, by: staff.change_role(whom, Role.VIEWER, by),
        "deactivate": staff.deactivate,
        "remove": staff.remove,
    }
    start, came = threading.Barrier(2), []

    def do(whom, by):
        start.wait(10)
        try:
            deeds[act](whom, by)
            came.append("done")
        except (PermissionDenied, staff.LastAdministrator):
            came.append("refused")
        finally:
            connection.close()

    for _ in range(5):
        pairs = ((one, other), (other, one))
        threads = [threading.Thread(target=do, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(came) == ["done", "refused"]
        assert staff.administrators().count() == 1
        came.clear()
        User.objects.exclude(pk__in=staff.administrators()).delete()
        one = staff.administrators().get()
        other = make_person(f"other {timezone.now()}", Role.ADMINISTRATOR)


def test_who_was_lowered_meanwhile_changes_nobody(boss):
    mary, omar = make_person("mary", Role.VIEWER), make_person("omar", Role.VIEWER)
    for deed in (
        lambda: staff.change_role(mary, Role.MANAGER, omar),
        lambda: staff.deactivate(mary, omar),
        lambda: staff.change_person(mary, omar, first_name="M", last_name="", email=""),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    assert (fresh(mary).role, fresh(mary).is_active, fresh(mary).first_name) == (Role.VIEWER, True, "")


def test_when_somebody_was_here_is_written_once_in_some_minutes_and_not_for_scripts(boss, django_assert_num_queries):
    person, now = boss.person, timezone.now()
    boss.get("/people")
    seen = fresh(person).last_seen_at
    assert now <= seen <= timezone.now()
    boss.get("/people")
    assert fresh(person).last_seen_at == seen
    User.objects.filter(pk=person.pk).update(last_seen_at=now - timedelta(minutes=6))
    boss.get("/v1/docs")
    assert fresh(person).last_seen_at == now - timedelta(minutes=6)
    boss.get("/people")
    assert fresh(person).last_seen_at >= now


def test_the_administration_writes_down_what_it_changes_of_people(boss):
    add = {
        "username": "mary",
        "usable_password": "true",
        "password1": "a long enough one",
        "password2": "a long enough one",
    }
    assert boss.post(reverse("admin:accounts_user_add"), add).status_code == 302
    mary = User.objects.get(username="mary")
    change = reverse("admin:accounts_user_change", args=[mary.pk])
    group = Group.objects.get_or_create(name="manager")[0].pk
    boss.post(change, {"username": "mary", "is_active": "on", "groups": [group]})
    boss.post(change, {"username": "mary", "is_active": "on", "is_superuser": "on", "groups": [group]})
    boss.post(change, {"username": "maria", "first_name": "M", "groups": [group]})
    password = {"usable_password": "true", "password1": "another long one", "password2": "another long one"}
    boss.post(reverse("admin:auth_user_password_change", args=[mary.pk]), password)
    boss.post(reverse("admin:accounts_user_delete", args=[mary.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=mary.pk).exists()
    assert [
        (act, detail) for act, about, by, detail in acts() if (about, by) == (f"person {mary.pk}", "a administrator")
    ] == [
        ("person made", {}),
        ("role changed", {"before": "none", "after": "manager"}),
        ("role changed", {"before": "manager", "after": "administrator"}),
        ("person changed", {"fields": ["is_superuser"]}),
        ("person deactivated", {}),
        ("role changed", {"before": "administrator", "after": "manager"}),
        ("person changed", {"fields": ["first_name", "is_superuser", "username"]}),
        ("password changed", {}),
        ("person deleted", {}),
    ]


def test_roles_themselves_are_not_changed_in_the_administration(boss):
    assert boss.get("/admin/auth/group/").status_code == 404
    answer = boss.post(
        reverse("admin:accounts_user_changelist"), {"action": "delete_selected", "_selected_action": [1]}
    )
    assert answer.status_code in (200, 302)
    assert fresh(boss.person).role is Role.ADMINISTRATOR


def test_flags_of_django_s_own_open_nothing(client):
    clerk = make_person("clerk", Role.VIEWER, is_staff=True)
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/").status_code == 302
    assert not clerk.has_perm("accounts.change_user")


def test_an_administrator_says_what_somebody_may_spend_in_a_month(boss):
    mary = make_person("mary", Role.MANAGER)
    page = words(boss.get(page_of(mary)))
    assert "This month KES 0.00 so far" in page
    for typed, kept, change in (
        ("5000", "5000.00", {"before": "off", "after": "5000.00"}),
        ("250.5", "250.50", {"before": "5000.00", "after": "250.50"}),
        ("", None, {"before": "250.50", "after": "off"}),
        ("0", "0.00", {"before": "off", "after": "0.00"}),
    ):
        boss.post(page_of(mary), {"monthly_limit": typed})
        assert str(fresh(mary).monthly_limit) == str(kept)
        assert acts()[-1] == ("spending limit changed", f"person {mary.pk}", boss.person.username, change)
    boss.post(page_of(mary), {"monthly_limit": "0"})
    assert len(acts()) == 4, "what stays as it is leaves no entry"


@pytest.mark.parametrize("typed", ["-1", "NaN", "1e99", "much", "1.005", "9" * 13])
def test_a_limit_that_is_no_amount_is_refused_in_words(boss, typed):
    mary = make_person("mary", Role.MANAGER, monthly_limit=7)
    told = boss.post(page_of(mary), {"monthly_limit": typed})
    assert told.context["limit_form"].errors
    assert "invalid-feedback" in told.content.decode()
    assert (fresh(mary).monthly_limit, acts()) == (7, [])
