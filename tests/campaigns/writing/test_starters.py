"""Texts to begin with."""

import pytest
from django.utils import timezone

from campaigns import gsm, placeholders
from campaigns.writing import starters

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("starter", starters.STARTERS, ids=lambda one: one.code)
def test_a_text_to_begin_with_can_be_read_and_fits_one_part(starter):
    fields = {
        "balance": "money", "amount": "money", "due_date": "date", "date": "date", "until": "date", "time": "text",
        "product": "text", "points": "integer",
    }  # fmt: skip
    assert placeholders.lint(starter.text, {"g": fields}) == []
    values = {
        "balance": "12500.00", "amount": "3000.00", "due_date": "2026-11-25", "date": "2026-11-25",
        "until": "2026-11-25", "points": "1250",
    }  # fmt: skip
    render = placeholders.compile(starter.text, fields, language=starter.language).renderer(
        today=timezone.localdate(), sender="X"
    )
    text = render("254712345678", "WANJIRU MUTHONI", values)
    assert gsm.count(text).parts == 1
    assert gsm.is_gsm(text)
    assert "Wanjiru" in text or "<name" not in starter.text
