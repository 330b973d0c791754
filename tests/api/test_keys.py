"""For whom a key acts: with the lower of its own and its owner's role, and not at all once the owner is gone."""

import io
import json
import re

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from accounts.models import ApiKey, AuditEntry
from accounts.roles import Role
from qsms_portal.api import api
from tests.api.test_api import Script
from tests.approving import person

pytestmark = pytest.mark.django_db


def may(script, role):
    """Whether a key may now do what that role may."""
    asked = {
        Role.VIEWER: ("GET", "campaigns"),
        Role.COMPOSER: ("POST", "templates", {"name": f"t{Script().key}"[:90], "text": "Dear <name>"}),
        Role.MANAGER: ("POST", "campaigns/1000000/pause"),
    }[role]
    return script.call(*asked)[0] != 403


def becomes(user, role):
    user.groups.set([Group.objects.get_or_create(name=role.value)[0]] if role else [])


def test_a_key_may_what_both_it_and_its_owner_may_now():
    owner = person("olive", Role.MANAGER)[0]
    script, modest = Script(Role.MANAGER, owner), Script(Role.VIEWER, owner)
    assert may(script, Role.MANAGER)
    becomes(owner, Role.COMPOSER)
    assert (may(script, Role.COMPOSER), may(script, Role.MANAGER)) == (True, False)
    becomes(owner, Role.ADMINISTRATOR)
    assert (may(modest, Role.VIEWER), may(modest, Role.COMPOSER)) == (True, False)
    becomes(owner, None)
    assert not may(script, Role.VIEWER)


def test_a_key_of_somebody_who_is_not_active_is_no_key():
    owner = person("olive", Role.MANAGER)[0]
    script = Script(owner=owner)
    owner.is_active = False
    owner.save()
    status, told = script.call("GET", "campaigns")
    assert (status, told["error"]["code"]) == (401, "unknown_key")


def test_with_a_person_their_keys_end_and_what_they_did_stays_known():
    owner = person("olive", Role.MANAGER)[0]
    script, nobodys = Script(owner=owner), Script()
    script.call("POST", "opt-outs", {"phone": "0712345678"})
    assert AuditEntry.objects.get().api_key.owner == owner
    owner.delete()
    assert script.call("GET", "campaigns")[0] == 401
    assert nobodys.call("GET", "campaigns")[0] == 200
    assert AuditEntry.objects.get().api_key.revoked_at is not None


def test_the_command_makes_a_key_for_a_person_or_for_nobody():
    owner = person("olive", Role.MANAGER)[0]
    for words, whose in (["--for", "olive"], owner), ([], None):
        out = io.StringIO()
        call_command("create_api_key", "crm", *words, stdout=out)
        key = out.getvalue().splitlines()[-1]
        assert ApiKey.objects.get(hash=ApiKey.hash_of(key)).owner == whose
    with pytest.raises(CommandError, match="no active person with the user name nobody"):
        call_command("create_api_key", "crm", "--for", "nobody")


def test_the_page_says_for_whom_each_acts_and_makes_one_for_somebody():
    admin, owner = person("ann", Role.ADMINISTRATOR), person("olive", Role.COMPOSER)[0]
    ApiKey.make("of before", Role.MANAGER)
    told = admin[1].post("/settings/keys", {"name": "crm", "role": "manager", "owner": owner.pk}).content.decode()
    assert "Copy this key now" in told
    assert "so no more than a composer" in told
    assert "nobody" in told
    key = ApiKey.objects.get(name="crm")
    assert (key.owner, key.created_by) == (owner, admin[0])
    assert AuditEntry.objects.get(act="API key made").detail["owner"] == owner.pk


WRITING = [
    (method.upper(), path)
    for path, calls in api.get_openapi_schema()["paths"].items()
    for method in calls
    if method in ("post", "patch", "delete", "put")
]


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_every_call_that_writes_takes_the_key_in_its_body(method, path):
    _, key = ApiKey.make("in the body", Role.MANAGER)
    address = re.sub(r"\{\w+\}", "1000000", path.replace("{act}", "pause"))
    status, told = Script(key="").call(method, address.removeprefix("/v1/"), {"api_key": key})
    assert status not in (401, 415), told
    assert "api_key" not in json.dumps(told), told
