"""A child that notes what happens to it, as "name EVENT number" lines of one file: NAME NOTES PATIENCE.

With GREETING in its environment it says and notes more.
"""

import os
import signal
import sys
import time
from pathlib import Path

name, notes, patience = sys.argv[1], sys.argv[2], float(sys.argv[3])


def note(word):
    with Path(notes).open("a") as file:
        file.write(f"{name} {word} {os.getpid()}\n")


def stop(number, _frame):
    note(signal.Signals(number).name)
    time.sleep(patience)
    note("ended")
    os._exit(0)


signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
if greeting := os.environ.get("GREETING"):
    note("django" if "django" in sys.modules else "bare")
    print(f"greetings of {greeting}", flush=True)
note("began")
while True:
    signal.pause()
