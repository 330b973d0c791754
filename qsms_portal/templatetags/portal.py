"""How pages write numbers, phones, money and times, and the icons."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.forms import BoundField, CheckboxInput
from django.template import RequestContext
from django.template.defaultfilters import pluralize
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from campaigns.reporting import report_figures
from campaigns.samples import sample_ids
from lib import phones
from lib.from_now import from_now

register = template.Library()

# Seconds from which on minutes say enough.
LONG = 90
SAMPLES = "samples"
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
def amount(money: Decimal) -> str:
    """1,234.50, where the heading has the currency."""
    return f"{money:,.2f}"


@register.filter
def percent(rate: Decimal | None) -> str:
    """97.3%, or a dash where there is none."""
    return report_figures.percent(rate)


@register.filter
def about(seconds: float | None) -> str:
    """About how long, shortly: 20 s, 5 min, 4 h."""
    return report_figures.span(seconds)


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
        from_now(moment, timezone.now()),
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
        from_now(moment, timezone.now()),
    )


@register.filter
def lasting(seconds: int) -> str:
    """“40 seconds”; from a minute and a half on “2 minutes”."""
    if seconds < LONG:
        return f"{seconds} second{pluralize(seconds)}"
    return f"{round(seconds / 60)} minutes"


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether its label stands behind it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def tone(message: Message) -> str:
    """What the stylesheet calls its level: `danger` for an error."""
    return "danger" if message.level == constants.ERROR else message.level_tag


@register.simple_block_tag
def empty_card(content: SafeString, title: str, url: str = "", action: str = "") -> SafeString:
    """What stands in place of an empty list: a title, the words between the tags, and a link to what to do first."""
    return render_to_string("components/_empty.html", {"title": title, "words": content, "url": url, "action": action})


@register.simple_tag(takes_context=True)
def keeps(context: RequestContext) -> str:
    """The attributes of a form of which the browser keeps what is typed; what came back was not saved."""
    return "data-keeps data-unsaved" if context["request"].method == "POST" else "data-keeps"


@register.inclusion_tag("components/_sample.html", takes_context=True)
def sample_mark(context: RequestContext, what: str, row: int) -> dict[str, bool]:
    """Marks a group, campaign or template that was made to be looked at; all of them are asked for once a page."""
    marks = context.render_context.get(SAMPLES)
    if marks is None:
        marks = context.render_context[SAMPLES] = sample_ids()
    return {"is_sample": row in marks[what]}


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
