"""Telling the simulator what to do and asking what it did, all under `/_simulator/`; the phone for people to look at.

`PUT chaos` replaces all settings, `POST chaos` puts the given keys in the place of the old ones. `PUT dlr-url` changes
the address for reports. `GET contacts?group=` tells what was kept of a group, without it the size of each.
`DELETE ledger` forgets texts, contacts, waiting reports and counts; the chaos stays. With a secret each call says
`Authorization: Bearer SECRET`, and the phone's address has a word made of it, which opens nothing else.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from hmac import compare_digest
from itertools import islice

from aiohttp import web

from campaigns.gateway.simulator.account import Account
from campaigns.gateway.simulator.chaos import read_chaos
from campaigns.gateway.simulator.checks import ChaosError
from campaigns.gateway.simulator.ledger import COLUMNS, AcceptedText, row
from campaigns.gateway.simulator.misbehaving import json_response
from campaigns.gateway.simulator.phone import phone_page, phone_word
from campaigns.gateway.simulator.receiver import Receiver
from campaigns.gateway.simulator.serving import read_json

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CHUNK = 2_000  # texts of the ledger written at once, so that calls are answered in between
TWICE_SHOWN = 1_000


class Control:
    """With a `secret` only who has it is answered: texts name people, and reports go where the control says."""

    def __init__(self, account: Account, secret: str = "") -> None:
        self.account, self.secret = account, secret

    def routes(self) -> list[web.RouteDef]:
        behind_secret: list[tuple[str, str, Handler]] = [
            ("GET", "chaos", self.show_chaos),
            ("PUT", "chaos", self.replace_chaos),
            ("POST", "chaos", self.merge_chaos),
            ("GET", "dlr-url", self.show_address),
            ("PUT", "dlr-url", self.change_address),
            ("GET", "ledger", self.ledger),
            ("DELETE", "ledger", self.clear),
            ("GET", "contacts", self.contacts),
            ("GET", "summary", self.summary),
        ]
        return [
            web.get("/_simulator/ready", self.ready),
            web.get("/_simulator/", self.phone),
            *(web.route(method, f"/_simulator/{path}", self._guarded(act)) for method, path, act in behind_secret),
        ]

    def _guarded(self, act: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            if not same(request.headers.get("Authorization", ""), f"Bearer {self.secret}" if self.secret else None):
                return refused()
            return await act(request)

        return answer

    async def ready(self, request: web.Request) -> web.Response:
        return json_response({"ready": True})

    async def phone(self, request: web.Request) -> web.Response:
        if not same(request.query.get("word", ""), phone_word(self.secret) if self.secret else None):
            return refused()
        return web.Response(text=phone_page(self.account.ledger.texts), content_type="text/html")

    async def show_chaos(self, request: web.Request) -> web.Response:
        return json_response(self.account.mischief.as_json())

    async def replace_chaos(self, request: web.Request) -> web.Response:
        try:
            self.account.mischief.replace(read_chaos(json.loads(await request.read())))
        except ValueError as error:
            return problem(error)
        self.account.chaos_changed(credit_given=True)
        return await self.show_chaos(request)

    async def merge_chaos(self, request: web.Request) -> web.Response:
        try:
            changes = json.loads(await request.read())
            self.account.mischief.merge(changes)
        except ValueError as error:
            return problem(error)
        self.account.chaos_changed(credit_given="credit" in changes)
        return await self.show_chaos(request)

    async def show_address(self, request: web.Request) -> web.Response:
        receiver = self.account.poster.receiver
        return json_response({"dlr_url": receiver.url if receiver else None})

    async def change_address(self, request: web.Request) -> web.Response:
        url = read_json(await request.read()).get("dlr_url")
        try:
            receiver = Receiver.at(str(url)) if url else None
        except ValueError as error:
            return problem(error)
        self.account.poster.post_to(receiver)
        return await self.show_address(request)

    async def ledger(self, request: web.Request) -> web.StreamResponse:
        since = request.query.get("since", "0")
        if not since.isascii() or not since.isdigit():
            return problem(ValueError("since must be an id"))
        texts = self.account.ledger.since(int(since))
        as_csv = request.query.get("format") == "csv"
        response = web.StreamResponse()
        response.content_type = "text/csv" if as_csv else "application/json"
        response.charset = "utf-8"
        await response.prepare(request)
        for piece in csv_of(texts) if as_csv else json_of(texts):
            await response.write(piece.encode())
        await response.write_eof()
        return response

    async def clear(self, request: web.Request) -> web.Response:
        self.account.clear()
        return json_response({"cleared": True})

    async def contacts(self, request: web.Request) -> web.Response:
        book = self.account.address_book
        if (group := request.query.get("group")) is not None:
            return json_response(book.contacts_of(group))
        return json_response({name: len(kept) for name, kept in book.groups.items()})

    async def summary(self, request: web.Request) -> web.Response:
        account = self.account
        twice = account.ledger.twice()
        reports = {**asdict(account.poster.counts), "pending": account.poster.counts.pending}
        told = {
            **asdict(account.counts),
            "texts": len(account.ledger),
            "balance": account.balance,
            "struck": dict(account.mischief.struck),
            "contacts": asdict(account.address_book.counts),
            "reports": reports,
            "twice": list(islice(twice, TWICE_SHOWN)),
        }
        return json_response(told)


def same(given: str, wanted: str | None) -> bool:
    """Whether what was given is what is wanted, in a time that does not tell how near it is; None wants nothing."""
    return wanted is None or compare_digest(given.encode(), wanted.encode())


def refused() -> web.Response:
    answer = json_response({"error": "The simulator's control wants its secret."}, status=401)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def problem(error: ValueError) -> web.Response:
    words = str(error) if isinstance(error, ChaosError) else f"not understood: {error}"
    return json_response({"error": words}, status=400)


def json_of(texts: list[AcceptedText]) -> Iterator[str]:
    """One list, a text a line."""
    before = "["
    for start in range(0, len(texts), CHUNK):
        lines = (json.dumps(row(text), separators=(",", ":")) for text in texts[start : start + CHUNK])
        yield before + ",\n".join(lines)
        before = ",\n"
    yield "]" if texts else "[]"


def csv_of(texts: list[AcceptedText]) -> Iterator[str]:
    yield ",".join(COLUMNS) + "\r\n"
    for start in range(0, len(texts), CHUNK):
        lines = io.StringIO()
        csv.writer(lines).writerows(text[: len(COLUMNS)] for text in texts[start : start + CHUNK])
        yield lines.getvalue()
