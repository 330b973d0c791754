"""Scripts call the vendor's API all at once, and the web server is killed in the middle.

Nobody repeats a call but who was told that nothing of it was taken, as often as that.

Each text of a call without an answer is at the gateway once or never, of an answered call as it was answered. Meanwhile
a report, the emergency stop and its end are asked for.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from campaigns.models import Batch, Message, ScriptCall
from tests.chaos.__main__ import TOKEN
from tests.chaos.script import Script
from tests.chaos.stage import PATIENCE, Stage, patiently, wait_until
from tests.chaos.theatre import Theatre
from tests.makers import make_sender

TEXTS_A_CALL = 100
GATEWAY: dict[str, Any] = {"latency": [0.05, 0.2], "reports": {"lost": 1.0}, "rate_per_sms": 0.6}
NO_ANSWER, NOT_TAKEN, TAKEN, NOT_KNOWN = "no answer", "1005, not taken", "1000", "0, not known"
CODES = {"1000": TAKEN, "1005": NOT_TAKEN, "0": NOT_KNOWN}


@dataclass
class Call:
    """One call of a script, and what it was answered."""

    number: int
    answer: str = NO_ANSWER
    not_taken: int = 0
    details: list[dict[str, Any]] = field(default_factory=list)

    @property
    def messages(self) -> list[dict[str, str]]:
        first = self.number * TEXTS_A_CALL
        return [
            {"mobile": f"2547{n:08}", "message": f"call {self.number}, text {n}", "client_ref": f"{self.number}-{n}"}
            for n in range(first, first + TEXTS_A_CALL)
        ]

    def make(self, port: int, key: str) -> None:
        self._make(port, key)
        while self.answer == NOT_TAKEN:
            self.not_taken += 1
            time.sleep(1)  # as Retry-After says
            self.answer = NO_ANSWER
            self._make(port, key)

    def _make(self, port: int, key: str) -> None:
        body = {"api_key": key, "serviceId": "0", "from": "SHOP", "date_send": "", "messages": self.messages}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("POST", "/api/sms/sendmultiple", json.dumps(body), {"Content-Type": "application/json"})
            told = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            return
        finally:
            connection.close()
        self.answer = CODES[told["status_code"]]
        self.details = told.get("schedule_details", [])


def play(theatre: Theatre, texts: int) -> int:
    calls = [Call(number) for number in range(max(texts // TEXTS_A_CALL, 10))]
    theatre.simulator.behave(**GATEWAY)
    with Stage(theatre.port, sending=2) as stage:
        script = Script(theatre.port)
        make_sender("SHOP")
        asking = [threading.Thread(target=call.make, args=(theatre.port, script.key)) for call in calls]
        for one in asking:
            one.start()
        wait_until(lambda: ScriptCall.objects.count() >= len(calls) // 10, "the first calls are written", PATIENCE)
        seconds = {
            "a report": _seconds(lambda: report(theatre.port)),
            "the emergency stop": _seconds(lambda: script.do("POST", "/v1/stop", {"reason": "a test"})),
            "its end": _seconds(lambda: script.do("DELETE", "/v1/stop")),
        }
        wait_until(lambda: _answered(calls) >= len(calls) // 2, "half of the calls are answered", PATIENCE)
        stage.kill("web")
        stage.start("web")
        for one in asking:
            one.join()
        wait_until(lambda: patiently(_nothing_is_under_way), "nothing is under way any more", PATIENCE)
        return judge(calls, theatre.simulator.ledger(), seconds)


def report(port: int) -> None:
    """One that means none of the texts."""
    body = json.dumps({"messageId": "1", "destaddr": "254799999999", "dlrStatus": 1}).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/dlr/receive/{TOKEN}", body, timeout=60) as answer:
        assert answer.read().startswith(b"OK")


def _seconds(act: Any) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def _answered(calls: list[Call]) -> int:
    return sum(call.answer != NO_ANSWER for call in calls)


def _nothing_is_under_way() -> bool:
    return not Batch.objects.filter(status__in=["ready", "sending"]).exists()


def judge(calls: list[Call], ledger: list[dict[str, Any]], seconds: dict[str, float]) -> int:
    taken = Counter((text["mobile"], text["message"]) for text in ledger)
    kept = Counter(Message.objects.values_list("phone", flat=True))
    wrongs = Counter(dict.fromkeys(WRONGS, 0))
    for call in calls:
        asked = [(one["mobile"], one["message"]) for one in call.messages]
        at_gateway = [taken[one] for one in asked]
        wrongs["texts that the gateway has twice"] += sum(count > 1 for count in at_gateway)
        wrongs["calls that were written down in part"] += sum(kept[mobile] for mobile, _ in asked) not in (
            0,
            len(asked),
        )
        if call.answer == TAKEN:
            codes = [one["status_code"] for one in call.details]
            wrongs["texts answered with 1000 that did not go"] += sum(
                code == "1000" and not count for code, count in zip(codes, at_gateway, strict=True)
            )
            wrongs["texts answered with a failure that went"] += sum(
                code not in ("1000", "0") and count > 0 for code, count in zip(codes, at_gateway, strict=True)
            )
    wrongs["texts at the gateway that nobody asked for"] = len(ledger) - sum(
        taken[one["mobile"], one["message"]] for call in calls for one in call.messages
    )
    answers = Counter(call.answer for call in calls)
    print(f"{len(calls)} calls of {TEXTS_A_CALL} texts at once; {len(ledger):,} texts at the gateway. Answered:")
    print("\n".join(f"  {answer:<20}{count:>7}" for answer, count in sorted(answers.items())))
    print(f"told before that nothing was taken: {sum(call.not_taken for call in calls):,} times")
    print("meanwhile, in seconds: " + ", ".join(f"{what} {took:.2f}" for what, took in seconds.items()))
    print("\n".join(f"{what:<52}{count:>7}" for what, count in wrongs.items()))
    seen = answers[TAKEN] and answers[NO_ANSWER]
    if not seen:
        print("not so: there were calls with an answer and without one")
    return 0 if seen and not any(wrongs.values()) else 1


WRONGS = (
    "texts that the gateway has twice",
    "calls that were written down in part",
    "texts answered with 1000 that did not go",
    "texts answered with a failure that went",
)
