"""Which column is the phone: whoever is chosen here is texted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts import values
from contacts.spreadsheets.phone_column import judge_phone_column
from tests.pure.anything import ANYTHING, NUMBERISH, VALUEISH

NAMES = ["Ann Demo", "Ben Demo", "Cat Demo", "Dan Demo", "Eve Demo", "Fay Demo"]
AMOUNTS = ["1500", "2500", "3500", "4500", "5500", "6500"]
IDS = ["23456701", "23456702", "23456703", "23456704", "23456705", "23456706"]
ACCOUNTS = ["100234561", "100234562", "100234563", "100234564", "100234565", "100234566"]
OWN = ["0712000701", "0712000702", "0712000703", "0712000704", "0712000705", "0712000706"]
KIN = ["0722000791", "0722000792", "0722000793", "0722000794", "0722000795", "0722000796"]
BARE = [one[1:] for one in OWN]
MASKED = [f"2547****{one[-3:]}" for one in OWN]
ONE_OFFICER = ["0733000001"] * 6
ONE_BAD = [*OWN[:3], "none", *OWN[4:]]
FOUR_BAD = ["none", "-", "N/A", "0712", *OWN[4:]]
ONE_GOOD = ["", "", KIN[2], "", "", ""]
HALF = [*OWN[:3], "", "", ""]
EMPTY = [""] * 6
BOTH = [f"{own}, {kin}" for own, kin in zip(OWN, KIN, strict=True)]


def judged(columns):
    headings = [heading for heading, _ in columns]
    return judge_phone_column(headings, list(zip(*(cells for _, cells in columns), strict=True))), headings


def chosen(columns):
    verdict, headings = judged(columns)
    assert (verdict.index is None) == (not verdict.words.endswith("."))
    if verdict.index is not None:
        return headings[verdict.index]
    assert bool(verdict.doubtful) == bool(verdict.words) or "numbers stand among other words" in verdict.words
    return {headings[index] for index in verdict.doubtful}


@pytest.mark.parametrize(
    "columns, expected",
    [
        # A lender.
        ([("Name", NAMES), ("Phone", ONE_BAD), ("Next of kin phone", ONE_GOOD), ("Balance", AMOUNTS)], "Phone"),
        ([("Name", NAMES), ("Phone", ONE_BAD), ("Next of kin phone", KIN)], "Phone"),
        ([("Next of kin phone", KIN), ("Phone", FOUR_BAD)], "Phone"),
        ([("NOK", KIN), ("Mobile No.", HALF)], "Mobile No."),
        ([("Phone", OWN), ("Guarantor Phone", KIN), ("Loan No", ACCOUNTS)], "Phone"),
        ([("Guarantor 1 Phone", KIN), ("Client Mobile", ONE_BAD), ("Guarantor 2 Phone", OWN)], "Client Mobile"),
        ([("Officer phone", ONE_OFFICER), ("Member", NAMES), ("Phone", OWN)], "Phone"),
        ([("RO", ONE_OFFICER), ("Msisdn", OWN)], "Msisdn"),
        ([("Handled by", ONE_OFFICER), ("Tel No", ONE_BAD)], "Tel No"),
        ([("Collections", ONE_OFFICER), ("Customer", OWN)], "Customer"),
        ([("ID Number", IDS), ("Mpesa Number", OWN), ("Loan Balance", AMOUNTS)], "Mpesa Number"),
        ([("National ID", ACCOUNTS), ("M-PESA No", OWN)], "M-PESA No"),
        ([("Client ID", BARE), ("Line", KIN)], "Line"),
        ([("Loan Account", ACCOUNTS), ("Contact", OWN)], "Contact"),
        ([("Account Number", OWN), ("Phone", KIN)], "Phone"),
        ([("Phone", OWN), ("WhatsApp", KIN)], "Phone"),
        ([("WhatsApp number", OWN), ("Name", NAMES)], "WhatsApp number"),
        ([("Phone", OWN), ("Mpesa No", ONE_BAD)], "Phone"),
        ([("Phone", OWN), ("Alternative phone", KIN)], "Phone"),
        ([("Alt. Mobile", KIN), ("Mobile", ONE_BAD)], "Mobile"),
        ([("Phone", HALF), ("Phone 2", KIN)], "Phone"),
        ([("Tel2", KIN), ("Tel1", ONE_BAD)], "Tel1"),
        ([("2nd phone", KIN), ("phone", HALF)], "phone"),
        ([("Business Phone", KIN), ("Home Phone", KIN), ("Mobile Phone", HALF)], "Mobile Phone"),
        ([("Phone", OWN), ("Employer Tel", KIN), ("Supervisor contact", ONE_OFFICER)], "Phone"),
        ([("phonenumber", OWN), ("guarantorphone", KIN), ("nextofkinphone", KIN)], "phonenumber"),
        ([("PhoneNumber", OWN), ("EmergencyContact", KIN)], "PhoneNumber"),
        ([("Reference contact", KIN), ("Ref 2 phone", KIN), ("Cell No", ONE_BAD)], "Cell No"),
        ([("Co-borrower phone", KIN), ("Borrower phone", HALF)], "Borrower phone"),
        ([("Referred by (phone)", KIN), ("Phone", HALF)], "Phone"),
        ([("Emergency No", KIN), ("Client's Mobile Number", ONE_BAD)], "Client's Mobile Number"),
        ([("PhoneNumber2", KIN), ("PhoneNumber1", ONE_BAD)], "PhoneNumber1"),
        ([("Tel (Res)", KIN), ("Tel (Office)", KIN), ("Tel (Mobile)", HALF)], "Tel (Mobile)"),
        ([("Phone (Secondary)", KIN), ("Phone (Primary)", ONE_BAD)], "Phone (Primary)"),
        ([("N.O.K Tel", KIN), ("Relationship Manager Phone", ONE_OFFICER), ("SMS No", ONE_BAD)], "SMS No"),
        # A school, a SACCO, a clinic, a church.
        ([("Student", NAMES), ("Parent phone", OWN), ("Class teacher phone", ONE_OFFICER)], "Parent phone"),
        (
            [("Adm No", ACCOUNTS), ("Parent Tel(s)", [f"{a}, {b}" for a, b in zip(OWN, KIN, strict=True)])],
            "Parent Tel(s)",
        ),
        ([("Parent 2 phone", KIN), ("Parent 1 phone", ONE_BAD)], "Parent 1 phone"),
        ([("Form 2 parent phone", ONE_BAD), ("Class 2 teacher phone", KIN)], "Form 2 parent phone"),
        ([("Guardian contact", ONE_BAD), ("Emergency contact", KIN)], "Guardian contact"),
        ([("Member No", ACCOUNTS), ("Mobile", BARE), ("Shares", AMOUNTS), ("Nominee phone", KIN)], "Mobile"),
        ([("Patient phone", OWN), ("Treatment supporter phone", KIN), ("NHIF No", ACCOUNTS)], "Patient phone"),
        ([("Cell", OWN), ("Cell leader phone", ONE_OFFICER), ("Spouse cell", KIN)], "Cell"),
        ([("Member", NAMES), ("Line", OWN), ("Tithe", AMOUNTS)], "Line"),
        # Kiswahili.
        ([("Jina", NAMES), ("Nambari ya simu", OWN), ("Nambari ya kitambulisho", ACCOUNTS)], "Nambari ya simu"),
        ([("Simu", ONE_BAD), ("Simu ya ndugu", KIN), ("Deni", AMOUNTS)], "Simu"),
        ([("Simu ya mdhamini", KIN), ("Simu ya mteja", OWN)], "Simu ya mteja"),
        ([("Simu ya afisa", ONE_OFFICER), ("Simu ya dharura", KIN), ("Namba", OWN)], "Namba"),
        ([("Simu ya pili", KIN), ("Simu ya mkononi", HALF)], "Simu ya mkononi"),
        # Exports of other programs.
        ([("Phone 1 - Label", ["Mobile"] * 6), ("Phone 1 - Value", HALF), ("Phone 2 - Value", KIN)], "Phone 1 - Value"),
        ([("_id", ACCOUNTS), ("phonenumber", ONE_OFFICER), ("group/respondent_phone", OWN)], "group/respondent_phone"),
        ([("Q2. Phone number", OWN), ("Q3. Next of kin phone number", KIN)], "Q2. Phone number"),
        ([("enumerator_phone", KIN), ("phone_number", ONE_BAD), ("_index", AMOUNTS)], "phone_number"),
        ([("MSISDN", OWN), ("BillRefNumber", KIN), ("OrgAccountBalance", ACCOUNTS)], "MSISDN"),
        ([("Column A", NAMES), ("Column B", BARE)], "Column B"),
        ([("Due", ["31/12/2026"] * 6), ("Number", OWN)], "Number"),
        ([("Name", NAMES), ("Phone", MASKED), ("Balance", ACCOUNTS)], "Phone"),
        ([("Name", NAMES), ("", MASKED)], ""),
        # A number without its last digits is less than one, two numbers are no less.
        ([("Tel", IDS), ("Mobile", HALF)], "Mobile"),
        ([("Tel", BOTH), ("Mobile", HALF)], "Tel"),
        ([("Tel", [one.replace(", ", " ::: ") for one in BOTH]), ("Mobile", HALF)], "Tel"),
        # Of two columns with the same numbers either will do.
        ([("Phone", OWN), ("Mobile", OWN)], "Phone"),
        ([("Mobile", HALF), ("Phone", OWN)], "Phone"),
        # Another line of their own is taken where there is no better one, somebody else's never.
        ([("Name", NAMES), ("Phone 2", KIN)], "Phone 2"),
        ([("Name", NAMES), ("Business phone", KIN)], "Business phone"),
        ([("Name", NAMES), ("Agent phone", KIN)], "Agent phone"),
        ([("Name", NAMES), ("Next of kin phone", KIN)], {"Next of kin phone"}),
        ([("Name", NAMES), ("Simu ya mdhamini", KIN)], {"Simu ya mdhamini"}),
        ([("Phone", EMPTY), ("Guarantor", KIN)], {"Guarantor"}),
        ([("Phone", ["none"] * 6), ("Alternative phone", KIN)], {"Alternative phone"}),
        ([("Phone", EMPTY), ("Notes", KIN)], {"Notes"}),
        ([("Name", NAMES), ("Account No", OWN)], {"Account No"}),
        ([("Name", NAMES), ("Customer Number", OWN)], {"Customer Number"}),
        # Nobody can tell.
        ([("Phone", OWN), ("Mobile", KIN)], {"Phone", "Mobile"}),
        ([("Phone", ONE_BAD), ("Mobile", KIN)], {"Phone", "Mobile"}),
        ([("Phone", OWN), ("Phone", KIN)], {"Phone"}),
        ([("Father's phone", OWN), ("Mother's phone", KIN)], {"Father's phone", "Mother's phone"}),
        ([("Student phone", KIN), ("Parent phone", ONE_BAD)], {"Student phone", "Parent phone"}),
        ([("Column A", OWN), ("Column B", KIN)], {"Column A", "Column B"}),
        ([("Alternative phone", OWN), ("Home phone", KIN)], {"Alternative phone", "Home phone"}),
        # What is none.
        ([("Name", NAMES), ("Balance", ACCOUNTS)], set()),
        ([("Name", NAMES), ("Account No", ACCOUNTS)], set()),
        ([("Name", NAMES), ("ID Number", OWN)], set()),
        ([("KRA PIN", OWN), ("Password", OWN), ("Loan Balance", OWN), ("Fee", OWN), ("Diagnosis", OWN)], set()),
        ([("Details", [f"Pay Bill from {one} - JANE DEMO, Acc. 7" for one in OWN]), ("Paid In", ACCOUNTS)], set()),
        ([("Other Party Info", [f"{one} - JANE DEMO" for one in MASKED]), ("Balance", ACCOUNTS)], set()),
        ([("Name and number", [f"{name}, {one}" for name, one in zip(NAMES, OWN, strict=True)])], set()),
        ([("Phone", EMPTY), ("Name", NAMES)], set()),
        ([("Serial", IDS), ("Visits", AMOUNTS)], set()),
    ],
    ids=lambda value: "-".join(heading for heading, _ in value) if isinstance(value, list) else None,
)
def test_the_phone_is_found_or_asked_about(columns, expected):
    assert chosen(columns) == expected
    assert chosen([(heading, cells[::-1]) for heading, cells in columns]) == expected


@pytest.mark.parametrize(
    "columns, words",
    [
        (
            [("Phone", ONE_BAD), ("Next of kin phone", ONE_GOOD)],
            "5 of 6 rows looked at have a mobile number here, and the heading says so; "
            "“Next of kin phone” is by its heading somebody else's.",
        ),
        (
            [("Column A", OWN)],
            "6 of 6 rows looked at have a mobile number here.",
        ),
        (
            [("Phone", OWN), ("Mobile", KIN)],
            "“Phone” and “Mobile” may each be the phone number "
            "(of 6 rows looked at, 6 and 6 have a mobile number there)",
        ),
        (
            [("Next of kin phone", KIN)],
            "Only “Next of kin phone” holds what may be mobile numbers, "
            "and “Next of kin phone” is by its heading somebody else's",
        ),
        ([("Phone", EMPTY), ("Notes", KIN)], "“Phone” has no mobile number, and “Notes” has some"),
    ],
)
def test_it_is_said_why(columns, words):
    assert judged(columns)[0].words == words


def test_of_a_wide_sheet_fewer_rows_are_looked_at():
    row = [OWN[0], *[f"{number:010}" for number in range(199)]]
    verdict = judge_phone_column(["Phone", *["Code"] * 199], [row] * 200)
    assert verdict.words.startswith("50 of 50 rows looked at")


PHONE_HEADINGS = ["Phone", "Mobile No", "Simu", "Contact", "Line", "WhatsApp", "M-PESA No", "Client phone", "Number"]
OTHERS = ["Next of kin phone", "Guarantor mobile", "Officer contact", "Emergency line", "Simu ya mdhamini", "NOK No"]
NEVER = ["ID Number", "National ID", "Balance", "Loan Amount", "PIN", "Fee", "Total", "Deni", "Password", "Salary"]
CELLS = st.one_of(st.sampled_from([*OWN, *KIN, *BARE, *IDS, *AMOUNTS, *NAMES, *MASKED, "", "none"]), NUMBERISH)
TABLES = st.lists(
    st.sampled_from([*PHONE_HEADINGS, *OTHERS, *NEVER, "Notes", "Account No", "Phone 2", ""]), max_size=5
).flatmap(
    lambda headings: st.tuples(
        st.just(headings), st.lists(st.lists(CELLS, min_size=len(headings), max_size=len(headings)), max_size=8)
    )
)


def outcome(headings, rows):
    """The column that is chosen, as its heading and cells; or those that are asked about."""
    verdict = judge_phone_column(headings, rows)
    columns = [(heading, *sorted(row[index] for row in rows)) for index, heading in enumerate(headings)]
    if verdict.index is not None:
        return columns[verdict.index]
    return sorted(columns[index] for index in verdict.doubtful)


@given(TABLES, st.randoms())
def test_the_order_of_rows_changes_nothing(table, random):
    headings, rows = table
    assert outcome(headings, random.sample(rows, len(rows))) == outcome(headings, rows)


@given(TABLES, st.randoms())
def test_the_order_of_columns_changes_nothing(table, random):
    headings, rows = table
    order = random.sample(range(len(headings)), len(headings))
    moved = judge_phone_column([headings[at] for at in order], [[row[at] for at in order] for row in rows])
    first = judge_phone_column(headings, rows)
    assert (moved.index is None) == (first.index is None)
    if first.index is None:
        assert {order[index] for index in moved.doubtful} == set(first.doubtful)
    elif order[moved.index] != first.index:
        # Then both hold the same numbers.
        two = [{row[index] for row in rows} for index in (first.index, order[moved.index])]
        assert two[0] & two[1]


@given(TABLES)
def test_a_private_or_money_column_and_somebody_else_s_are_never_the_phone(table):
    headings, rows = table
    index = judge_phone_column(headings, rows).index
    assert index is None or headings[index] not in [*NEVER, *OTHERS, "Account No"]


@given(TABLES, st.lists(st.sampled_from(KIN), min_size=8, max_size=8), st.sampled_from([*OTHERS, *NEVER]))
def test_a_column_of_somebody_else_s_numbers_changes_nothing(table, numbers, heading):
    headings, rows = table[0], [row for row in table[1] if any(row)]
    before = judge_phone_column(headings, rows)
    after = judge_phone_column([*headings, heading], [[*row, one] for row, one in zip(rows, numbers, strict=False)])
    if before.index is not None and headings[before.index] in PHONE_HEADINGS:
        assert after.index == before.index


@given(st.lists(ANYTHING, max_size=5), st.lists(st.lists(ANYTHING | NUMBERISH | VALUEISH, max_size=5), max_size=5))
def test_any_table_can_be_judged(headings, rows):
    headings = [values.clean(heading) for heading in headings]
    verdict = judge_phone_column(headings, [[values.clean(cell) for cell in row] for row in rows])
    assert verdict.index is None or 0 <= verdict.index < len(headings)
    assert verdict.index is None or not verdict.doubtful
