"""What stands at the other end of the simulator in its tests: a caller, and a receiver of delivery reports."""

import json
import socket
import threading
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "qsms_live_test"


def call(simulator, path, body=None, key=KEY, timeout=10, method=None):
    """One HTTP call as the portal would make it; returns the response with its body as `.text`."""
    connection = HTTPConnection(simulator.host, simulator.port, timeout=timeout)
    try:
        raw = body if isinstance(body, str) or body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        connection.request(method or ("GET" if body is None else "POST"), path, raw, headers)
        response = connection.getresponse()
        response.text = response.read().decode()
        return response
    finally:
        connection.close()


def batch(*texts, sender="ACME", **more):
    """The body of a `sendmultiple`; a text is a number, or (number, words, client_ref)."""
    messages = []
    for place, text in enumerate(texts):
        mobile, words, ref = text if isinstance(text, tuple) else (text, f"Text {place}", f"ref{place}")
        messages.append({"mobile": mobile, "message": words, "client_ref": ref})
    return {"api_key": KEY, "serviceId": "0", "from": sender, "messages": messages, **more}


def send(simulator, *texts, timeout=10, **more):
    return json.loads(call(simulator, "/api/sms/sendmultiple", batch(*texts, **more), timeout=timeout).text)


def phones(count, start=722000000):
    return [f"254{start + place}" for place in range(count)]


class Receiver(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, port=0):
        self.reports = []
        self.arrived = threading.Condition()
        self.answers = []
        self.connections = set()
        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/dlr/receive/secret"

    def process_request(self, request, address):
        self.connections.add(request)
        super().process_request(request, address)

    def hang_up(self):
        """Close what was kept alive, as a process that ends does."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def wait_for(self, count, within=10):
        """The reports so far, once there are so many."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.reports) >= count, within), f"only {len(self.reports)} came"
            return list(self.reports)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer, or each waits for the delayed acknowledgement of its head

    def do_POST(self):
        report = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.arrived:
            answer = self.server.answers.pop(0) if self.server.answers else (200, f"OK;{report['messageId']};;")
            self.server.reports.append(report)
            self.server.arrived.notify_all()
        if answer is None:
            self.close_connection = True
            return
        status, text = answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass


@contextmanager
def receiving(port=0, answers=()):
    """A receiver that gives these (status, text), None being a dropped connection, and OK from then on."""
    receiver = Receiver(port)
    receiver.answers = list(answers)
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        thread.join()
        receiver.hang_up()
        receiver.server_close()
