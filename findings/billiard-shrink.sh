#!/usr/bin/env bash
# A pool of billiard, Celery's, is made smaller by one, and by one again. How many processes end?
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check billiard==4.3.2
cd "$folder"
cat > shrinking.py <<'PYTHON'
import sys
import time
from importlib.metadata import version

from billiard.pool import Pool

WITHIN = 20.0


def alive(pool):
    pool.maintain_pool()
    return sum(one.is_alive() for one in pool._pool)


def left_after(*steps):
    """How many of three processes are left when what was asked has had its time."""
    pool = Pool(3)
    try:
        pool.map(abs, range(30))
        for number in steps:
            pool.shrink(number)
        expected = 3 - sum(steps)
        until = time.monotonic() + WITHIN
        # Time enough for those that are to end; whoever has not by then was not asked to.
        while alive(pool) > expected and time.monotonic() < until:
            time.sleep(0.2)
        return alive(pool), pool._processes
    finally:
        pool.terminate()
        pool.join()


if __name__ == "__main__":
    print("billiard", version("billiard"))
    EXPECTED = {"by two at once": (1, 1), "by one, and by one again": (2, 1)}
    seen = {"by two at once": left_after(2), "by one, and by one again": left_after(1, 1)}
    for how, (processes, size) in seen.items():
        print(f"{how}: {processes} processes are left, the pool says {size}")
    if seen != EXPECTED:
        sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
    print("As described.")
PYTHON
"$folder/venv/bin/python" shrinking.py
