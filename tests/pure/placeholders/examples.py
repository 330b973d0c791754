"""The fields of the examples, and a text rendered for one person."""

from datetime import date

from campaigns import placeholders

FIELDS = {
    "balance": "money",
    "due_date": "date",
    "visit": "datetime",
    "member": "boolean",
    "time": "text",
    "visits": "integer",
    "a": "text",
    "rate": "decimal",
    "choice": "choice",
}
TODAY = date(2026, 11, 24)


def render(text, name="Jane Wanjiru", phone="254712345678", language="en", **values):
    template = placeholders.compile(text, FIELDS, language=language)
    return template.renderer(today=TODAY, sender="LENDER")(phone, name, values)
