"""A server that answers what it is told to, in turn, for answers that no gateway gives when one likes."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DROP = "drop"
HANG = "hang"


class ScriptedServer:
    """Each request is kept in `asked`, its connection in `ports`, and gets the next answer.

    An answer is `(status, body, headers)`, DROP or HANG.
    """

    def __init__(self):
        self.asked, self.ports, self.answers, self.over = [], [], [], threading.Event()
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                served.ports.append(self.client_address[1])
                served.asked.append((self.command, self.path, dict(self.headers), json.loads(body) if body else None))
                answer = served.answers.pop(0)
                if answer in (DROP, HANG):
                    if answer == HANG:
                        served.over.wait(30)
                    self.close_connection = True
                    return
                status, told, *headers = answer
                content = told.encode() if isinstance(told, str) else b"" if told is None else json.dumps(told).encode()
                self.send_response(status)
                for name, value in (headers[0] if headers else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = serve  # noqa: N815 - the library names them

            def log_message(self, *_):
                """The tests say what matters."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def script(self, *answers):
        self.asked.clear()
        self.ports.clear()
        self.answers[:] = answers

    def stop(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
