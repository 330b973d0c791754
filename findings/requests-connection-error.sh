#!/usr/bin/env bash
# requests raises one and the same exception where no connection was made and where the call had arrived in whole.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check requests==2.34.2
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import socket
import sys
import threading

import requests

print("requests", requests.__version__)
arrived = []


def take_one_call_and_hang_up(server):
    connection, _ = server.accept()
    received = b""
    while not received.endswith(b"our text"):
        received += connection.recv(65536)
    arrived.append(received)
    connection.close()


def post(port):
    try:
        requests.post(f"http://127.0.0.1:{port}/send", data="our text", timeout=5)
    except requests.RequestException as error:
        return type(error).__name__
    return "no error"


with socket.create_server(("127.0.0.1", 0)) as server:
    port = server.getsockname()[1]
    taker = threading.Thread(target=take_one_call_and_hang_up, args=(server,))
    taker.start()
    half = post(port)
    taker.join()
EXPECTED = {"nobody listens": "ConnectionError", "taken, then hung up": "ConnectionError", "calls that arrived": 1}
seen = {"nobody listens": post(port), "taken, then hung up": half, "calls that arrived": len(arrived)}

for asked, answer in seen.items():
    print(f"{asked}: {answer!r}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
