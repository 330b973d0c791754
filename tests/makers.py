"""Makers fill in what a test does not care about; what matters is written in the test."""

from __future__ import annotations

import itertools
from decimal import Decimal

from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from campaigns.audience import audience_of
from campaigns.models import Campaign, CampaignGroup, Run, Sender
from contacts.models import Contact, ContactField, ContactGroup

_numbers = itertools.count(1)

LOAN_FIELDS = {"balance": "money", "due_date": "date"}


def make_phone(number=None):
    return f"2547{next(_numbers) if number is None else number:08}"


def make_group(name=None, fields=None, contacts=0, **values):
    """A group with that many contacts, each with its own name and number, and the same values."""
    group = ContactGroup.objects.create(name=name or f"group {next(_numbers)}")
    for position, (key, type_) in enumerate((LOAN_FIELDS if fields is None else fields).items()):
        ContactField.objects.create(group=group, key=key, label=key, type=type_, position=position)
    values = values or {"balance": "5000.00", "due_date": "2026-12-01"}
    Contact.objects.bulk_create(
        Contact(group=group, phone=make_phone(), name=f"Person {number}", values=values) for number in range(contacts)
    )
    return group


def make_family_group(numbers, name=None, key="adm_no", fields=None):
    """A group with a key, of (phone, [(reference, name, values)]): several rows of one number, in this order."""
    fields = {key: "text"} | (LOAN_FIELDS if fields is None else fields)
    group = make_group(name=name, fields=fields)
    ContactGroup.objects.filter(pk=group.pk).update(key=key, keyed_at=timezone.now())
    group.refresh_from_db()
    for phone, rows in numbers:
        for written, child, values in rows:
            make_row(group, phone, written, child, **values)
    return group


def make_siblings_group(rows, share=1 / 3, name=None):
    """A group with a key, of so many rows; of that share of them two have one number, each with its own name."""
    group = make_family_group([], name=name)
    together = round(rows * share)
    numbers = [make_phone() for _ in range(rows - together // 2)]
    phones = [*numbers, *numbers[: rows - len(numbers)]]
    values = {"balance": "5000.00", "due_date": "2026-12-01"}
    Contact.objects.bulk_create(
        (
            Contact(
                group=group,
                phone=phone,
                reference=str(number),
                name=f"Person {number}",
                values={group.key: str(number)} | values,
            )
            for number, phone in enumerate(phones, start=1)
        ),
        batch_size=2_000,
    )
    group.refresh_from_db()
    return group


def make_row(group, phone, written, name="Amina Wanjiru", **values):
    """One row of a group with a key, whose key field has what is `written`."""
    values = {group.key: written} | values
    return Contact.objects.create(
        group=group, phone=phone, name=name, values=values, reference=group.reference_in(values)
    )


def make_contact(group, phone=None, name="Jane Wanjiru", **values):
    return Contact.objects.create(group=group, phone=phone or make_phone(), name=name, values=values)


def make_mixed_group(people=600):
    """Of ten people two have no balance and one a name that needs a second part."""
    group = make_group("Mixed")
    Contact.objects.bulk_create(
        Contact(
            group=group,
            phone=f"2547{number:08}",
            name="Jane" if number % 10 else "J" * 150,
            values={} if number % 10 in (3, 4) else {"balance": "5000.00"},
        )
        for number in range(people)
    )
    group.refresh_from_db()
    return group


def confirm_phone(username, phone="254712000001"):
    """As if the person had typed the code that was texted there."""
    User.objects.filter(username=username).update(phone=phone, phone_confirmed_at=timezone.now())


def make_sender(name=None, price="0.60", **fields):
    price = None if price is None else Decimal(price)
    return Sender.objects.create(name=name or f"S{next(_numbers)}", price=price, **fields)


def make_campaign(*groups, text="Dear <name>, KES <balance>", sender=None, **fields):
    campaign = Campaign.objects.create(
        name=fields.pop("name", "Reminders"), text=text, sender=sender or make_sender(), **fields
    )
    for position, group in enumerate(groups):
        CampaignGroup.objects.create(campaign=campaign, group=group, position=position)
    return campaign


def make_run(campaign, status=Run.Status.PLANNING, **fields):
    """A run that is at `status`, past the beginning of its planning."""
    by_number = fields.setdefault("by_number", audience_of(campaign).by_number)
    settled = {"one_text_for": campaign.one_text_for, "check_rows": by_number and campaign.audience == "frozen"}
    return Run.objects.create(
        campaign=campaign,
        status=status,
        text=campaign.text,
        scheduled_for=fields.pop("scheduled_for", timezone.now()),
        planning_touched_at=timezone.now(),
        **settled | fields,
    )


def with_role(user, role="viewer"):
    """Who has none sees one page everywhere."""
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    return user
