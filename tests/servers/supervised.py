"""A supervisor with real children, in a process of its own, and what they note."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

from tests.servers.conftest import DEADLINE, REPOSITORY, eventually


class Supervised:
    """One that runs `script`, and is ended with the test if not before. `notes` is where its children write."""

    def __init__(self, script, notes, environment):
        self.notes = notes
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, str(notes)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment}, start_new_session=True,
        )  # fmt: skip
        # Reading from one that has hung ends with it, and so does the test.
        self._limit = threading.Timer(2 * DEADLINE, self.process.kill)
        self._limit.start()

    def events(self):
        """What was noted, in turn: who, what, and the number of the process, or the time."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        return [tuple(line.split()) for line in lines]

    def noted(self, name, word):
        """The numbers of the processes that noted this, in turn."""
        return [int(pid) for one, what, pid in self.events() if (one, what) == (name, word)]

    def until(self, name, word, times=1):
        """Wait until it was noted so often; the number of the last process."""
        return eventually(lambda: (found := self.noted(name, word))[times - 1 :] and found, f"{name} {word}")[-1]

    def until_said(self, words):
        """Read what it prints up to a line with these words; the lines."""
        lines = []
        eventually(lambda: lines.append(self.process.stdout.readline()) or words in lines[-1], words)
        return lines

    def loaded(self):
        """The number of the process that has the portal loaded, its only child."""
        (only,) = map(int, Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split())
        return only

    def ended(self):
        """Wait for its end; what it printed."""
        output, _ = self.process.communicate(timeout=DEADLINE)
        return output

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def close(self):
        self._limit.cancel()
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@contextmanager
def supervising(script, notes, **parts):
    """Gives what starts a supervisor of the given children (Python text), and ends all that were started.

    `script` has a place for them, and for the `parts`; what else is given to the start is in its environment.
    """
    started = []

    def start(children, **environment):
        started.append(Supervised(script.format(children=children, **parts), notes, environment))
        return started[-1]

    try:
        yield start
    finally:
        for one in started:
            one.close()
