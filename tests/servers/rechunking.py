"""A proxy on loopback that reads a body by its length and hands it on in pieces, without one."""

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIECE_BYTES = 7_000


@contextlib.contextmanager
def rechunking(port):
    """Its own port, before the web server at `port`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            there = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            there.request("GET", self.path, headers=dict(self.headers.items()))
            self.hand_back(there)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "content-length"}
            there = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            pieces = (body[at : at + PIECE_BYTES] for at in range(0, len(body), PIECE_BYTES))
            there.request("POST", self.path, pieces, headers | {"Transfer-Encoding": "chunked"}, encode_chunked=True)
            self.hand_back(there)

        def hand_back(self, there):
            answer = there.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            there.close()

        def log_message(self, *_words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
