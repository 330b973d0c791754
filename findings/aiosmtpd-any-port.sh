#!/usr/bin/env bash
# aiosmtpd's Controller, told to take any free port, listens on one and fails: it looks for itself at port 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiosmtpd==1.4.6
cd "$folder"
timeout 60 "$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from aiosmtpd.controller import Controller

print("aiosmtpd", version("aiosmtpd"))
controller = Controller(object(), hostname="127.0.0.1", port=0)
try:
    controller.start()
    seen = "started"
except OSError as error:
    listening = bool(controller.server and controller.server.sockets[0].getsockname()[1])
    seen = f"{type(error).__name__}, listening: {listening}"
finally:
    controller.stop(no_assert=True)
print(seen)
if seen != "ConnectionRefusedError, listening: True":
    sys.exit("It behaves otherwise now.")
print("As described.")
PYTHON
