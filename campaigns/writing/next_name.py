"""What a campaign is called that is used again: by the month where its name has one, else by the next number."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

MONTHS = (
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
     "December"),
    ("Januari", "Februari", "Machi", "Aprili", "Mei", "Juni", "Julai", "Agosti", "Septemba", "Oktoba", "Novemba",
     "Desemba"),
)  # fmt: skip
PLACES = {name.lower(): (months, number) for months in MONTHS for number, name in enumerate(months, start=1)}
MONTH = re.compile(rf"\b({'|'.join(PLACES)})\b", re.IGNORECASE)
YEAR = re.compile(r"\b20\d\d\b")
# Above it stands a year or something else that is not counted on.
NUMBERED = re.compile(r" (\d{1,2})$")


def next_name(name: str, today: date, longest: int, is_taken: Callable[[str], bool]) -> str:
    """“November balances” in December is “December balances”, “Fees” is “Fees 2”; one that `is_taken` by none."""
    proposed = _of_the_month(name, today)
    number = 1
    if proposed == name:
        found = NUMBERED.search(name)
        number, proposed = (int(found[1]) + 1, name[: found.start()]) if found else (2, name)
    while is_taken(full := _numbered(proposed, number, longest)):
        number += 1
    return full


def _of_the_month(name: str, today: date) -> str:
    """With this month in the place of the one that it names, and this year in the place of a year."""
    found = MONTH.search(name)
    if not found:
        return name
    months, _ = PLACES[found[1].lower()]
    month = months[today.month - 1]
    month = month.upper() if found[1].isupper() else month.lower() if found[1].islower() else month
    return YEAR.sub(str(today.year), name[: found.start()] + month + name[found.end() :])


def _numbered(name: str, number: int, longest: int) -> str:
    end = f" {number}" if number > 1 else ""
    return name[: longest - len(end)].rstrip() + end
