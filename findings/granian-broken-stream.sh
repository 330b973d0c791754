#!/usr/bin/env bash
# A body that breaks off half-way: which servers let the client see it, and whether what was yielded last still comes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
python3 -m venv "$folder/before"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check granian==2.8.9 gunicorn==27.0.1 waitress==3.0.2
"$folder/before/bin/pip" install --quiet --disable-pip-version-check granian==2.8.7
cd "$folder"
cat > app.py <<'PYTHON'
LAST = b"what was yielded last\n"


def application(environ, start_response):
    headers = [("Content-Type", "text/plain")]
    if environ["PATH_INFO"] == "/sized":
        headers.append(("Content-Length", "100000"))
    start_response("200 OK", headers)
    return lines()


def lines():
    for number in range(50):
        yield b"line %d\n" % number
    yield LAST
    raise RuntimeError("It broke off.")


if __name__ == "__main__":
    import sys
    from wsgiref.simple_server import make_server

    make_server("127.0.0.1", int(sys.argv[1]), application).serve_forever()
PYTHON
cat > ask.py <<'PYTHON'
import contextlib
import http.client
import platform
import socket
import subprocess
import sys
import time

from app import LAST

TRIES = 60
SERVERS = {
    "granian 2.8.7": "before/bin/granian --interface wsgi --host 127.0.0.1 --port {} app:application",
    "granian 2.8.9": "venv/bin/granian --interface wsgi --host 127.0.0.1 --port {} app:application",
    "gunicorn 27.0.1": "venv/bin/gunicorn --bind 127.0.0.1:{} app:application",
    "waitress 3.0.2": "venv/bin/waitress-serve --listen=127.0.0.1:{} app:application",
    "wsgiref": "venv/bin/python app.py {}",
}
# wsgiref answers with HTTP/1.0 whatever it is asked by.
EXPECTED = {
    "granian 2.8.7": "chunked: whole, sized: broken, HTTP/1.0: whole, the last line comes: always",
    "granian 2.8.9": "chunked: broken, sized: broken, HTTP/1.0: whole, the last line comes: not always",
    "gunicorn 27.0.1": "chunked: broken, sized: broken, HTTP/1.0: whole, the last line comes: always",
    "waitress 3.0.2": "chunked: broken, sized: broken, HTTP/1.0: whole, the last line comes: always",
    "wsgiref": "chunked: whole, sized: broken, HTTP/1.0: whole, the last line comes: always",
}


class OldConnection(http.client.HTTPConnection):
    _http_vsn, _http_vsn_str = 10, "HTTP/1.0"


def download(port, path, kind=http.client.HTTPConnection):
    """What came, or None where the client saw that it was not whole."""
    with contextlib.closing(kind("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        try:
            return connection.getresponse().read()
        except (http.client.HTTPException, ConnectionError):
            return None


def sort_of(*answers):
    kinds = {"broken" if one is None else "whole" for one in answers}
    return kinds.pop() if len(kinds) == 1 else "now this, now that"


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(command):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with open("log.txt", "w") as log:
        server = subprocess.Popen(command.format(port).split(), stdout=log, stderr=log)
    try:
        until = time.monotonic() + 30
        while not listens(port):
            if time.monotonic() > until or server.poll() is not None:
                sys.exit("It did not start.\n" + open("log.txt").read())
            time.sleep(0.1)
        chunked = sort_of(*(download(port, "/chunked") for _ in range(5)))
        sized = sort_of(*(download(port, "/sized") for _ in range(5)))
        # Where not even the headers came, the client has seen that too.
        old = [one for _ in range(TRIES) if (one := download(port, "/chunked", OldConnection)) is not None]
        comes = "always" if len(old) == TRIES and all(one.endswith(LAST) for one in old) else "not always"
        return f"chunked: {chunked}, sized: {sized}, HTTP/1.0: {sort_of(*old)}, the last line comes: {comes}"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


print("Python", platform.python_version())
seen = {name: ask(command) for name, command in SERVERS.items()}
for name, answer in seen.items():
    print(f"{name}: {answer}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
venv/bin/python ask.py
