"""What a reply means: STOP as people write it, STOP with more beside it, and what a person has to read."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.opt_outs.stop_words import LOOSE_STOP, PLAIN_STOP, START, ReplyMeaning, meaning_of_reply

CASES = json.loads((Path(__file__).parents[1] / "data/cases/stop_replies.json").read_text())["replies"]
# As docs/replies.md has them, not as the code does.
PLAIN = ["STOP", "STOPALL", "UNSUBSCRIBE", "OPTOUT"]
LOOSE = ["END", "QUIT", "CANCEL", "ACHA", "TOKA", "ONDOKA"]
STARTING = ["START", "ANZA"]
MORE = ["by tomorrow", "it please", "calling me", "START", "START 70700", "!! now", "22345"]


def test_there_are_no_other_words():
    assert (set(PLAIN), set(LOOSE), set(STARTING)) == (PLAIN_STOP, LOOSE_STOP, START)


@pytest.mark.parametrize("word", PLAIN + LOOSE)
@pytest.mark.parametrize(
    "written",
    [
        "{}", "  {} ", "{}.", "{}!!", "{}?", "{}-", "({})", "*{}*", "\n{}\r\n", "“{}”", "'{}'.", "\u00a0{}\u200b",
        "{}🙏", "{} 👍🏽", "{}. Thank you", "{} thanks", "Asante sana, {}", "{} 70700", "{} *70700#", "{}, {}",
        "{} thx 🙏🏾",
    ],
)  # fmt: skip
def test_nothing_but_stop_words_thanks_the_short_code_and_marks_is_stop(word, written):
    for cased in (word, word.lower(), word.capitalize()):
        assert meaning_of_reply(written.format(cased, cased), "70700") is ReplyMeaning.STOP


@pytest.mark.parametrize(
    "text",
    [
        *CASES, "Stop All", "opt-out", "OPT_OUT.", "Opt me out", "Acha kunitumia sms", "acheni kunitumia ujumbe!",
        "wacha kutuma", "ＳＴＯＰ", "STÓP", "s\u200btop", "STOP STOP STOP", "Stop, asante",
        "Unsubscribe - thank u very much",
    ],
)  # fmt: skip
def test_stop_as_people_write_it(text):
    assert meaning_of_reply(text, "70700") is ReplyMeaning.STOP


@pytest.mark.parametrize("word", PLAIN)
@pytest.mark.parametrize("more", MORE)
def test_a_plain_stop_word_before_others_is_heard_and_shown(word, more):
    for text in (f"{word} {more}", f"“{word.lower()}”, {more}"):
        assert meaning_of_reply(text, "70700") is ReplyMeaning.STOP_AND_MORE


@pytest.mark.parametrize(
    "text",
    [
        "End of month I will pay", "end month", "Quit my job, pay later", "Cancel 12345", "CANCEL my loan",
        "Acha nitalipa kesho", "Toka jana nimelipa", "Ondoka hapa",
        "please stop", "Don't stop", "tafadhali acha", "naomba mwache kunitumia", "achana na mimi", "Asante. Stop it",
        "unsubcribe", "STOPP", "START STOP", "I want to opt out",
    ],
)  # fmt: skip
def test_what_may_be_a_stop_is_for_a_person_to_read(text):
    assert meaning_of_reply(text, "70700") is ReplyMeaning.PERHAPS_STOP


@pytest.mark.parametrize("word", STARTING)
def test_each_start_word_in_any_case_means_start(word):
    for written in (word, word.lower(), f" {word.capitalize()}. ", f"{word} 70700", f"{word}, asante"):
        assert meaning_of_reply(written, "70700") is ReplyMeaning.START


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ".", "🙏", "70700", "Thanks", "Nimelipa jana", "the end", "at month end", "Starting today", "0",
        "Christopher has paid", "Wachira", "Achieng here", "cannot cancel", "my stomach aches",
    ],
)  # fmt: skip
def test_anything_else_asks_nobody(text):
    assert meaning_of_reply(text, "70700") is ReplyMeaning.OTHER


@given(st.text(), st.text(max_size=20))
def test_any_text_means_something(text, shortcode):
    assert meaning_of_reply(text, shortcode) in ReplyMeaning
