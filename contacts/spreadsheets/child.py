"""The process that reads a workbook or vCards: started, bounded, and how its end is told."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contacts.spreadsheets.bounds import CHILD_SECONDS, WORKBOOKS_AT_ONCE, TooMuch
from contacts.spreadsheets.reading import BadFile, Busy, Reading

PROJECT = Path(__file__).resolve().parent.parent.parent
MODULE, VCARDS = "contacts.spreadsheets.spool", "contacts.spreadsheets.vcards"
BAD_FILE = 3
# How the kernel, or a library that gets no more memory, ends it.
ENDED_BY_BOUNDS = (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGXCPU, -signal.SIGSEGV)


def read_in_child(source: Path, spool: Path, wanted: Reading, module: str = "") -> dict[str, Any]:
    """What the workbook is, or the vCards; its rows are written to `spool`. Raises BadFile.

    Busy where others are being read.
    """
    command = [sys.executable, "-m", module or MODULE, str(source), str(spool), json.dumps(wanted.to_json())]
    with _turn() as descriptor:
        child = subprocess.Popen(  # noqa: S603
            command,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
            # It keeps its turn where it outlives us.
            pass_fds=[descriptor],
        )
        try:
            out, problem = child.communicate(timeout=CHILD_SECONDS)
        except BaseException as error:
            # With the processes that it forked, which hold its output open.
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                raise TooMuch from error
            raise
    if child.returncode in ENDED_BY_BOUNDS:
        raise TooMuch
    if child.returncode == BAD_FILE:
        raise BadFile(*json.loads(problem))
    if child.returncode:
        raise BadFile("not_a_spreadsheet", "This workbook cannot be read. Save it as CSV and try again.")
    about: dict[str, Any] = json.loads(out)
    return about


def turns_folder() -> Path:
    """One for all portals of the machine, whose memory it is."""
    return Path(tempfile.gettempdir())


@contextmanager
def _turn() -> Iterator[int]:
    """One of the turns on this machine, by a lock that ends with its holders. Raises Busy."""
    for number in range(WORKBOOKS_AT_ONCE):
        path = turns_folder() / f"qsms-workbook-{os.getuid()}-{number}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield descriptor
            return
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)
    raise Busy
