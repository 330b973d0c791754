"""No call of the API changes anything without an entry in the audit."""

from datetime import timedelta

import pytest

from accounts.models import ApiKey, AuditEntry
from accounts.roles import Role
from qsms_portal.api import api
from tests.accounts.scene import PHONE, Scene
from tests.api.test_api import Script
from tests.approving import person

pytestmark = pytest.mark.django_db(transaction=True)

JANE = {"phone": PHONE, "name": "Jane", "balance": "5"}
CAMPAIGN = {"name": "November", "kind": "transactional", "text": "Hello"}

# What is sent in the body, and what stands in the address, by what is there for it.
CALLS = {
    "post groups": lambda s: ("groups", {"name": "New", "fields": [{"name": "town"}]}),
    "patch groups/{name}": lambda s: (f"groups/{s.group.name}", {"name": "Renamed"}),
    "post contacts": lambda s: ("contacts", {"group": "New", "contacts": [JANE]}),
    "delete contacts": lambda s: s.contact and (f"contacts?phone={PHONE}", None),
    "post segments": lambda s: ("segments", {"name": "Owing", "groups": [s.group.name]}),
    "patch segments/{name}": lambda s: (f"segments/{s.segment.name}", {"name": "Owes"}),
    "delete segments/{name}": lambda s: (f"segments/{s.segment.name}", None),
    "post opt-outs": lambda s: ("opt-outs", {"phone": PHONE}),
    "delete opt-outs": lambda s: s.opt_out and (f"opt-outs?phone={PHONE}", None),
    "post campaigns": lambda s: s.sender and ("campaigns", CAMPAIGN | {"group": s.group.name}),
    "patch campaigns/{pk}": lambda s: (f"campaigns/{s.draft.pk}", {"name": "Renamed"}),
    "delete campaigns/{pk}": lambda s: (f"campaigns/{s.draft.pk}", None),
    "post campaigns/{pk}/copy": lambda s: (f"campaigns/{s.draft.pk}/copy", {"name": "December"}),
    "post campaigns/{pk}/resolve": lambda s: (f"campaigns/{s.broken.pk}/resolve", {"action": "leave"}),
    "post campaigns/{pk}/approve": lambda s: (f"campaigns/{s.asked.pk}/approve", {"version": s.asked.version}),
    "post campaigns/{pk}/return": lambda s: (f"campaigns/{s.asked.pk}/return", {"version": s.asked.version}),
    "post campaigns/{pk}/{act}": lambda s: (f"campaigns/{s.going.pk}/pause", None),
    "post messages": lambda s: s.sender and ("messages", {"to": PHONE, "message": "hello"}),
    "post replies/{pk}/answer": lambda s: s.sender and (f"replies/{s.reply.pk}/answer", {"message": "hello"}),
    "post replies/{pk}/read": lambda s: (f"replies/{s.reply.pk}/read", None),
    "post callbacks/test": lambda s: ("callbacks/test", None),
    "post templates": lambda s: ("templates", {"name": "Balance", "text": "Dear <name>"}),
    "post stop": lambda s: ("stop", {"reason": "wrong text"}),
    "delete stop": lambda s: s.stopped() or ("stop", None),
}
WRITING = {
    f"{method} {path.removeprefix('/v1/')}"
    for path, calls in api.get_openapi_schema()["paths"].items()
    for method in calls
    if method != "get"
}


def test_every_call_that_writes_is_done():
    assert CALLS.keys() == WRITING


@pytest.mark.parametrize("call", CALLS)
def test_a_call_leaves_an_entry_with_its_key_and_address(settings, call):
    settings.QSMS_UNCERTAIN_WAIT = timedelta(seconds=900)
    owner, client = person("mary", Role.MANAGER)
    path, body = CALLS[call](Scene(client))
    key, secret = ApiKey.make("crm", Role.MANAGER, owner=owner)
    # Nobody is there, which is an answer too.
    ApiKey.objects.filter(pk=key.pk).update(callback_url="http://127.0.0.1:1/sms")
    status, told = Script(key=secret).call(call.partition(" ")[0].upper(), path, body)
    assert status < 300, told
    mine = AuditEntry.objects.filter(api_key=key)
    assert mine.exists(), f"{call} left no entry: call accounts.audit.record in its transaction"
    assert all(one.address == "127.0.0.1" for one in mine)
    assert not any(word in str(one.detail) + one.about for one in mine for word in (PHONE, "Jane"))
