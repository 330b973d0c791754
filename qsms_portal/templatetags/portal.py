"""How pages write numbers, phones, money and times, and the icons."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from lib import phones

register = template.Library()

ICONS = Path(settings.BASE_DIR) / "templates" / "icons"


@register.filter
def phone(digits: str) -> str:
    """0712 345 678."""
    return phones.local_number(digits)


@register.filter
def money(amount: Decimal | float | None) -> str:
    """KES 1,234.50, or a dash where there is none."""
    return "–" if amount is None else f"KES {amount:,.2f}"


@register.filter
def whole(number: int | None) -> str:
    """1,204."""
    return "–" if number is None else f"{number:,}"


@register.filter
def when(moment: datetime | None) -> SafeString | str:
    """The time in the portal's zone, with the zone and "in 3 hours" on hover."""
    return _time(moment, "%-d %b %Y, %H:%M")


@register.filter
def weekday_when(moment: datetime | None) -> SafeString | str:
    """As `when`, with the weekday: “Fri 27 Nov 2026, 09:00”."""
    return _time(moment, "%a %-d %b %Y, %H:%M")


def _time(moment: datetime | None, written: str) -> SafeString | str:
    if moment is None:
        return "–"
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{} ({})">{}</time>',
        moment.isoformat(),
        naturaltime(moment),
        local.tzname(),
        local.strftime(written),
    )


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """“3 minutes ago”, with the exact time on hover."""
    if moment is None:
        return "–"
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        f"{local:%-d %b %Y, %H:%M %Z}",
        naturaltime(moment),
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """An inline SVG of templates/icons; decoration only, so hidden from screen readers."""
    return _icon(name)


@cache
def _icon(name: str) -> SafeString:
    svg = (ICONS / f"{name}.svg").read_text()
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL).strip()
    # Only files of our own folder come here, never what somebody typed.
    return mark_safe(svg.replace("<svg", '<svg class="icon" aria-hidden="true"', 1))  # noqa: S308
