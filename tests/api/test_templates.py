"""Templates by the API: kept, told with what they need, refused only where they cannot be read."""

import pytest

from accounts.roles import Role
from campaigns.models import MessageTemplate
from tests.api.test_api import Script
from tests.makers import make_group

pytestmark = pytest.mark.django_db(transaction=True)

DUE = {"name": "Due", "text": "Dear <name:first>, KES <Balance> is due."}


@pytest.fixture
def script(db):
    return Script(Role.COMPOSER)


def test_a_template_is_kept_and_told_with_what_it_needs(script):
    make_group("loans")
    make_group("chama", fields={})
    status, told = script.call("POST", "templates", DUE)
    assert status == 201
    assert told == {
        "id": MessageTemplate.objects.get().pk, "name": "Due", "text": DUE["text"], "language": "en",
        "placeholders": ["name", "balance"], "parts": 1, "fits": ["loans"], "warnings": [],
    }  # fmt: skip
    assert script.call("GET", f"templates/{told['id']}") == (200, told)
    assert script.call("GET", "templates") == (200, {"results": [told], "next": None})
    assert MessageTemplate.objects.get().versions.get().number == 1


def test_what_is_likely_wrong_is_a_warning_and_is_kept(script):
    make_group("loans")
    status, told = script.call("POST", "templates", {"name": "x", "text": "{name}, pay <balnce>"})
    assert status == 201
    assert [(one["code"], one["position"], one["suggestion"]) for one in told["warnings"]] == [
        ("foreign_mark", 0, "<name>"), ("unknown_field", 12, "<balance>"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text, code, position", [("Dear <name", "unclosed", 5), ("<a?<b?x>>", "nested", 3), ("<name:>", "empty_format", 0)]
)
def test_what_cannot_be_read_is_refused_with_its_place(script, text, code, position):
    status, told = script.call("POST", "templates", {"name": "x", "text": text})
    assert (status, told["error"]["code"]) == (422, "invalid")
    assert (told["error"]["fields"]["code"], told["error"]["fields"]["position"]) == (code, position)
    assert not MessageTemplate.objects.exists()


def test_a_name_is_given_once_and_pages_follow_a_cursor(script):
    for number in range(3):
        script.call("POST", "templates", DUE | {"name": f"Due {number}"})
    assert script.call("POST", "templates", DUE | {"name": "Due 1"})[1]["error"]["code"] == "state"
    _, first = script.call("GET", "templates?limit=2")
    _, second = script.call("GET", f"templates?limit=2&cursor={first['next']}")
    assert [one["name"] for one in (*first["results"], *second["results"])] == ["Due 2", "Due 1", "Due 0"]
    assert script.call("GET", "templates/999")[0] == 404


def test_a_viewer_s_key_only_looks(script):
    viewer = Script(Role.VIEWER)
    assert viewer.call("POST", "templates", DUE)[0] == 403
    assert viewer.call("GET", "templates")[0] == 200
