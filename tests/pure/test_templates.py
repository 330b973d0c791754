"""How templates are written: lines that fit on a screen, and predicates where something is decided."""

import re
from pathlib import Path

import pytest
from django.utils.text import smart_split

ROOT = Path(__file__).resolve().parents[2] / "templates"
TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.suffix in (".html", ".txt"))
WIDTH = 120
CONDITION = re.compile(r"{%\s*(?:if|elif)\s+(.*?)\s*%}")
# With its thousands set apart it is a number to people, and none to whoever reads it back.
NUMBER_TO_READ_BACK = re.compile(r"{{ [\w.]+\.(?:pk|version) }}|[?&;](?:run|group|like)={{ [\w.]+(?<!number) }}")
COMPARING = ("==", "!=", "<", ">", "<=", ">=")


def lines_of(name):
    return list(enumerate((ROOT / name).read_text().splitlines(), start=1))


def is_literal(word):
    return word[0] in "\"'" or re.match(r"-?\d", word) is not None


def compares_with_a_literal(condition):
    """Whether a status, a kind or a rank is spelt out: what it means is for a property of the model to say."""
    words = list(smart_split(condition))
    for left, operator, right in zip(words, words[1:], words[2:], strict=False):
        if operator in COMPARING and (is_literal(left) or is_literal(right) or ".rank" in left + right):
            return True
        if operator == "in" and is_literal(right):
            return True
    return False


def test_there_are_templates():
    assert len(TEMPLATES) > 90


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_line_is_longer_than_a_screen(name):
    assert [f"{name}:{number}" for number, line in lines_of(name) if len(line) > WIDTH] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_is_read_back_is_written_in_digits_alone(name):
    assert [f"{name}:{number}" for number, line in lines_of(name) if NUMBER_TO_READ_BACK.search(line)] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_condition_asks_a_predicate(name):
    told = [
        f"{name}:{number}: {condition}"
        for number, line in lines_of(name)
        for condition in CONDITION.findall(line)
        if compares_with_a_literal(condition)
    ]
    assert told == []


@pytest.mark.parametrize(
    ("condition", "spelt_out"),
    [
        ("role.rank >= 2", True),
        ("not draft or role.rank >= least", True),
        ('campaign.status == "draft"', True),
        ("'draft' != campaign.status", True),
        ('campaign.status in "draft paused"', True),
        ("people|length > 1", True),
        ('one.at|date:"Y" == 2026', True),
        ("role.may_manage and not campaign.recurs", False),
        ("value == chosen", False),
        ('"/people/" in request.path', False),
        ("one.people is not None", False),
    ],
)
def test_what_counts_as_spelt_out(condition, spelt_out):
    assert compares_with_a_literal(condition) is spelt_out
