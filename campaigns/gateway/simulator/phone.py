"""The page on which a person sees the last texts as a phone would show them."""

from __future__ import annotations

import hmac
import time
from html import escape
from pathlib import Path
from string import Template

from campaigns.gateway.simulator.ledger import AcceptedText
from campaigns.gateway.simulator.report import nairobi_time

SHOWN = 50
PAGE = Template(Path(__file__).with_name("phone.html").read_text(encoding="utf-8"))
BUBBLE = Template(Path(__file__).with_name("bubble.html").read_text(encoding="utf-8"))
NOTHING = Path(__file__).with_name("nothing.html").read_text(encoding="utf-8")


def phone_word(secret: str) -> str:
    """What the phone's address says where the control has a secret: it shows the phone, and changes nothing."""
    return hmac.digest(secret.encode(), b"phone", "sha256").hex()


def phone_path(secret: str) -> str:
    """Where the phone is, from the simulator's address on."""
    return f"/_simulator/?word={phone_word(secret)}" if secret else "/_simulator/"


def phone_page(texts: list[AcceptedText]) -> str:
    """The newest texts first, everything of theirs escaped."""
    bubbles = "".join(bubble(text) for text in reversed(texts[-SHOWN:]))
    return PAGE.substitute(total=f"{len(texts):,}", bubbles=bubbles or NOTHING)


def bubble(text: AcceptedText) -> str:
    ended = text.description if text.ends_at <= time.time() else "on its way"
    return BUBBLE.substitute(
        sender=escape(text.sender),
        mobile=escape(text.mobile),
        message=escape(text.message),
        time=nairobi_time(int(text.accepted_at)),
        ended=escape(ended),
    )
