"""Whatever a table holds: each number ends somewhere and is counted, and nobody has or is texted what is not theirs.

Each row's values name their row, so that a value tells where it came from.
"""

import csv
import io
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import planning
from campaigns.models import Campaign, Message, Sender
from contacts import importing
from contacts.models import Contact, ContactGroup, Upload
from contacts.people.merge import IncomingPerson, merge_people
from contacts.tasks import work_on
from lib import phones
from tests.contacts.uploads import begin
from tests.makers import make_campaign, make_group, make_run, make_sender

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = [f"07123456{number}" for number in range(70, 76)]
SPELLINGS = ["{}", "+254{:.9}", "{} (wife)"]
BAD = ["", "none", "0202345678", "071234567", "#N/A", "2547****567"]
BETWEEN = [", ", " / ", " or "]
# Of each field what can be read, and what cannot. Rows count from 2.
FIELDS = {"balance": "money", "due": "date", "note": "text"}
READ = {"balance": "{0}.50", "due": "2026-12-{0:02}", "note": "T{0}"}
UNREAD = {"balance": "many", "due": "31/02/2026", "note": "#REF!"}
OLD = {"balance": "999.00", "due": "2020-01-01", "note": "old"}
NO = "#NAME?"

cell_of_phone = st.one_of(
    st.builds(
        lambda number, spelling: spelling.format(number), st.sampled_from(GOOD), st.sampled_from(["{}", "{} (wife)"])
    ),
    st.sampled_from(BAD),
    st.builds(
        lambda mark, cells: mark.join(cells),
        st.sampled_from(BETWEEN),
        st.lists(st.sampled_from([*GOOD, "071234567"]), min_size=2, max_size=3),
    ),
)
kinds = st.sampled_from(["read", "read", "unread", "empty"])
rows = st.lists(st.tuples(cell_of_phone, kinds, kinds, kinds, st.booleans()), min_size=1, max_size=12)
ways = st.fixed_dictionaries(
    {
        "numbers": st.sampled_from(Upload.Numbers.values),
        "repeats": st.sampled_from(Upload.Repeats.values),
        "keep_empty": st.booleans(),
        "keep_stale": st.booleans(),
        "reject_bad_cells": st.booleans(),
    }
)


def written(number, kind, field):
    return {"read": READ[field].format(number), "unread": UNREAD[field], "empty": ""}[kind]


def table(rows):
    out = io.StringIO()
    writer = csv.writer(out)
    # A heading that is never taken for another, and a first row that shows what the columns are.
    writer.writerow(["Phone", "Name", *FIELDS])
    for number, (phone, *fields, named) in enumerate(rows, start=2):
        values = [written(number, kind, field) for kind, field in zip(fields, FIELDS, strict=True)]
        writer.writerow([phone, f"N{number}" if named else "", *values])
    return out.getvalue()


def is_empty(row):
    phone, *fields, named = row
    return not phone and not named and set(fields) == {"empty"}


def digits_in(cell, numbers):
    """Whose row it may be: of several only where somebody has chosen so."""
    pieces = phones.numbers_in(cell)
    found = []
    for piece in pieces if numbers != "reject" else [cell]:
        try:
            found.append(phones.read_phone(piece).digits)
        except phones.BadNumber:
            continue
    return found[:1] if numbers == "first" else found


def row_of(field, value):
    """The row that a value was read from; None for one from before the upload."""
    if value == OLD.get(field):
        return None
    return int(re.search(r"(\d+)$" if field != "balance" else r"^(\d+)", value)[1])


@given(rows=rows, known=st.sets(st.sampled_from(GOOD)), ways=ways)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_number_ends_somewhere_and_no_value_with_another(rows, known, ways):
    ContactGroup.everything.all().delete()
    Message.objects.all().delete()
    Campaign.objects.all().delete()
    Sender.objects.all().delete()
    group = make_group("Loans", fields=FIELDS)
    before = [IncomingPerson(phones.read_phone(one).digits, "N1", OLD) for one in known]
    merge_people(group, before)
    upload = begin(group, table(rows), **ways)
    columns = {0: ("phone", ""), 1: ("name", ""), **{n: ("field", key) for n, key in enumerate(FIELDS, start=2)}}
    choices = importing.mapping.from_json(upload.mapping)
    importing.choose_columns(
        upload,
        [importing.mapping.replace(one, role=columns[one.index][0], key=columns[one.index][1]) for one in choices],
    )
    for order in (importing.order_check, importing.order_import):
        assert order(upload)
        work_on(upload.pk)
        upload.refresh_from_db()
        if order is importing.order_check:
            checked = upload.counts
    assert upload.is_done, upload.error

    # Each is counted, once, and the check had said so.
    counts = {name: upload.counts[name] for name in Upload.COUNTED}
    assert counts == {name: checked[name] for name in Upload.COUNTED}
    filled = [row for row in rows if not is_empty(row)]
    expected = sum(len(phones.numbers_in(row[0])) if ways["numbers"] == "each" else 1 for row in filled)
    assert counts["rows"] == expected == sum(counts.values()) - counts["rows"]
    assert upload.rejected_rows.count() == counts["rejected"] + upload.counts.get("lost", 0)
    people = {one.phone: one for one in Contact.objects.filter(group=group)}
    assert len(people) == len(known) + counts["created"]

    of_whom = {}
    for number, row in enumerate(rows, start=2):
        for digits in digits_in(row[0], ways["numbers"]):
            of_whom.setdefault(digits, []).append((number, dict(zip(FIELDS, row[1:4], strict=True))))
    for phone, person in people.items():
        theirs = dict(of_whom.get(phone, []))
        came_from = {row_of(field, value) for field, value in person.values.items()} - {None}
        named = int(person.name[1:]) if person.name and person.name != "N1" else None
        assert came_from | ({named} if named else set()) <= set(theirs), (phone, person.values, theirs)
        assert len(came_from) <= 1, "values of two rows stand together"
        for field, value in person.values.items():
            if row_of(field, value) is None and theirs:
                # Nothing newer could be read of it: it is said, or the cell of a row that counts was empty.
                kept = any(kinds[field] == "empty" for kinds in theirs.values()) and ways["keep_empty"]
                assert kept or field in (person.not_updated or []), (phone, field, theirs)

    # Nobody is texted what could not be read.
    campaign = make_campaign(
        group, status=Campaign.Status.ACTIVE, text="<balance> <due: yyyy-mm-dd> <note>", sender=make_sender("QSMS")
    )
    planning.plan_run(make_run(campaign).pk)
    for message in Message.objects.filter(run__campaign=campaign, status="queued"):
        person = people[message.phone]
        assert not set(person.not_updated or []) & set(FIELDS)
        amount, day, note = message.text.split(" ", 2)
        assert (amount, day, note) == (
            f"{float(person.values['balance']):,.2f}", person.values["due"], person.values["note"]
        )  # fmt: skip
