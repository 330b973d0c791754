"""Parts of a text, by the tables of the field and against a second counter."""

import json
from pathlib import Path

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from campaigns import gsm

VECTORS = json.loads((Path(__file__).parent / "parts_vectors.json").read_text())
GSM_TEXT = st.text(alphabet=sorted(gsm.BASIC + gsm.EXTENDED), max_size=700)
ANY_TEXT = st.text(
    alphabet=st.one_of(st.sampled_from("aé€^😀ç’ \n"), st.characters(exclude_categories=["Cs"])), max_size=300
)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["name"])
def test_a_text_has_the_parts_of_the_table(vector):
    text = "".join(piece * times for piece, times in vector["text"])
    counted = gsm.count(text)
    assert (counted.encoding, counted.units, counted.parts) == (vector["encoding"], vector["units"], vector["parts"])
    assert gsm.part_count(text) == vector["parts"]


def test_the_alphabet_is_that_of_the_table():
    within = "éèùìòàÇÄäÖöÜüÑñÅåÆæßÉøØ£¥¤§@_¿¡ΓΔΘΛΞΠΣΦΨΩ"
    without = "‘’“”–—…\u00a0\u200b\t`´çáíóúâêîôûãõĩũ😀"
    assert [char for char in within if not gsm.is_gsm(char)] == []
    assert [char for char in without if gsm.is_gsm(char)] == []
    assert {char for char in gsm.BASIC + gsm.EXTENDED if gsm.count(char).units == 2} == set("^{}\\[~]|€\f")


@given(st.one_of(GSM_TEXT, ANY_TEXT))
def test_the_parts_put_together_are_the_text_and_each_fits(text):
    pieces = gsm.split(text)
    assert "".join(pieces) == text
    most = (153 if len(pieces) > 1 else 160) if gsm.is_gsm(text) else (67 if len(pieces) > 1 else 70)
    for piece in pieces:
        units = (
            sum(2 if char in gsm.EXTENDED else 1 for char in piece)
            if gsm.is_gsm(text)
            else len(piece.encode("utf-16-le")) // 2
        )
        assert 0 < units <= most


LONG_EMOJI = st.text(alphabet="😀🇰a€ж", max_size=700)


@given(st.one_of(GSM_TEXT, ANY_TEXT, LONG_EMOJI))
def test_parts_agree_with_a_second_counter(text):
    # The other counter is wrong of two characters. A form feed is an escape pair of the standard's table, which it
    # takes for a character outside of GSM-7. ESC is no character but the first half of such a pair, which it takes.
    text = text.replace("\f", "").replace("\x1b", "")
    assert [len(part.content) for part in smsutil.split(text).parts if text] == [len(part) for part in gsm.split(text)]


@given(st.one_of(GSM_TEXT, ANY_TEXT))
def test_the_fast_count_is_the_exact_one(text):
    assert gsm.part_count(text) == len(gsm.split(text)) == gsm.count(text).parts


def test_sanitising_takes_plain_twins_and_says_so():
    plain, changed = gsm.sanitise("Ng’ang’a – “ndio”…\u00a0😀")
    assert plain == "Ng'ang'a - \"ndio\"... 😀"
    assert changed == {"’": "'", "–": "-", "“": '"', "”": '"', "…": "...", "\u00a0": " "}
    assert gsm.part_count("x" * 152 + "Ng’ang’a") == 3
    assert gsm.part_count(gsm.sanitise("x" * 152 + "Ng’ang’a")[0]) == 1


@pytest.mark.parametrize(
    "char, twin, is_letter",
    [
        ("’", "'", False), ("\u00a0", " ", False), ("\u200b", "", False), ("é", None, None), ("ç", "c", True),
        ("Ũ", "U", True), ("😀", None, False), ("€", None, False), ("^", None, False), ("e\u0301", "é", False),
        ("i\u0303", "i", True), ("ﬁ", "fi", True), ("½", None, False), ("ж", None, False),
    ],
)  # fmt: skip
def test_a_costly_character_is_told_with_its_plain_twin(char, twin, is_letter):
    found = gsm.costly(f"a{char}b{char}")
    assert found == (() if is_letter is None else (gsm.Costly(char, twin, is_letter),))


def test_sanitising_leaves_names_their_accents_and_puts_apart_ones_together():
    assert gsm.sanitise("Mũmbi, Jose\u0301") == ("Mũmbi, José", {"e\u0301": "é"})


@pytest.mark.parametrize(
    "text, over",
    [("a" * 160, 0), ("a" * 161, 1), ("a" * 306, 146), ("a" * 307, 1), ("a" * 159 + "€", 1), ("ж" * 75, 5), ("", 0)],
)
def test_it_is_told_how_much_must_go_for_one_part_less(text, over):
    assert gsm.over(text) == over


@given(st.one_of(GSM_TEXT, ANY_TEXT))
def test_a_text_shortened_by_what_is_over_has_one_part_less(text):
    # Letters of one unit each, so that what is taken off is exactly that much.
    text = "a" * len(text) if gsm.is_gsm(text) else "ж" * len(text)
    if over := gsm.over(text):
        assert gsm.part_count(text[:-over]) == gsm.part_count(text) - 1
        assert gsm.part_count(text[: 1 - over] if over > 1 else text) == gsm.part_count(text)
