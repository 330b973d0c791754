"""A receiver of callbacks over real HTTP, which notes what it is posted and answers as it is told; keys with one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.db import connections

from accounts.callback_address import checked_address, set_callback
from accounts.models import ApiKey
from campaigns.models import Kind, Message
from campaigns.planning import single

HANG_UP = (0, b"")


@dataclass(frozen=True)
class Posted:
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self):
        return json.loads(self.raw)

    @property
    def event(self):
        return self.headers["QSMS-Event"]

    @property
    def number(self):
        return int(self.headers["QSMS-Id"])


class Receiver:
    """`behave` gets each post and returns status and body; None: to say nothing for a minute; HANG_UP: to close."""

    hangs = 60.0

    def __init__(self, behave: Callable[[Posted], tuple[int, bytes] | None] = lambda _posted: (200, b"OK")) -> None:
        self.behave = behave
        self.posted: list[Posted] = []
        self.connections = 0
        self.closing = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                receiver.connections += 1

            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                posted = Posted(self.path, dict(self.headers), raw)
                receiver.posted.append(posted)
                answer = receiver.behave(posted)
                if answer is None or answer is HANG_UP:
                    if answer is None:
                        receiver.closing.wait(receiver.hangs)
                    self.close_connection = True
                    return
                status, body = answer
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def finish(self):
                connections.close_all()
                super().finish()

            def log_message(self, *_args):
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

            def handle_error(self, *_args):
                pass  # who posted has given up

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/sms"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


def make_told_key(url, name="crm", sent=False, **fields):
    """A key that is told at `url` what becomes of its texts, and its secret."""
    key = ApiKey.make(name, **fields)[0]
    return key, set_callback(key, checked_address(url), sent=sent)


def queue_text(key, sender, phone="254712345678", reference="", text="Your parcel is here."):
    """A text that a script asks for."""
    return single.queue_single(
        phone, text, sender, source=Message.Source.API, kind=Kind.TRANSACTIONAL, api_key=key, reference=reference
    )
