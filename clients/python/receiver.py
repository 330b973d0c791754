"""Receives callbacks of the portal: checks who sent them, and prints them.

Started by `CALLBACK_SECRET=... PORT=8900 python receiver.py`.
"""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from qsms import verify_signature

LONGEST_BODY = 1 << 20


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, LONGEST_BODY))
        if not verify_signature(self.headers.get("QSMS-Signature", ""), body, os.environ["CALLBACK_SECRET"]):
            self.answer(403)
            return
        event = json.loads(body)
        # The same event may come twice: keep it by its messageId and dlrStatus, then answer, and only then work on it.
        print(event.get("messageId"), event.get("dlrDesc"), event.get("client_ref"), flush=True)
        self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing but the events is printed."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8900"))), Receiver).serve_forever()
