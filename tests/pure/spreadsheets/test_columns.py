"""What columns are is guessed from any headings and cells."""

from hypothesis import given
from hypothesis import strategies as st

from contacts import values
from contacts.spreadsheets import columns
from tests.pure.anything import ANYTHING, NUMBERISH, VALUEISH


@given(st.lists(ANYTHING, max_size=5), st.lists(st.lists(ANYTHING | NUMBERISH | VALUEISH, max_size=5), max_size=5))
def test_any_headings_and_cells_can_be_guessed_from(headings, rows):
    found = columns.guess_fields(
        [values.clean(one) for one in headings],
        [[values.clean(cell) for cell in row] for row in rows],
        {"balance": ("Balance", "money")},
        first_upload=True,
    )
    keys = [one.key for one in found if one.role in ("new", "field")]
    assert len(keys) == len(set(keys))
    assert all(0 < len(key) <= 40 for key in keys)
