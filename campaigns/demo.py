"""What a first start in practice mode has to look at: groups, templates, campaigns at every stage, a reminder.

Made by the same acts as the real thing, only that no call is made: what the gateway would have said is written down.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from campaigns import delivery, planning, samples
from campaigns.actions import launch, steer
from campaigns.gateway.simulator.chaos import Chaos
from campaigns.maintenance import close_runs, start_runs
from campaigns.models import Campaign, CampaignGroup, Language, Message, MessageTemplate, Run, Sender
from campaigns.sending import settle
from campaigns.sending.claim import Claim, claim_next, mark_posted
from campaigns.sending.settle import Result
from campaigns.writing import templates
from campaigns.writing.starters import BY_CODE
from contacts.models import ContactField, ContactGroup
from contacts.people.merge import IncomingPerson, merge_people

CALL = timedelta(seconds=70)
PEOPLE = 500
MEMBERS = 40
FAMILIES = 42
BEFORE_THE_PAUSE = 2
FIRST = (
    "Achieng",
    "Wanjiru",
    "Kamau",
    "Otieno",
    "Njeri",
    "Kiprop",
    "Amina",
    "Mutua",
    "Chebet",
    "Brian",
    "Joyce",
    "Ng'ang'a",
)
LAST = (
    "Odhiambo",
    "Muthoni",
    "Mwangi",
    "Koech",
    "Barasa",
    "Hassan",
    "Musyoka",
    "Onyango",
    "Waweru",
    "Kimani",
    "Njoroge",
)
TEMPLATES = {
    "Loan balance": "Dear <name:first:title>, your balance of KES <balance> is due on <due_date>. Thank you.",
    "School fees": "Mzazi mpendwa, karo ya <name> ni KES <balance>. Tafadhali lipa kabla ya <due_date>.",
    "Meeting": "Hello <name:first:title|friend>, we meet on <due_date> at 10 o'clock.",
}
OWED = [("balance", "Balance", "money"), ("due_date", "Due date", "date")]
IN_KISWAHILI = ("School fees",)


def make_demo() -> None:
    """Fill an empty portal. Does nothing where there are groups already, or outside practice mode."""
    if not settings.PRACTICE or ContactGroup.objects.exists() or samples.were_made():
        return
    loans = _group("Sample: loan clients", PEOPLE, 0)
    _group("Sample: chama members", MEMBERS, PEOPLE)
    pupils = _school(PEOPLE + MEMBERS)
    for name, text in TEMPLATES.items():
        language = Language.KISWAHILI if name in IN_KISWAHILI else Language.ENGLISH
        if not MessageTemplate.objects.filter(name=name).exists():
            template = MessageTemplate(name=name, text=text, language=language)
            templates.save_template(template, None)
            samples.note_sample(template)
    sender = Sender.objects.filter(is_default=True).first()
    if sender is None:
        return
    # What the simulator bills, so that the sample's costs and the balance agree.
    Sender.objects.filter(pk=sender.pk, price=None).update(price=Decimal(str(Chaos().rate_per_sms)))
    sender.refresh_from_db()
    _finished(_started("Sample: October balances", loans, sender))
    _paused(_started("Sample: November balances", loans, sender))
    _reminder(loans, sender)
    _fees(pupils, sender)


def _made(name: str, fields: list[tuple[str, str, str]], key: str = "") -> ContactGroup:
    group = ContactGroup.objects.create(name=name, key=key, keyed_at=timezone.now() if key else None)
    for position, (field, label, type_) in enumerate(fields):
        ContactField.objects.create(group=group, key=field, label=label, type=type_, position=position)
    samples.note_sample(group)
    return group


def _group(name: str, people: int, offset: int) -> ContactGroup:
    """Numbers of a range that no operator uses, so that even a mistake would text nobody."""
    group = _made(name, [*OWED, ("branch", "Branch", "text")])
    today = date.today()
    incoming = []
    for number in range(people):
        values: dict[str, str | None] = {
            "balance": f"{(number * 7919) % 90_000 + 250}.{number % 100:02}" if number % 25 else "",
            "due_date": (today + timedelta(days=number % 60)).isoformat(),
            "branch": ("Nakuru", "Naivasha", "Kericho")[number % 3],
        }
        who = f"{FIRST[number % len(FIRST)]} {LAST[number * 3 % len(LAST)]}"
        incoming.append(IncomingPerson(f"{samples.NUMBERS}{number + offset:06}", who, values))
    merge_people(group, incoming)
    return group


def _school(offset: int) -> ContactGroup:
    """Children told apart by their admission number: of every three families one has two, of every seven one three.

    One child stands under both parents' numbers, and of every ten children one has paid.
    """
    fields = [("adm_no", "Adm No", "text"), ("class", "Class", "text"), *OWED]
    group = _made("Sample: school", fields, key="adm_no")
    due = date.today() + timedelta(days=14)
    families = [family for family in range(FAMILIES) for _ in range(1 + (family % 3 == 0) + (family % 7 == 0))]
    incoming = []
    for child, family in enumerate(families):
        adm_no = f"{1201 + child:04}"
        values: dict[str, str | None] = {
            "adm_no": adm_no,
            "class": f"Form {child % 4 + 1}",
            "balance": f"{child * 731 % 18_000 + 1_500}.00" if child % 10 else "0.00",
            "due_date": (due + timedelta(days=child % 3)).isoformat(),
        }
        who = f"{FIRST[child * 5 % len(FIRST)]} {LAST[family % len(LAST)]}"
        phones = [family, FAMILIES] if child == 1 else [family]
        incoming += [
            IncomingPerson(f"{samples.NUMBERS}{one + offset:06}", who, values, group.reference_in({"adm_no": adm_no}))
            for one in phones
        ]
    merge_people(group, incoming)
    return group


def _fees(group: ContactGroup, sender: Sender) -> None:
    """A draft: one text a family, of the children who owe something."""
    campaign = Campaign.objects.create(
        created_by=User.objects.filter(is_superuser=True).first(),
        name="Sample: fees of the family",
        text=BY_CODE["school-family"].text,
        sender=sender,
        one_text_for=Campaign.OneTextFor.NUMBER,
        filter=[{"field": "balance", "op": ">", "value": "0"}],
    )
    CampaignGroup.objects.create(campaign=campaign, group=group, position=0)
    samples.note_sample(campaign)


def _started(name: str, group: ContactGroup, sender: Sender) -> Run:
    now = timezone.now()
    campaign = Campaign.objects.create(
        created_by=User.objects.filter(is_superuser=True).first(),
        name=name,
        text=TEMPLATES["Loan balance"],
        sender=sender,
        status=Campaign.Status.ACTIVE,
        launched_at=now,
    )
    CampaignGroup.objects.create(campaign=campaign, group=group, position=0)
    samples.note_sample(campaign)
    run = Run.objects.create(campaign=campaign, scheduled_for=now)
    planning.begin_planning(run)
    planning.plan_run(run.pk)
    run.refresh_from_db()
    start_runs.start_run(run)
    return run


def _reminder(group: ContactGroup, sender: Sender) -> None:
    """Four stages around the due date, for those who owe something."""
    campaign = Campaign.objects.create(
        created_by=User.objects.filter(is_superuser=True).first(),
        name="Sample: loan reminders",
        text=TEMPLATES["Loan balance"],
        sender=sender,
        schedule={
            "field": "due_date",
            "time": "09:00",
            "stages": [{"days_before": 7}, {"days_before": 1}, {"days_before": 0}, {"days_after": 3}],
        },
        filter=[{"field": "balance", "op": ">", "value": "0"}],
    )
    CampaignGroup.objects.create(campaign=campaign, group=group, position=0)
    samples.note_sample(campaign)
    launch.launch(campaign.pk)


def _finished(run: Run) -> None:
    while claim := claim_next(CALL):
        _accept(claim)
    _report(run)
    close_runs.close_finished_runs()


def _paused(run: Run) -> None:
    for _ in range(BEFORE_THE_PAUSE):
        if claim := claim_next(CALL):
            _accept(claim)
    _report(run)
    steer.pause(run.campaign)


def _accept(claim: Claim) -> None:
    mark_posted(claim)
    settle.settle(
        claim, [Result(one.message, Message.Status.ACCEPTED, gateway_id=f"sample-{one.message}") for one in claim.texts]
    )


def _report(run: Run) -> None:
    """Of ten people nine have it, one phone is off."""
    accepted = Message.objects.filter(run=run, status=Message.Status.ACCEPTED).order_by("pk")
    delivery.store(
        [
            {
                "messageId": one.gateway_id,
                "dlrDesc": "DeliveredToTerminal" if one.pk % 10 else "AbsentSubscriber",
                "destaddr": one.phone,
                "sourceaddr": run.campaign.sender.name if run.campaign.sender else "",
                "origin": "Safaricom",
            }
            for one in accepted
        ]
    )
    while delivery.apply_waiting():
        pass
