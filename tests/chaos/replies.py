"""A flood of replies during a campaign, while workers are killed: each is there once, and the inbox is right."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from random import Random

import requests
from django.contrib.auth.models import Group
from django.db.models import Max
from django.test import Client

from accounts.models import User
from campaigns.models import AnswerWord, Conversation, Message, Reply, Run, Sender
from contacts.models import Contact
from tests.chaos.__main__ import TOKEN
from tests.chaos.stage import PATIENCE, Stage, launched, wait_until
from tests.chaos.theatre import Theatre

POSTERS = 8
SHORT_CODE = "70700"
# So many come in a minute, fewer in less.
A_MINUTES, SECONDS = 5_000, 60
ONE_IN = {"STOP": 40, "please stop": 40, "Stop by tomorrow": 100, "INFO": 15}
ANSWER = "Our office is open from 8 to 5."


@dataclass
class Flood:
    """What is posted, and what was answered with OK: only that must be there."""

    port: int
    replies: list[tuple[str, str, str]]
    seconds: float
    told: list[tuple[str, str, str]] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    def pour(self) -> None:
        posters = [threading.Thread(target=self._post, args=(number,)) for number in range(POSTERS)]
        for one in posters:
            one.start()
        for one in posters:
            one.join()

    def _post(self, number: int) -> None:
        began = time.monotonic()
        with requests.Session() as session:
            for place, reply in list(enumerate(self.replies))[number::POSTERS]:
                due = began + self.seconds * place / len(self.replies)
                time.sleep(max(0.0, due - time.monotonic()))
                self._until_ok(session, reply)

    def _until_ok(self, session: requests.Session, reply: tuple[str, str, str]) -> None:
        """As the gateway does: what was not answered with OK is posted again, with its id."""
        inbox_id, phone, text = reply
        body = {"message": text, "shortcode": SHORT_CODE, "mobile": phone, "inbox_id": inbox_id}
        while True:
            began = time.monotonic()
            try:
                answered = session.post(f"http://127.0.0.1:{self.port}/inbound/{TOKEN}", json=body, timeout=20)
            except requests.RequestException:
                time.sleep(0.2)
                continue
            if answered.status_code == 200:
                self.took.append(time.monotonic() - began)
                self.told.append(reply)
                return
            time.sleep(0.2)


def play(theatre: Theatre, texts: int) -> int:
    chance = Random(25)
    with Stage(theatre.port, sending=2) as stage:
        Sender.objects.create(name=SHORT_CODE, price="0.60")
        AnswerWord.objects.create(word="INFO", text=ANSWER, is_on=True)
        _, run = launched(texts)
        flood = Flood(theatre.port, _replies(texts, chance), SECONDS * min(texts / A_MINUTES, 1))
        pouring = threading.Thread(target=flood.pour)
        pouring.start()
        killed = _kill_until(stage, pouring, chance)
        finished = Run.objects.filter(pk=run.pk, status=Run.Status.FINISHED)
        wait_until(finished.exists, "the run has ended", PATIENCE)
        wait_until(lambda: not Reply.objects.new().exists(), "all are filed", PATIENCE)
        return _judge(theatre, flood, run, killed)


def _replies(how_many: int, chance: Random) -> list[tuple[str, str, str]]:
    """Of half of the people about two each, so that conversations are made and moved at once."""
    phones = Contact.objects.order_by("pk").values_list("phone", flat=True)
    writing = list(phones[: max(1, how_many // 2)])
    found = []
    # To the gateway 0 is no id.
    for number in range(1, how_many + 1):
        text = next((one for one, share in ONE_IN.items() if not chance.randrange(share)), f"Reply number {number}")
        found.append((f"{number}", chance.choice(writing), text))
    return found


def _kill_until(stage: Stage, pouring: threading.Thread, chance: Random) -> Counter[str]:
    """The worker that files, and once the web server in the middle of what it takes."""
    killed: Counter[str] = Counter()
    work = next(name for name in stage.children if name not in ("web", *stage.senders) and "beat" not in name)
    for name in (work, "web", work):
        time.sleep(1 + chance.random() * 2)
        if not pouring.is_alive():
            break
        stage.kill(name)
        stage.start(name)
        killed[name] += 1
    pouring.join()
    return killed


def _judge(theatre: Theatre, flood: Flood, run: Run, killed: Counter[str]) -> int:
    there = Counter(Reply.objects.values_list("inbox_id", "phone", "text"))
    lost = [one for one in flood.told if not there[one]]
    twice = [one for one, count in there.items() if count > 1]
    newest = dict(Reply.objects.values_list("phone").annotate(last=Max("pk")))
    kept = dict(Conversation.objects.values_list("phone", "last_reply"))
    unread = set(Reply.objects.filter(state="unread").values_list("phone", flat=True))
    answers = Counter(Message.objects.filter(source="reply").values_list("phone", flat=True))
    to_be_read = Reply.objects.to_be_read().count()
    wrong = {
        "lost": len(lost),
        "there twice": len(twice),
        "conversations that are missing or old": sum(kept.get(phone) != last for phone, last in newest.items()),
        "conversations whose mark is wrong": len(unread ^ set(_unread())),
        "answered more than once": sum(count > 1 for count in answers.values()),
        "sent by the gateway twice": _sent_twice(theatre),
        "not told on Home": int(not _is_on_home(to_be_read)),
    }
    took = sorted(flood.took)
    rows = {
        "replies answered with OK": len(flood.told),
        "people who wrote": len(newest),
        "to be read as STOP or not": to_be_read,
        "automatic answers": sum(answers.values()),
        "texts of the campaign": Message.objects.filter(run=run).count(),
        "kills": killed.total(),
        "ms for one, in the middle": round(took[len(took) // 2] * 1000),
        "ms for one, of a hundred the slowest": round(took[len(took) * 99 // 100] * 1000),
    }
    for what, count in (rows | wrong).items():
        print(f"{what:<40}{count:>10,}")
    happened = to_be_read and answers and killed and len(flood.told) == len(flood.replies)
    return 0 if happened and not any(wrong.values()) else 1


def _unread() -> list[str]:
    return list(Conversation.objects.unread().values_list("phone", flat=True))


def _sent_twice(theatre: Theatre) -> int:
    """Texts of the campaign that the gateway took more than once; an answer is another text."""
    taken: dict[str, Counter[str]] = defaultdict(Counter)
    for one in theatre.simulator.ledger():
        taken[one["mobile"]][one["message"]] += 1
    return sum(count > 1 for texts in taken.values() for text, count in texts.items() if text != ANSWER)


def _is_on_home(to_be_read: int) -> bool:
    person = User.objects.create_user("mary")
    person.groups.add(Group.objects.get(name="manager"))
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/", headers={"host": "localhost"}).content.decode()
    return f"{to_be_read:,} replies are to be read" in page or page.count("Does it mean STOP?") > 0
