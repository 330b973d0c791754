"""Who may what, asked of every address of the pages and every call of the API that there is.

Addresses come from the URL resolver and calls from the OpenAPI document, so that a new one cannot be forgotten. What
each asks for is there: nobody is told 404 in place of 403.
"""

import json
import re
from datetime import timedelta
from pathlib import Path

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern
from django.utils.timezone import now

from accounts import invitations
from accounts.models import ApiKey, User
from accounts.roles import Role
from campaigns.models import (
    AnswerStarter,
    AnswerWord,
    ContactPush,
    Conversation,
    Export,
    Message,
    MessageTemplate,
    Reply,
)
from campaigns.planning.script_call import CallText, queue_call
from campaigns.planning.single import queue_single
from contacts import importing
from contacts.filters import search
from contacts.models import ContactField, OptOut, Segment
from contacts.people import jobs
from qsms_portal.api import api
from tests.makers import make_campaign, make_contact, make_group, make_run, make_sender

PROJECT = Path(__file__).resolve().parents[2]
TABLES = PROJECT / "tests" / "data" / "permissions"
DOCUMENT = PROJECT / "docs" / "permissions.md"
BACKEND = "django.contrib.auth.backends.ModelBackend"
PHONE = "254711000001"

SESSIONS = ["nobody", *Role.values, "deactivated"]
KEYS = [f"key of {name}" for name in SESSIONS]
WHO = ["stranger", *SESSIONS, *KEYS]
MAY, REFUSED, SIGN_IN, NO_KEY, NO_METHOD, ABSENT = "+", "-", "s", "k", "m", "0"
# Past all middleware, for the gateway, with a secret of its own; see `qsms_portal.lean`.
BY_THE_GATEWAY = ("dlr/", "inbound/")
# Answers 200 whatever comes, in the vendor's codes; `tests/vendor` has who may.
BY_SCRIPTS = ("api/",)

BODIES = {
    "POST /v1/groups": {"name": "Another"},
    "PATCH /v1/groups/{name}": {},
    "POST /v1/contacts": {"group": "Loans", "contacts": []},
    "POST /v1/opt-outs": {"phone": PHONE},
    "POST /v1/segments": {"name": "Another", "groups": ["Loans"]},
    "PATCH /v1/segments/{name}": {},
    "POST /v1/campaigns": {"name": "Another", "kind": "transactional"},
    "PATCH /v1/campaigns/{pk}": {},
    "POST /v1/campaigns/{pk}/copy": {},
    "POST /v1/campaigns/{pk}/resolve": {"action": "leave"},
    "POST /v1/campaigns/{pk}/approve": {"version": 1},
    "POST /v1/campaigns/{pk}/return": {"version": 1, "comment": "No."},
    "POST /v1/stop": {},
    "POST /v1/templates": {"name": "Another", "text": "Hello"},
    "POST /v1/messages": {"to": PHONE, "message": "Hello"},
    "POST /v1/replies/{pk}/answer": {"message": "Hello"},
}
QUERIES = {
    "DELETE /v1/contacts": f"?phone={PHONE}&group=Loans",
    "DELETE /v1/opt-outs": "?phone=254711000002",
    "GET /v1/contacts": "?group=Loans",
    "GET /v1/reports": "?from=2026-11-01&to=2026-11-30",
}


def pages(resolver=None, before=""):
    """The name and the address, as its pattern writes it, of all but the API's calls."""
    for one in (resolver or get_resolver()).url_patterns:
        address = before + re.sub(r"^\^|\\Z$|\$$", "", str(one.pattern))
        if not isinstance(one, URLPattern):
            yield from pages(one, address)
        elif not address.startswith(BY_THE_GATEWAY + BY_SCRIPTS) and not is_call(address):
            yield one.name or address, "/" + address


