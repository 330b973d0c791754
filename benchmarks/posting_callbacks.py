"""The process that posts callbacks, as the task does, again and again while its standard input says that it is on."""

from __future__ import annotations

import os
import select
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django

django.setup()

from campaigns import callbacks  # noqa: E402


def post() -> None:
    on = False
    while True:
        if select.select([0], [], [], 0.0 if on else 60.0)[0]:
            # Not by lines: what a reader keeps back is nothing that one can wait for.
            words = os.read(0, 1024).split()
            if not words:
                return
            on = words[-1] == b"on"
        if on and callbacks.are_wanted():
            callbacks.post_due(10)
        elif on:
            time.sleep(0.5)


if __name__ == "__main__":
    post()
