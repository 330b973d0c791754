"""Canonical values as pages write them: 5,000.00, 31 Dec 2026, Yes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from contacts.values import BOOLEAN, DATE, DATETIME, DECIMAL, INTEGER, MONEY, begins_with_zero

NUMERIC = (INTEGER, DECIMAL, MONEY)


def display(type_: str, value: str) -> str:
    """A canonical value in words; what is not of its type, since the type was changed, as it is."""
    if type_ in NUMERIC:
        amount = as_number(value)
        if amount is None:
            return value
        if type_ == MONEY:
            return f"{amount:,.2f}"
        # A whole number may be an account or a year.
        return f"{amount:,f}" if "." in value else value
    if type_ == DATE and (day := as_day(value)):
        return f"{day:%-d %b %Y}"
    if type_ == DATETIME and (moment := as_moment(value)):
        return f"{moment:%-d %b %Y, %H:%M}"
    if type_ == BOOLEAN:
        return {"yes": "Yes", "no": "No"}.get(value, value)
    return value


def as_number(value: str) -> Decimal | None:
    """The number that a canonical value is; None for another text."""
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    is_canonical = amount.is_finite() and abs(amount.adjusted()) < 30 and not begins_with_zero(value)
    return amount if is_canonical else None


def as_day(value: str) -> date | None:
    """The day that a canonical value is; None for another text."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def as_moment(value: str) -> datetime | None:
    """The day and time that a canonical value is, by the portal's clocks; None for another text."""
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M")
    except ValueError:
        return None