def calls():
    """The method, the address and the title of each call of the API."""
    for address, operations in api.get_openapi_schema()["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), address, operation["summary"]


CALLED = {address for _, address, _ in calls()}


def is_call(address):
    """Whether the OpenAPI document has it, which writes places in braces."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", f"/{address}") in CALLED


class World:
    """One of each thing, and one person, session and key of each kind."""

    def __init__(self):
        group = make_group("Loans", fields={"balance": "money"})
        contact = make_contact(group, PHONE, "Jane", balance="5.00")
        sender = make_sender("LENDER", is_default=True)
        self.people = {}
        for name in SESSIONS:
            person = User.objects.create_user(name, password="a long enough password")
            if name != "nobody":
                person.groups.add(Group.objects.get_or_create(name=name if name in Role.values else "manager")[0])
            self.people[name] = person
        campaign = make_campaign(group, name="December", sender=sender)
        self.run = make_run(campaign).pk
        upload = importing.begin_upload(group, "list.csv", [b"phone\n0712345678\n"])
        job = jobs.order_job("export", search.PeopleQuery(group), None, format="csv")
        message = queue_single(PHONE, "Hello", sender, source=Message.Source.PERSON, kind="transactional")
        template = MessageTemplate.objects.create(name="Greeting", text="Hello")
        template.versions.create(number=1, text="Hello")
        invitation, link = invitations.invite("", Role.VIEWER, self.people["administrator"])
        key, _ = ApiKey.make("a key")
        call = queue_call([CallText(PHONE, "Hello", "", 1)], sender, key, due_at=now() + timedelta(hours=1)).call
        self.by_folder = {
            "contacts/jobs": job.pk,
            "contacts/segments": Segment.objects.create(name="Farmers").pk,
            "contacts/opt-outs": OptOut.objects.create(phone="254711000002", scope="all", source="reply").pk,
            "contacts/uploads": upload.pk,
            "contacts/copies": ContactPush.objects.create(group=group, about="Loans", status="done").pk,
            "contacts": group.pk,
            "campaigns": campaign.pk,
            "exports": Export.objects.create(campaign=campaign).pk,
            "people/staff": self.people["viewer"].pk,
            "people/invitations": invitation.pk,
            "people/factors": RecoveryCodes.activate(User.objects.create_user("another")).instance.pk,
            "replies/with": Conversation.objects.create(phone=PHONE, last_reply=1, last_at=now(), is_unread=True).pk,
            "replies/words": AnswerWord.objects.create(word="INFO", text="Call us.").pk,
            "replies/ready": AnswerStarter.objects.create(name="Thanks", text="Thank you.").pk,
            "replies": Reply.objects.create(phone=PHONE, text="stop?", body={}).pk,
            "messages/calls": call.pk,
            "messages": message.pk,
            "templates": template.pk,
            "settings/senders": sender.pk,
            "settings/keys": key.pk,
        }
        self.by_name = {
            "topic": "start",
            "field": ContactField.objects.get(group=group).pk,
            "contact": contact.pk,
            "number": 1,
            "phone": PHONE,
            "token": link.rpartition("/")[2],
            "act": "pause",
            "uidb64": "MQ",
            "object_id": 1,
            "id": 1,
            "content_type_id": 1,
            "app_label": "accounts",
            "url": "nothing",
        }
        self.sessions = {name: self._session(person) for name, person in self.people.items()}
        self.keys = {f"key of {name}": self._key(name, person) for name, person in self.people.items()}
        User.objects.filter(username="deactivated").update(is_active=False)

    def _session(self, person):
        client = Client()
        client.force_login(person, backend=BACKEND)
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    def _key(self, name, person):
        return ApiKey.make(name, Role(name) if name in Role.values else Role.MANAGER, owner=person)[1]

    def filled(self, address):
        """The address of something that is there."""
        folder = next(
            (one for one in self.by_folder if address.lstrip("/").startswith((f"{one}/", f"v1/{one}/"))), None
        )
        names = {"name": "Farmers" if "segments" in address else "Loans", "pk": self.by_folder.get(folder, 1)}
        names |= self.by_name | ({"number": self.run} if "/runs/" in address else {})
        address = re.sub(r"\(\?P<(\w+)>[^)]*\)+", lambda one: f"<{one[1]}>", address)
        return re.sub(r"[<{](?:\w+:)?(\w+)[>}]", lambda one: str(names[one[1]]), address).replace("/?", "/")

    def ask(self, who, method, address, body=None):
        """What came of it, in a letter; nothing of it stays."""
        client = Client(raise_request_exception=False)
        headers = {}
        if who in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        elif who in self.keys:
            headers = {"Authorization": f"Bearer {self.keys[who]}"}
        sent = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        with transaction.atomic():
            answer = client.generic(method, address, headers=headers, **sent)
            transaction.set_rollback(True)
        return letter(answer)


def letter(answer):
    if answer.status_code in (301, 302) and answer["Location"].startswith(("/sign-in", "/admin/login")):
        return SIGN_IN
    assert answer.status_code < 500 or answer.status_code == 503, answer
    return {401: NO_KEY, 403: REFUSED, 404: ABSENT, 405: NO_METHOD}.get(answer.status_code, MAY)


def rows(part):
    """A row of letters, one for each of WHO, for each address and method of the part; by what is asked."""
    world, found = World(), {}
    for _, address in pages() if part != "calls" else ():
        if address.startswith("/admin/") == (part == "administration"):
            for method in ("GET", "POST", "PUT"):
                found[f"{method} {address}"] = row_of(world, method, world.filled(address))
    for method, address, _ in calls() if part == "calls" else ():
        asked = f"{method} {address}"
        full = world.filled(address) + QUERIES.get(asked, "")
        found[asked] = row_of(world, method, full, BODIES.get(asked))
        found[f"PUT {address}"] = row_of(world, "PUT", world.filled(address))
    return found


PARTS = ("pages", "administration", "calls")


def kept(part):
    """The rows as the table has them."""
    lines = (TABLES / f"{part}.txt").read_text().splitlines()
    return {line.split(" ", 1)[1]: line.split(" ", 1)[0] for line in lines if not line.startswith("#")}


def row_of(world, method, address, body=None):
    return "".join(world.ask(who, method, address, body) for who in WHO)


def written(found):
    """The table as it stands in TABLES."""
    legend = [
        f"# {MAY} may, {REFUSED} refused (403), {SIGN_IN} led to the sign-in page, {NO_KEY} no key (401),",
        f"# {NO_METHOD} no such method (405), {ABSENT} let in, and not there yet (404).",
        "# Renewed by WRITE_PERMISSIONS=1 pytest tests/pages/test_permissions.py, as docs/permissions.md is.",
        "# A letter each for:",
        *(f"# {number}. {who}" for number, who in enumerate(WHO, start=1)),
    ]
    return "\n".join([*legend, *(f"{row} {asked}" for asked, row in found.items())]) + "\n"


def whose(row, people):
    """Who may, in words; by the lowest role that is let in."""
    if row.startswith(MAY):
        return "anybody"
    lowest = next((role for role in Role if row[WHO.index(people[1 + role.rank])] in MAY + ABSENT), None)
    return "–" if lowest is None or row.startswith(ABSENT) else lowest.whose


def document(found):
    """docs/permissions.md."""
    lines = [
        "# Who may what",
        "",
        "Written by `WRITE_PERMISSIONS=1 pytest tests/pages/test_permissions.py`, from what that test finds when it",
        "asks every address as everybody. All it finds, with strangers, keys and people who are deactivated, is in",
        "`tests/data/permissions/`. A role may what those before it may.",
        "",
    ]
    for role in Role:
        lines += [f"**{role.label}**", "", *(f"- {deed}" for deed in role.deeds), ""]
    lines += [
        "Whoever has no role sees a page that says so; whoever is deactivated is led to the sign-in "
        "page, and their keys",
        "are refused. The administration (`/admin/`) is for administrators. What the gateway posts (`/dlr/`,",
        "`/inbound/`) has a secret of its own. What scripts post by the vendor's API (`/api/sms/`) needs the key of a",
        "manager or an administrator.",
        "",
        "## Pages",
        "",
        "To look is GET, to do is POST. Who may launch and approve a campaign hangs on the rules too, and on who made",
        "it: [schedules.md](schedules.md). Whoever may only look is told so where they post a decision.",
        "",
        "| page | address | look | do |",
        "|---|---|---|---|",
    ]
    for name, address in pages():
        if not address.startswith("/admin/"):
            look, do = (whose(found[f"{method} {address}"], SESSIONS) for method in ("GET", "POST"))
            lines.append(f"| {name.replace('-', ' ')} | `{address}` | {look} | {do} |")
    lines += [
        "",
        "## Calls of the API",
        "",
        "By the role that the key acts with: its own, and at most its owner's.",
        "",
        "| call | what | keys of |",
        "|---|---|---|",
    ]
    for method, address, title in calls():
        lines.append(f"| `{method} {address}` | {title} | {whose(found[f'{method} {address}'], KEYS)} |")
    return "\n".join(lines) + "\n"
