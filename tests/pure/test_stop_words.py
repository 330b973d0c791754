"""What a reply means: only a word that is the whole message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.opt_outs.stop_words import START, STOP, ReplyMeaning, meaning_of_reply

# As docs/replies.md has them, not as the code does.
STOPPING = ["STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "ACHA", "TOKA", "ONDOKA"]
STARTING = ["START", "ANZA"]


def test_there_are_no_other_words():
    assert (set(STOPPING), set(STARTING)) == (STOP, START)


@pytest.mark.parametrize("word", STOPPING)
@pytest.mark.parametrize(
    "written", ["{}", "  {} ", "{}.", "{}!", "{}!!", "\n{}\r\n", "“{}”", "'{}'.", "\u00a0{}\u200b"]
)
def test_each_stop_word_in_any_case_means_stop(word, written):
    for cased in (word, word.lower(), word.capitalize()):
        assert meaning_of_reply(written.format(cased)) is ReplyMeaning.STOP


@pytest.mark.parametrize("word", STARTING)
def test_each_start_word_in_any_case_means_start(word):
    for written in (word, word.lower(), f" {word.capitalize()}. "):
        assert meaning_of_reply(written) is ReplyMeaning.START


@pytest.mark.parametrize(
    "text",
    ["", " ", ".", "Stop calling me", "STOP START", "STOPP", "don't stop", "the end", "STOP?", "START STOP", "0"],
)
def test_anything_else_is_for_a_person_to_read(text):
    assert meaning_of_reply(text) is ReplyMeaning.OTHER


@given(st.text())
def test_any_text_means_something(text):
    assert meaning_of_reply(text) in ReplyMeaning
