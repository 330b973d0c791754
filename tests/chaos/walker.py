"""Two people and four keys do whatever they may try, in any order; what then went out is held to the rules.

Jane composes and Mary manages. Of the keys one acts for each of them, one for Jane though Mary made it, and one is
nobody's. What is right is reckoned here from what was done and when, and not from what the portal keeps.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from accounts.models import ApiKey, PhoneCode, User
from accounts.roles import Role
from campaigns import planning, sending
from campaigns.actions import set_rules
from campaigns.gateway.simulator.process import SimulatorProcess
from campaigns.maintenance import start_runs
from campaigns.maintenance.tick import run_tick
from campaigns.models import Campaign, Gate, Message, Rules, Run
from campaigns.planning.single import MOST_CODES
from contacts.filters.segments import save_segment
from contacts.models import Contact
from contacts.tasks import work_on
from tests.makers import make_group, make_sender

EMPTIED = "accounts_user, campaigns_campaign, campaigns_sender, contacts_contactgroup, campaigns_singlecount"
FEW, MANY, ABOVE = 6, 49, 50
MOST_BY_PERSON, MOST_BY_KEY = 4, 3
SEGMENT = "Tier"
TIERS: list[list[dict[str, Any]]] = [[{"field": "tier", "op": "=", "value": "a"}], []]
PEOPLE, KEYS = ("jane", "mary"), ("janes", "marys", "lent", "nobodys")
ACTORS = (*PEOPLE, *KEYS)
# Whose deed it is where a key does something, and who acts with a manager's role.
PERSONS = {
    "jane": {"jane"}, "mary": {"mary"},
    "janes": {"jane"}, "marys": {"mary"}, "lent": {"jane", "mary"}, "nobodys": set(),
}  # fmt: skip
MANAGERS = {"mary", "marys", "nobodys"}
HOST = "127.0.0.1"
OTHER, OWN = "254733000001", {"jane": "254711999001", "mary": "254711999002"}

which = st.integers(0, 10**6)
actors = st.sampled_from(ACTORS)
people = st.sampled_from(PEOPLE)
groups = st.sampled_from(["few", "many"])
# Whoever may approve something tries it more often than the others.
approvers = st.sampled_from((*ACTORS, "mary", "marys", "mary", "marys"))
# Mostly of two persons; whoever manages tries it alone as well.
makers_and_approvers = st.sampled_from(
    [(maker, by) for maker in ACTORS for by in ("mary", "marys") if not PERSONS[maker] & PERSONS[by]]
    + [("mary", "mary"), ("mary", "marys"), ("marys", "mary"), ("marys", "nobodys")]
)
Meddling = list[tuple[str, str]]
before = st.lists(st.tuples(st.sampled_from(["upload", "segment", "write"]), actors), max_size=1)
after = st.lists(
    st.tuples(st.sampled_from(["write", "add", "segment", "text", "undo"]), actors), min_size=1, max_size=2
)


@dataclass
class Looked:
    """Somebody let it go: when, with which text, and what the segment meant."""

    at: int
    text: str
    tier: int


@dataclass
class Known:
    """What was done to a campaign."""

    pk: int
    authors: set[str]
    text: str
    uses_tier: bool
    launched_by: str = ""
    looked: list[Looked] = field(default_factory=list)

    def may_be_approved_by(self, actor: str) -> bool:
        theirs = set().union(*(PERSONS[one] for one in self.authors))
        return actor in MANAGERS and bool(PERSONS[actor]) and not PERSONS[actor] & theirs


@dataclass
class Prepared:
    """What a run was planned with: when each person was written last and by whom, and what the segment meant."""

    at: int
    written: dict[str, tuple[int, str]]
    tier: int


class Walker(RuleBasedStateMachine):
    """One walk. `rule_of_approval` and the gateway are the class's."""

    rule_of_approval: ClassVar[str]
    simulator: ClassVar[SimulatorProcess]
    sent: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {EMPTIED} CASCADE")
        Gate.objects.get_or_create(pk=1)
        Rules.objects.update_or_create(
            pk=1, defaults={"growth_share": 0, "quiet_from": "00:00", "quiet_until": "00:00"}
        )
        limits = {"approval": self.rule_of_approval, "person_texts": MOST_BY_PERSON, "key_texts": MOST_BY_KEY}
        for name, value in limits.items():
            set_rules.set_rule(name, str(value))
        self.simulator.clear()
        self.clock = 0
        self.tier = 0
        self.taken = dict.fromkeys(KEYS, 0)
        self.confirmed: dict[str, set[str]] = {name: set() for name in PEOPLE}
        self.campaigns: list[Known] = []
        self.prepared: dict[int, Prepared] = {}
        self.checked: set[int] = set()
        self.sender = make_sender("QSMS", is_default=True)
        roles = {"jane": Role.COMPOSER, "mary": Role.MANAGER}
        self.users = {name: _person(name, role) for name, role in roles.items()}
        self.clients = {name: _signed_in(user) for name, user in self.users.items()}
        jane, mary = self.users["jane"], self.users["mary"]
        owners = {"janes": (jane, jane), "marys": (mary, mary), "lent": (jane, mary), "nobodys": (None, None)}
        self.keys = {
            name: ApiKey.make(name, Role.MANAGER, owner=owner, created_by=maker)[1]
            for name, (owner, maker) in owners.items()
        }
        fields = {"mark": "text", "tier": "text"}
        self.groups = {
            "few": make_group("few", fields, FEW, mark="0", tier="a"),
            "many": make_group("many", fields, MANY, mark="0", tier="a"),
        }
        self.segment = save_segment(None, SEGMENT, [self.groups["many"]], TIERS[0])
        self.written: dict[str, tuple[int, str]] = dict.fromkeys(
            Contact.objects.values_list("phone", flat=True), (0, "")
        )

    # What people and scripts do.

    @rule(actor=actors, group=groups, tier=st.booleans(), recurs=st.booleans(), go=st.booleans())
    def make(self, actor: str, group: str, tier: bool, recurs: bool, go: bool) -> None:
        text = f"Text {self._tick_clock()} <name> <mark>"
        uses_tier = tier and group == "many"
        if actor in KEYS:
            whom = {"segments": [SEGMENT]} if uses_tier else {"groups": [group]}
            schedule = {"rrule": "FREQ=DAILY", "time": "09:00"} if recurs else None
            body = {"name": "n", "text": text, "kind": "transactional", "schedule": schedule, **whom}
            status, told = self._ask(actor, "POST", "campaigns", body)
            pk = told["id"] if status == 201 else 0
        else:
            pk = self._built(self.clients[actor], group, uses_tier, text, recurs)
        assert pk
        self.campaigns.append(Known(pk, {actor}, text, uses_tier))
        if go:
            self.launch(actor, 0)

    @precondition(lambda self: self.campaigns)
    @rule(actor=actors, which=which)
    def change_text(self, actor: str, which: int) -> None:
        known = self._campaign(which)
        text = f"Text {self._tick_clock()} <name> <mark>"
        if actor in KEYS:
            self._ask(actor, "PATCH", f"campaigns/{known.pk}", {"text": text})
        else:
            version = Campaign.objects.get(pk=known.pk).version
            what = {"version": version, "text": text, "sender": self.sender.pk, "kind": "transactional"}
            self.clients[actor].post(f"/campaigns/{known.pk}/what", what | {"missing_values": "skip"})
        if Campaign.objects.get(pk=known.pk).text == text:
            known.text = text
            known.authors.add(actor)

    @precondition(lambda self: self.campaigns)
    @rule(actor=actors, which=which, text=st.booleans())
    def change_one_time(self, actor: str, which: int, text: bool) -> None:
        known = self._campaign(which)
        run = Run.objects.filter(campaign=known.pk, status="scheduled").first()
        if actor in PEOPLE and run is not None:
            own = f"Text {self._tick_clock()} of its own <mark>"
            self.clients[actor].post(f"/campaigns/{known.pk}/runs/{run.pk}/change", {"text": own} if text else {})

    @precondition(lambda self: self.campaigns)
    @rule(actor=actors, which=which)
    def launch(self, actor: str, which: int) -> None:
        known = self._campaign(which)
        before = Campaign.objects.get(pk=known.pk)
        self._act(actor, known, "launch")
        if before.is_draft and Campaign.objects.get(pk=known.pk).is_active:
            known.launched_by = actor

    @precondition(lambda self: self.campaigns)
    @rule(actor=approvers, which=which, stale=st.sampled_from([False, False, False, True]))
    def approve(self, actor: str, which: int, stale: bool) -> None:
        known = self._campaign(which)
        before = Campaign.objects.get(pk=known.pk)
        version = before.version - stale
        if actor in KEYS:
            self._ask(actor, "POST", f"campaigns/{known.pk}/approve", {"version": version})
        else:
            decision = {"decision": "approve", "version": version}
            self.clients[actor].post(f"/campaigns/{known.pk}/approval", decision)
        if before.awaits_approval and Campaign.objects.get(pk=known.pk).approved_version == version:
            self._looked_at(actor, known)

    @precondition(lambda self: self.campaigns)
    @rule(actor=actors, which=which, back=st.sampled_from(["return", "take-back"]))
    def give_back(self, actor: str, which: int, back: str) -> None:
        known = self._campaign(which)
        version = Campaign.objects.get(pk=known.pk).version
        if actor in KEYS:
            self._ask(actor, "POST", f"campaigns/{known.pk}/return", {"version": version})
        else:
            decision = {"decision": back, "version": version}
            self.clients[actor].post(f"/campaigns/{known.pk}/approval", decision)

    @precondition(lambda self: self.campaigns)
    @rule(actor=approvers, which=which, act=st.sampled_from(["pause", "resume", "resume", "resume", "cancel"]))
    def steer(self, actor: str, which: int, act: str) -> None:
        known = self._campaign(which)
        held = set(
            Run.objects.filter(campaign=known.pk, status="held", needs_approval=True).values_list("pk", flat=True)
        )
        self._act(actor, known, act)
        if act == "resume" and Run.objects.filter(pk__in=held).exclude(status="held").exists():
            self._looked_at(actor, known)

    @rule(actor=actors, group=groups, which=which, new=st.booleans())
    def write(self, actor: str, group: str, which: int, new: bool) -> None:
        """Somebody's values, or somebody new."""
        mark = self._tick_clock()
        there = list(self.groups[group].contacts.order_by("pk").values_list("pk", "phone"))
        pk, phone = (0, f"2547440{mark:05}") if new else there[which % len(there)]
        if actor in KEYS:
            contact = {"phone": phone, "mark": str(mark), "tier": "a"}
            self._ask(actor, "POST", "contacts", {"group": group, "contacts": [contact]})
        else:
            where = f"/contacts/{self.groups[group].pk}/" + (f"people/{pk}" if pk else "add")
            self.clients[actor].post(where, {"phone": phone, "name": "N", "field_mark": str(mark), "field_tier": "a"})
        assert Contact.objects.filter(phone=phone, values__mark=str(mark)).exists()
        self.written[phone] = (mark, actor)

    @rule(user=people, group=groups)
    def upload(self, user: str, group: str) -> None:
        """The first two people of the group."""
        mark = self._tick_clock()
        phones = list(self.groups[group].contacts.order_by("pk").values_list("phone", flat=True)[:2])
        rows = "".join(f"{phone},{mark}\n" for phone in phones)
        client = self.clients[user]
        client.post("/contacts/upload", {"group": self.groups[group].pk, "pasted": f"phone,mark\n{rows}"})
        upload = self.groups[group].uploads.latest("pk")
        client.post(f"/contacts/uploads/{upload.pk}", {"role_0": "phone", "role_1": "field:mark", "type_1": "text"})
        work_on(upload.pk)
        client.post(f"/contacts/uploads/{upload.pk}/import", {"mode": "update", "keep_empty": "on", "repeats": "last"})
        work_on(upload.pk)
        upload.refresh_from_db()
        assert upload.is_done, upload.error
        self.written |= dict.fromkeys(phones, (mark, user))

    @rule(user=people, group=groups)
    def undo(self, user: str, group: str) -> None:
        """The group's last upload, whose people are then as they were."""
        upload = self.groups[group].uploads.order_by("pk").last()
        if upload is None or not upload.is_done:
            return
        at = self._tick_clock()
        before = dict(self.groups[group].contacts.values_list("phone", "values"))
        self.clients[user].post(f"/contacts/uploads/{upload.pk}/undo")
        work_on(upload.pk)
        after = dict(self.groups[group].contacts.values_list("phone", "values"))
        changed = [phone for phone, values in after.items() if before.get(phone) != values]
        self.written |= dict.fromkeys(changed, (at, user))

    @rule(actor=actors)
    def change_segment(self, actor: str) -> None:
        self._tick_clock()
        wanted = 1 - self.tier
        if actor in KEYS:
            self._ask(actor, "PATCH", f"segments/{SEGMENT}", {"filter": TIERS[wanted]})
        else:
            lines = {f"{name}_0": one[key] for one in TIERS[wanted] for name, key in FILTER_LINE}
            body = {"name": SEGMENT, "groups": [self.groups["many"].pk], **lines}
            self.clients[actor].post(f"/contacts/segments/{self.segment.pk}/edit", body)
        self.segment.refresh_from_db()
        assert self.segment.filter == TIERS[wanted]
        self.tier = wanted

    @rule(actor=actors, times=st.integers(1, 5))
    def single(self, actor: str, times: int) -> None:
        for _ in range(times):
            text = f"Single {self._tick_clock()}"
            if actor in KEYS:
                self.taken[actor] += self._ask(actor, "POST", "messages", {"to": OTHER, "message": text})[0] == 201
                continue
            typed = {"to": OTHER, "sender": self.sender.pk, "text": text}
            shown = self.clients[actor].post("/messages/new", typed)
            if shown.context and (opened := shown.context.get("opened")):
                self.clients[actor].post("/messages/new", typed | {"opened": opened})

    @rule(user=people, posted=st.sampled_from(["", OTHER, *OWN.values()]), template=st.booleans())
    def test(self, user: str, posted: str, template: bool) -> None:
        body = {"test": "1", "text": f"Test {self._tick_clock()}"} | ({"own_phone": posted} if posted else {})
        if template or not self.campaigns:
            self.clients[user].post("/templates/preview", body | {"group": self.groups["few"].pk})
        else:
            self.clients[user].post(f"/campaigns/{self._campaign(self.clock).pk}/test", body)

    @rule(user=people, number=st.sampled_from([OTHER, *OWN.values()]), right=st.booleans())
    def confirm_phone(self, user: str, number: str, right: bool) -> None:
        """Only who has the phone knows the code that was texted to it."""
        client = self.clients[user]
        client.post("/profile/phone", {"phone": number})
        code = PhoneCode.objects.filter(user=self.users[user]).first()
        knows = code is not None and right and code.phone == OWN[user]
        client.post("/profile/phone", {"code": code.digits if code is not None and knows else "000000"})
        if knows and User.objects.get(username=user).confirmed_phone:
            self.confirmed[user].add(OWN[user])
        PhoneCode.objects.update(made_at=timezone.now() - PhoneCode.APART)

    @rule(who=makers_and_approvers, recurs=st.booleans(), before=before, after=after, go_on=actors)
    def whole_way_to_few(self, **how: Any) -> None:
        self._whole_way("few", **how)

    @rule(who=makers_and_approvers, recurs=st.booleans(), before=before, after=after, go_on=actors)
    def whole_way_to_many(self, **how: Any) -> None:
        self._whole_way("many", **how)

    def _whole_way(
        self, group: str, who: tuple[str, str], recurs: bool, before: Meddling, after: Meddling, go_on: str
    ) -> None:
        """From a draft to sent, as it is meant to be, but for what others do before it is approved and after that."""
        maker, by = who
        self._meddle(before, group)
        self.make(maker, group, tier=group == "many", recurs=recurs, go=True)
        self.approve(by, 0, stale=False)
        self._meddle(after, group)
        self.time_passes()
        self._go_on()
        self.steer(go_on, 0, "resume")
        self._go_on()

    def _meddle(self, acts: Meddling, group: str) -> None:
        for what, who in acts:
            person = who if who in PEOPLE else "jane"
            match what:
                case "write":
                    self.write(who, group, self.clock, new=False)
                case "add":
                    for _ in range(2):
                        self.write(who, group, 0, new=True)
                case "segment":
                    self.change_segment(who)
                case "text":
                    if self.campaigns:
                        self.change_text(who, 0)
                case "upload":
                    self.upload(person, group)
                case "undo":
                    self.undo(person, group)

    # What the portal does.

    @rule()
    def time_passes(self) -> None:
        """What is to come is due, is planned, and goes out."""
        now = timezone.now()
        Run.objects.filter(status="scheduled", scheduled_for__gt=now).update(scheduled_for=now)
        self._go_on()

    @rule(again=st.booleans())
    def what_is_due_goes_out(self, again: bool) -> None:
        self._go_on()
        if again:
            self._go_on()

    def _go_on(self) -> None:
        self._tick_clock()
        planned = [run for run in run_tick().to_plan if planning.plan_run(run)]
        for run in planned:
            self.prepared[run] = Prepared(self.clock, dict(self.written), self.tier)
            start_runs.start_run(Run.objects.select_related("campaign").get(pk=run))
        run_tick()
        sending.send_while_there_is_work(sending.gateway_from_settings(), seconds=5)

    # What must hold.

    @invariant()
    def nothing_went_past_the_rules(self) -> None:
        went = Message.objects.exclude(status__in=("queued", "skipped", "cancelled")).exclude(pk__in=self.checked)
        for message in went.select_related("batch", "created_by").order_by("pk"):
            self.checked.add(message.pk)
            type(self).sent += 1
            if message.run_id:
                self._check_of_campaign(message)
            elif message.source == Message.Source.TEST:
                assert message.created_by is not None
                own = self.confirmed[message.created_by.username]
                assert message.phone in own, f"a test of {message.created_by} went to {message.phone}"
        self._check_numbers()

    def _check_of_campaign(self, message: Message) -> None:
        run = Run.objects.get(pk=message.run_id)
        known = next(one for one in self.campaigns if one.pk == run.campaign_id)
        if self.rule_of_approval != "always" and not known.looked:
            people = Message.objects.filter(run=run).exclude(status="skipped").count()
            assert people <= ABOVE, f"{people} people of run {run.pk}, which nobody approved"
            assert known.launched_by in MANAGERS, f"{known.launched_by} launched it alone"
            return
        assert known.looked, f"run {run.pk} went out and nobody had approved it"
        prepared = self.prepared[run.pk]
        texts = {one.text for one in known.looked}
        assert run.text in texts, f"the text of run {run.pk} is none of those that were approved"
        at, by = prepared.written[message.phone]
        assert not by or known.may_be_approved_by(by) or any(one.at >= at for one in known.looked), (
            f"{message.phone} was written by {by} at {at}, after the last approval"
        )
        if known.uses_tier:
            assert any(one.tier == prepared.tier for one in known.looked), "the segment meant something else"

    def _check_numbers(self) -> None:
        singles = Message.objects.filter(run=None).exclude(source=Message.Source.CODE)
        for name, user in self.users.items():
            theirs = singles.filter(created_by=user)
            assert theirs.count() <= MOST_BY_PERSON, f"{theirs.count()} single texts by {name}"
        for name, texts in self.taken.items():
            assert texts <= MOST_BY_KEY, f"{texts} single texts by the key {name}"
        codes = Message.objects.filter(source=Message.Source.CODE).count()
        assert codes <= MOST_CODES * len(PEOPLE)

    # How it is done.

    def _tick_clock(self) -> int:
        self.clock += 1
        return self.clock

    def _campaign(self, which: int) -> Known:
        return self.campaigns[-1 - which % min(len(self.campaigns), 3)]

    def _looked_at(self, actor: str, known: Known) -> None:
        self._tick_clock()
        assert known.may_be_approved_by(actor), f"{actor} let go what {known.authors} had made"
        run = Run.objects.filter(campaign=known.pk).exclude(status="scheduled").order_by("-pk").first()
        tier = self.prepared[run.pk].tier if run is not None and run.pk in self.prepared else self.tier
        known.looked.append(Looked(self.clock, known.text, self.tier))
        known.looked.append(Looked(self.clock, known.text, tier))

    def _act(self, actor: str, known: Known, act: str) -> None:
        if actor in KEYS:
            self._ask(actor, "POST", f"campaigns/{known.pk}/{act}")
        else:
            version = Campaign.objects.get(pk=known.pk).version
            self.clients[actor].post(f"/campaigns/{known.pk}/{act}", {"version": version})

    def _ask(self, key: str, method: str, path: str, body: object = None) -> tuple[int, Any]:
        answer = Client(SERVER_NAME=HOST).generic(
            method,
            f"/v1/{path}",
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.keys[key]}"},
        )
        assert answer.status_code < 500, answer.content
        return answer.status_code, json.loads(answer.content) if answer.content else None

    def _built(self, client: Client, group: str, uses_tier: bool, text: str, recurs: bool) -> int:
        client.post("/campaigns/new", {"name": "n", "kind": "transactional"})
        pk = Campaign.objects.latest("pk").pk
        whom = {"segments": [self.segment.pk]} if uses_tier else {"groups": [self.groups[group].pk]}
        what = {"text": text, "sender": self.sender.pk, "kind": "transactional", "missing_values": "skip"}
        when = {"when": "again", "repeat": "daily", "time": "09:00", "ends": "never"} if recurs else {"when": "now"}
        for version, (page, body) in enumerate(
            {"who": whom, "what": what, "when": when | {"uncertain": "hold"}}.items(), 1
        ):
            answer = client.post(f"/campaigns/{pk}/{page}", {"version": version, **body})
            assert answer.status_code == 302, (page, answer.content.decode())
        return pk


FILTER_LINE = (("field", "field"), ("op", "op"), ("value", "value"))


def _person(name: str, role: Role) -> User:
    user = User.objects.create(username=name)
    user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    return user


def _signed_in(user: User) -> Client:
    client = Client(SERVER_NAME=HOST)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
