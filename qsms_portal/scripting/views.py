"""The page “How scripts call the portal”, for whoever has its address: it shows what the OpenAPI document does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qsms_portal.api import api
from qsms_portal.scripting import samples, vendor
from qsms_portal.scripting.described import COMMON, Answer, Call, calls_of
from qsms_portal.scripting.literals import JSON, literal

COOKIE = "scripts_language"
A_YEAR = 365 * 24 * 3600
VENDOR = "Texts, as the vendor's page has them"
# What scripts ask for most; the others follow as the document has them.
FIRST = (VENDOR, "Messages", "Balance", "Contacts", "Campaigns")


@dataclass(frozen=True)
class Shown:
    """A call with its code in the chosen language."""

    call: Call
    code: str


@dataclass(frozen=True)
class Section:
    """The calls of one noun."""

    title: str
    calls: list[Shown]


@require_safe
def scripts_page(request: HttpRequest) -> HttpResponse:
    """Each call with its code in one language, which a link chooses and a cookie remembers."""
    asked = request.GET.get("lang", "")
    chosen = asked if asked in samples.LANGUAGES else request.COOKIES.get(COOKIE, "")
    language = chosen if chosen in samples.LANGUAGES else "curl"
    address = settings.PUBLIC_URL
    response = render(
        request,
        "portal/scripts.html",
        {
            "address": address,
            "languages": samples.LANGUAGES,
            "language": language,
            "clients": [name for name in samples.LANGUAGES if name != "curl"],
            "language_name": samples.LANGUAGES[language],
            "beginning": samples.beginning(language, address),
            "verifying": samples.VERIFYING[language],
            "script": vendor.SCRIPT.format(address=address),
            "codes": vendor.CODES,
            "sections": sections(language, address),
            "refusals": refusals(),
        },
    )
    if asked == language:
        response.set_cookie(
            COOKIE, language, max_age=A_YEAR, path="/v1/docs", secure=settings.SECURE, httponly=True, samesite="Lax"
        )
    return response


@cache
def all_calls() -> tuple[Call, ...]:
    """The vendor's first. Addresses do not change while a process lives."""
    return (*vendor.CALLS, *calls_of(api.get_openapi_schema()))


def sections(language: str, address: str) -> list[Section]:
    """By the first word of the path; the vendor's own calls are the first section."""
    shown = [Shown(call, samples.sample(call, language, address)) for call in all_calls()]
    by_noun: dict[str, list[Shown]] = {noun: [] for noun in FIRST}
    for one in shown:
        by_noun.setdefault(_noun(one.call), []).append(one)
    return [Section(noun, sorted(calls, key=_depth)) for noun, calls in by_noun.items() if calls]


def _depth(one: Shown) -> int:
    """What is about all of a kind stands before what is about one of it."""
    return one.call.path.count("/")


def _noun(call: Call) -> str:
    return VENDOR if call in vendor.CALLS else call.path.split("/")[2].replace("-", " ").capitalize()


@cache
def refusals() -> list[Answer]:
    return [Answer(status, literal(example, JSON)) for status, example in COMMON.items()]
