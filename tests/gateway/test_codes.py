"""What each status code of the gateway proves."""

import pytest

from campaigns.gateway.codes import ANY_OTHER, CODES, NO_CODE, Verdict, code_for

ACCEPTED, REJECTED, PASSING = Verdict.ACCEPTED, Verdict.REJECTED, Verdict.PASSING
ACCOUNT, SENDER, UNCERTAIN = Verdict.HALT_ACCOUNT, Verdict.HALT_SENDER, Verdict.UNCERTAIN


@pytest.mark.parametrize(
    "code, of_call, of_item",
    [
        (0, UNCERTAIN, UNCERTAIN),
        (1, ACCEPTED, ACCEPTED),
        (1000, ACCEPTED, ACCEPTED),
        (1001, SENDER, SENDER),
        (1002, REJECTED, REJECTED),
        (1003, REJECTED, REJECTED),
        (1004, ACCOUNT, ACCOUNT),
        (1005, PASSING, PASSING),
        (1006, ACCOUNT, ACCOUNT),
        (1007, PASSING, PASSING),
        (1008, PASSING, PASSING),
        (1009, ACCOUNT, REJECTED),
        (1010, ACCOUNT, REJECTED),
        (1011, ACCOUNT, ACCOUNT),
        (1012, REJECTED, REJECTED),
        (1013, ACCOUNT, ACCOUNT),
        (1014, ACCOUNT, ACCOUNT),
        (1015, ACCOUNT, REJECTED),
        (1016, ACCOUNT, ACCOUNT),
        (1017, UNCERTAIN, REJECTED),
        ("whatever", UNCERTAIN, REJECTED),
        ("", UNCERTAIN, UNCERTAIN),
        (None, UNCERTAIN, UNCERTAIN),
        ({"a": 1}, UNCERTAIN, UNCERTAIN),
    ],
)
def test_what_a_code_proves(code, of_call, of_item):
    assert (code_for(code).of_call, code_for(code).of_item) == (of_call, of_item)


@pytest.mark.parametrize("written", [1003, "1003", " 1003 ", 1003.0, ["1003"]])
def test_a_code_is_found_however_it_is_written(written):
    assert code_for(written) is CODES["1003"]


@pytest.mark.parametrize("written", ["Success", "success", "1", 1, "1000"])
def test_success_is_found_however_it_is_written(written):
    assert code_for(written).accepts


def test_only_an_invalid_number_counts_as_dead_and_only_dnd_suppresses():
    assert [number for number, code in CODES.items() if code.counts_as_dead] == ["1003"]
    assert [number for number, code in CODES.items() if code.suppresses_promotional] == ["1012"]


@pytest.mark.parametrize("code", [*CODES.values(), ANY_OTHER, NO_CODE])
def test_every_code_has_words_for_a_page_and_a_reason_that_fits_its_column(code):
    assert code.words.endswith(".")
    assert len(code.reason) <= 60
    assert code.reason or code.accepts
