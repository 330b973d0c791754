#!/usr/bin/env bash
# A kept connection breaks after the server has read a POST whole. How often does libcurl, which PHP uses, post it?
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pycurl==7.49.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import io
import socket
import sys
import threading

import pycurl

TEXT = "a text"
arrived = []


def talk(connection):
    """Answers the first request of a connection; takes the second one whole, and hangs up."""
    with connection, connection.makefile("rb") as file:
        for answer in (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", b""):
            if not file.readline():
                return
            while file.readline().strip():
                pass
            arrived.append(file.read(len(TEXT)).decode())
            connection.sendall(answer)


def serve(listener):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=talk, args=(connection,), daemon=True).start()


def post(curl):
    curl.setopt(pycurl.POSTFIELDS, TEXT)
    try:
        curl.perform()
    except pycurl.error as error:
        return f"error {error.args[0]}"
    return curl.getinfo(pycurl.RESPONSE_CODE)


def second_post(*, keep):
    """How often the second POST of one handle arrives, and what its caller sees."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        curl = pycurl.Curl()
        curl.setopt(pycurl.URL, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        curl.setopt(pycurl.WRITEDATA, io.BytesIO())
        curl.setopt(pycurl.FORBID_REUSE, not keep)
        post(curl)
        arrived.clear()
        seen = post(curl)
        curl.close()
        return arrived.count(TEXT), seen


print(pycurl.version.split(" Open")[0])
EXPECTED = {"kept connection": (2, 200), "a connection each": (1, 200)}
seen = {"kept connection": second_post(keep=True), "a connection each": second_post(keep=False)}
for how, (times, answer) in seen.items():
    print(f"{how}: arrived {times} times, the caller sees {answer}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
