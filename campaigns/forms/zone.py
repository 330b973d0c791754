"""A time zone, typed by its name or its place, of which only the likely ones stand in the page."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms

NEAR = ("Africa/Nairobi", "Africa/Kampala", "Africa/Dar_es_Salaam", "Africa/Kigali", "Africa/Addis_Ababa")


@cache
def zones() -> tuple[str, ...]:
    """Those that are called after places, the near ones first."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return tuple(dict.fromkeys([*NEAR, *places]))


def in_words(zone: str) -> str:
    return zone.replace("_", " ")


class ZoneField(forms.CharField):
    """`Africa/Dar es Salaam`, or `dar es salaam` alone. What it had before stays possible, whatever it is called."""

    own = ""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"list": "zones", "autocomplete": "off", "spellcheck": "false"}
        super().__init__(max_length=60, widget=forms.TextInput(attrs=attrs), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return in_words(value) if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        wanted = "_".join(typed.casefold().split())
        known = dict.fromkeys([*zones(), "UTC", *filter(None, [self.own])])
        found = [name for name in known if name.casefold() == wanted]
        found = found or [name for name in known if name.casefold().endswith(f"/{wanted}")]
        if len(found) > 1:
            raise forms.ValidationError(f"Which one: {' or '.join(map(in_words, found))}?")
        if typed and not found:
            raise forms.ValidationError(f"There is no time zone {typed}. Type a large town in it, as Nairobi.")
        return found[0] if found else ""
