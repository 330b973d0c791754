"""Under granian a request can be answered later, and from another thread than the one that was called with it.

A WSGI application answers by returning, so each of its calls keeps a thread. Granian's own side of the call takes the
answer at any time: a delivery report keeps no thread until it is stored. Only its body must be read before the call is
over, for granian throws away the rest. Another server, or a granian that has changed there, calls the application.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import get_ident
from typing import Any

from granian.server import mp

# Whether it takes a request, given its environ and what is to be called with status, headers and content.
Taker = Callable[[dict[str, Any], Callable[..., object]], bool]
Call = Callable[[Any, dict[str, Any]], object]

WRAP = "_wsgi_call_wrap"
NAP_SECONDS = 0.1
# Whoever took something so long ago is surely there for the next.
LATELY_SECONDS = 0.1


class Reception:
    """Offers each request to `take`; what it does not take goes to `call`.

    With many threads that lie in wait a flood is dear: each request wakes another one, which then waits for the
    interpreter. So whoever took something while another thread does that too takes a nap. That other one stays awake.
    """

    def __init__(self, take: Taker, call: Call) -> None:
        self._take = take
        self._call = call
        # Of the threads that are awake.
        self._took_at: dict[int, float] = {}

    def __call__(self, protocol: Any, environ: dict[str, Any]) -> None:
        me = get_ident()
        self._took_at.pop(me, None)
        if not self._take(environ, protocol.response_bytes):
            self._call(protocol, environ)
            return
        now = time.monotonic()
        if any(now - at < LATELY_SECONDS for at in tuple(self._took_at.values())):
            time.sleep(NAP_SECONDS)
        else:
            self._took_at = {me: now}


def offer_first(take: Taker) -> None:
    """Have granian, which is about to be given the application by whoever calls this, offer all requests to `take`."""
    usual: Callable[..., Call] | None = getattr(mp, WRAP, None)
    if usual is None:
        return

    def wrap(application: Any, options: dict[str, Any], log_format: str | None = None) -> Call:
        call = usual(application, options, log_format)
        # Granian's own log is written around the call: what is answered later would be missing.
        return call if log_format else Reception(take, call)

    setattr(mp, WRAP, wrap)
