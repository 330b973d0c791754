"""The gateway's own addresses: sending, polling, balance and contacts, answered as the vendor documents them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from campaigns.gateway import vendor_codes
from campaigns.gateway.simulator import judging
from campaigns.gateway.simulator.account import Account, Taken
from campaigns.gateway.simulator.chaos import AFTER, BEFORE
from campaigns.gateway.simulator.misbehaving import answered, json_response, misbehave
from campaigns.gateway.simulator.outcomes import DELIVERED, STILL_UNDER_WAY
from campaigns.gateway.simulator.shapes import answer_to_many, answer_to_one, refusal

EARLY_WITHIN = 10.0  # seconds that an answer waits for its early reports
NO_REPORTS_TO_AWAIT = Taken([])

Answer = tuple[object, Taken]


class Serving:
    """The handlers; each looks at the chaos, then at the call."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/sms/sendsms", self.send_one),
            web.post("/api/sms/sendmultiple", self.send_many),
            web.get("/v1/messages/{id}", self.message_status),
            web.get("/v1/balance", self.balance),
            web.post("/v1/contacts", self.contacts),
        ]

    async def send_one(self, request: web.Request) -> web.StreamResponse:
        return await self.sending(request, self.take_one)

    async def send_many(self, request: web.Request) -> web.StreamResponse:
        return await self.sending(request, self.take_many)

    async def sending(
        self, request: web.Request, take: Callable[[Mapping[str, Any], str], Answer]
    ) -> web.StreamResponse:
        account = self.account
        body = read_json(await request.read())
        account.counts.calls += 1
        if (wrong := await misbehave(request, account.mischief, "sending", BEFORE)) is not None:
            return wrong
        answer, taken = take(body, request.headers.get("Authorization", ""))
        if not taken.answers:
            account.counts.refused_calls += 1
        if taken.early:
            await asyncio.wait(taken.early, timeout=EARLY_WITHIN)
        await self.dawdle()
        if (wrong := await misbehave(request, account.mischief, "sending", AFTER)) is not None:
            return wrong
        return await answered(request, account.mischief, "sending", answer)

    async def dawdle(self) -> None:
        least, most = self.account.chaos.latency
        if most > 0:
            await asyncio.sleep(self.account.mischief.random.uniform(least, most))

    def refused(self, body: Mapping[str, Any], authorization: str, sender: object) -> int | None:
        """The code for the whole call, None where its texts are to be looked at."""
        if fault := self.account.mischief.strike("refuse_call", "sending"):
            return int(fault.code)
        if not body:
            return vendor_codes.UNSUPPORTED_REQUEST
        code = judging.judge_call(body, authorization, self.account.api_key, sender)
        if code != vendor_codes.SUCCESS:
            return code
        return None if self.account.can_pay else vendor_codes.NO_CREDIT

    def take_one(self, body: Mapping[str, Any], authorization: str) -> Answer:
        if (code := self.refused(body, authorization, body.get("shortcode"))) is not None:
            return refusal(code), NO_REPORTS_TO_AWAIT
        held = judging.seconds_held(body.get("date_send"), time.time())
        if held is None:
            return refusal(vendor_codes.UNSUPPORTED_DATA), NO_REPORTS_TO_AWAIT
        taken = self.account.take([body], body["shortcode"], held)
        return answer_to_one(taken.answers[0], self.account.balance, self.account.chaos.reply_shape), taken

    def take_many(self, body: Mapping[str, Any], authorization: str) -> Answer:
        if (code := self.refused(body, authorization, body.get("from"))) is not None:
            return refusal(code), NO_REPORTS_TO_AWAIT
        texts, most = body.get("messages"), self.account.chaos.max_batch
        if not isinstance(texts, list) or not texts:
            return refusal(vendor_codes.MISSING_PARAMETER), NO_REPORTS_TO_AWAIT
        if most is not None and len(texts) > most:
            return refusal(vendor_codes.UNSUPPORTED_REQUEST), NO_REPORTS_TO_AWAIT
        held = judging.seconds_held(body.get("date_send"), time.time())
        if held is None:
            return refusal(vendor_codes.UNSUPPORTED_DATA), NO_REPORTS_TO_AWAIT
        taken = self.account.take(texts, body["from"], held)
        missing = self.account.mischief.strike("missing_items", "sending")
        shape = "missing_items" if missing else self.account.chaos.reply_shape
        return answer_to_many(taken.answers, self.account.balance, shape), taken

    async def asking(self, request: web.Request, answer: Callable[[], tuple[object, int]]) -> web.StreamResponse:
        """A call to the account: the chaos that is meant for it before, the key, the answer, the chaos after."""
        mischief = self.account.mischief
        if (wrong := await misbehave(request, mischief, "account", BEFORE)) is not None:
            return wrong
        if not judging.key_is_right(request.headers.get("Authorization", ""), None, self.account.api_key):
            return json_response(refusal(vendor_codes.WRONG_KEY))
        if refused := mischief.strike("refuse_call", "account"):
            return json_response(refusal(refused.code))
        told, status = answer()
        if (wrong := await misbehave(request, mischief, "account", AFTER)) is not None:
            return wrong
        if status != 200:
            return json_response(told, status)
        return await answered(request, mischief, "account", told)

    async def balance(self, request: web.Request) -> web.StreamResponse:
        return await self.asking(request, lambda: (self.told_balance(), 200))

    def told_balance(self) -> dict[str, object]:
        chaos, balance = self.account.chaos, self.account.balance
        messages = int(balance // chaos.message_cost) if chaos.message_cost else int(balance)
        kes = round(balance * chaos.rate_per_sms, 2)
        return {"balance_kes": kes, "sms_remaining": messages, "rate_per_sms": chaos.rate_per_sms}

    async def message_status(self, request: web.Request) -> web.StreamResponse:
        return await self.asking(request, lambda: self.told_status(request.match_info["id"]))

    def told_status(self, told_id: str) -> tuple[object, int]:
        text = self.account.find(told_id)
        if text is None:
            return {"error": "No such message"}, 404
        if text.ends_at > time.time() or text.description in STILL_UNDER_WAY:
            return {"status": "pending"}, 200
        if text.description in DELIVERED:
            at = datetime.fromtimestamp(int(text.ends_at), UTC).isoformat().replace("+00:00", "Z")
            return {"status": "delivered", "delivered_at": at}, 200
        return {"status": "failed", "description": text.description}, 200

    async def contacts(self, request: web.Request) -> web.StreamResponse:
        body = read_json(await request.read())
        await self.dawdle()
        return await self.asking(request, lambda: self.told_contacts(body))

    def told_contacts(self, body: Mapping[str, Any]) -> tuple[object, int]:
        group, contacts = body.get("group"), body.get("contacts")
        if not isinstance(contacts, list) or not isinstance(group, str) or not group.strip():
            return refusal(vendor_codes.MISSING_PARAMETER), 200
        told = self.account.keep_contacts(group, contacts)
        match self.account.chaos.contacts_shape:
            case "stored":
                return {"group": group, "stored": len(contacts) - len(told["rejected"])}, 200
            case "success":
                return refusal(vendor_codes.SUCCESS), 200
        return told, 200


def read_json(body: bytes) -> Mapping[str, Any]:
    """Empty where it is no JSON object."""
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
