"""Names and cells as they are kept."""

import pytest
from hypothesis import given

from lib import words
from tests.pure.anything import ANYTHING


@pytest.mark.parametrize(
    "written, kept",
    [
        ("November\r\nBcc: x@example.org", "November Bcc: x@example.org"),
        ("  two \t blanks\u00a0\u2028 ", "two blanks"),
        ("zero\u200bwidth\u200e \x07bell\x00", "zerowidth bell"),
        ("Jose\u0301", "José"),
        ("\n\t \ufeff", ""),
        ("half \ud83d", "half"),
        ("as it is", "as it is"),
    ],
)
def test_what_is_kept(written, kept):
    assert words.clean(written) == kept


@given(ANYTHING)
def test_whatever_it_is_it_is_one_line(text):
    kept = words.clean(text)
    assert kept == kept.strip()
    assert len(kept.splitlines()) <= 1
    assert not set(kept) & {chr(code) for code in range(32)}
    assert words.clean(kept) == kept


def test_what_is_too_long_to_be_a_value_is_put_in_order_in_pieces(monkeypatch):
    """Unicode orders marks in squared time: a megabyte of them would take half an hour."""
    lengths, normalize = [], words.unicodedata.normalize
    monkeypatch.setattr(
        words.unicodedata, "normalize", lambda form, piece: lengths.append(len(piece)) or normalize(form, piece)
    )
    assert len(words.clean("a" + "\u0301\u0323" * 20_000)) > words.LONGEST_COMPOSED_LETTERS
    assert max(lengths) <= words.COMPOSED_AT_ONCE_LETTERS
