"""Which columns are money, which are identifiers, and which are counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts import values
from contacts.spreadsheets.field_types import guess_type
from tests.pure.anything import ANYTHING, NUMBERISH, VALUEISH

AMOUNTS = ["12500", "2500", "700"]
WORDS_FOR_NUMBERS = ["no", "No.", "number", "Number", "ID", "id", "code", "Code", "ref", "Ref."]
MONEY_HEADINGS = (
    "Balance|Loan Balance|Account Balance|LoanBalance|loan_balance|House rent|Rent|Fee Balance|Fee|Fees|School fees|"
    "Arrears|Amount|Amount Due|AmountDue|Due|Paid|Total|Total (KES)|KES|KSh|KShs|Outstanding|Acc Bal|"
    "Principal + Interest|Loan|Loan amount|Price|Salio|Deni|Salio la mkopo|"
    "Karo|Kodi ya nyumba|Paid In|Amount No|Balance B/F|Rent per month|"
    "Phone balance"
)
IDENTIFIERS = (
    "Loan No|Loan Number|Loan ID|Account|Account No|Account No.|A/C No.|Acc No|AccountNumber|account_number|Adm No|ADM|"
    "Admission Number|Year|House|House No|House number|Meter|Meter No|Meter number|Till|Till No|Paybill|Pay bill|"
    "Plot No|Invoice Ref|Receipt No.|Branch code|Member ID|Phone|Second phone|Alt Phone No|Policy Number|Unit|Number|"
    "No|#|Nambari|Akaunti|Namba ya nyumba|Mwaka|Member #|Loan Ref|Savings Account No|Deposit code|Fee payer's phone"
)


@pytest.mark.parametrize("heading", MONEY_HEADINGS.split("|"))
def test_a_money_word_makes_money_of_amounts(heading):
    assert guess_type(heading, AMOUNTS) == "money"


@pytest.mark.parametrize("heading", IDENTIFIERS.split("|"))
def test_an_identifier_is_text_whatever_its_numbers(heading):
    for cells in (
        AMOUNTS,
        ["100234567", "100234568"],
        ["1204", "1204"],
        ["0012"],
        ["46001", "46002"],
        ["5.00", "6.00"],
    ):
        assert guess_type(heading, cells) == "text"
        assert guess_type(heading, cells) == "text"


@pytest.mark.parametrize(
    "heading, cells, type_",
    [
        # The words are whole ones.
        ("Coffee", ["5", "12"], "integer"),
        ("Feedback", ["5", "12"], "integer"),
        ("Overdue visits", ["5", "12"], "integer"),
        ("Parent", ["Ann", "Ben"], "text"),
        ("Current", ["5", "12"], "integer"),
        ("Subtotal", ["5", "12"], "integer"),
        ("Notes", ["5", "12"], "integer"),
        ("Yearly visits", ["5", "12"], "integer"),
        # What is counted is no money.
        ("Days in arrears", ["30", "7"], "integer"),
        ("Due day", ["5", "28"], "integer"),
        ("Months due", ["3", "12"], "integer"),
        ("Loan cycle", ["3", "12"], "integer"),
        ("Loan term (months)", ["3", "12"], "integer"),
        ("Savings 2025", ["300", "12"], "money"),
        ("Paid to date", ["300", "12"], "money"),
        ("Number of fees", ["3", "1"], "integer"),
        ("Meter reading", ["12045", "9045"], "integer"),
        ("Points", ["3", "12"], "integer"),
        ("Children", ["-1", "2"], "integer"),
        # By the values, where the heading says neither.
        ("Ledger", ["0012", "0345"], "text"),
        ("Ledger", ["12", "0"], "integer"),
        ("Ledger", ["1234567", "1234568"], "text"),
        ("Ledger", ["1234567", "1234567"], "integer"),
        ("Ledger", ["1234567", "12345678"], "integer"),
        ("Ledger", ["123456", "123457"], "integer"),
        ("Pledge", ["KES 7", "5,000"], "money"),
        ("Pledge", ["5000/=", "700/="], "money"),
        ("Pledge", ["5.00", "7.25"], "money"),
        ("Pledge", ["05.00", "07.25"], "text"),
        ("Town", ["Nakuru"], "text"),
        ("Nothing", ["", ""], "text"),
        ("Visits", ["3", "#N/A", "12"], "integer"),
        # Days stay days.
        ("Due", ["31/12/2026", "01/01/2027"], "date"),
        ("Due date", ["31/12/2026", "01/01/2027"], "date"),
        ("Born", ["0/0/0000", "5/3/2010", "12/24/2010"], "date"),
        ("Visit", ["00:00", "2026-12-05", "1900-01-01"], "date"),
        ("Time", ["00:00", "0:00"], "text"),
        ("Measure", ["41637.5", "1.5"], "text"),
        ("Appointment", ["2026-12-05 09:30:00", "2026-12-05 14:00:00"], "datetime"),
        ("Visit", ["5/12/2026 9:30 am", "12/24/2026 2 pm", "0/0/0000"], "datetime"),
        ("Visit", ["5/12/2026 9:30 am"], "datetime"),
        ("Due", ["5/12/2026 23:59:59", "6/12/2026 23:59:59"], "date"),
        ("Due", ["5/12/2026 00:00", "6/12/2026 00:00"], "date"),
        ("Due", ["2026-11-30T00:00+00:00"], "date"),
        ("Seen", ["5/12/2026 09:30", "6/12/2026", "7/12/2026 10:00"], "date"),
        ("Clinic time", ["9:30 AM", "2:00 PM"], "text"),
        ("Paid on", ["5/3/2026", "12/24/2026"], "date"),
        ("Loan date", ["2026-12-05", "2026-12-06"], "date"),
        # Yes and no stay yes and no.
        ("Active yes/no", ["Yes", "no"], "boolean"),
        ("Paid (yes/no)", ["Yes", "no"], "boolean"),
        ("Phone verified", ["Yes", "no"], "boolean"),
        ("Member", ["Yes", "no"], "boolean"),
        # Words among amounts, and what only looks like one.
        ("Term Balance", ["12,500", "900", "CLEARED", "7,000", "Cleared", "0"], "money"),
        ("Arrears", ["-", "NIL", "-"], "money"),
        ("Balance", ["KES 5,000", "#REF!", "12"], "money"),
        ("Balance", ["lots", "of it", "12"], "text"),
        ("Paid", ["Paid", "-"], "text"),
        ("Paid by", ["Ann", "Ben"], "text"),
        ("Fees contact", ["0712345678", "0712345679"], "text"),
        ("Fees account", ["0012", "0013"], "text"),
        ("Balance", ["1500", "2500", "3500", "4500", "5500", "6500", "7500", "8500", "9500", "0500"], "money"),
    ],
)
def test_a_type_is_guessed(heading, cells, type_):
    assert guess_type(heading, cells) == type_


@given(ANYTHING, st.lists(ANYTHING | NUMBERISH | VALUEISH, max_size=6))
def test_any_heading_and_cells_have_a_type_whatever_their_order(heading, cells):
    cells = [values.clean(cell) for cell in cells]
    type_ = guess_type(values.clean(heading), cells)
    assert type_ in ("text", "integer", "money", "date", "datetime", "boolean")
    assert guess_type(values.clean(heading), cells[::-1]) == type_


@given(
    st.sampled_from(["Ledger", "Second phone", "Balance", "Town", "Loan", "Points"]),
    st.lists(st.from_regex(r"0[0-9]{1,12}", fullmatch=True), min_size=1, max_size=8),
)
def test_a_column_of_leading_zeros_keeps_them_under_any_heading(heading, cells):
    type_ = guess_type(heading, cells)
    assert [values.canonical(type_, cell) for cell in cells] == cells


@given(
    st.sampled_from(["Loan", "Account", "Savings", "Customer", "Member", "House", "Deposit", "Table", "Gate"]),
    st.sampled_from(WORDS_FOR_NUMBERS),
    st.sampled_from([" ", "_", "-", "/"]),
    st.lists(st.integers(0, 10**12).map(str), min_size=1, max_size=8),
)
def test_whatever_ends_as_an_identifier_is_kept_as_it_is_written(thing, word, between, cells):
    heading = f"{thing}{between}{word}"
    assert (
        guess_type(heading, cells) == guess_type(heading.upper(), cells) == guess_type(heading.lower(), cells) == "text"
    )
