"""What a process tells the kernel of itself before it becomes what it is to be: prctl(2), Linux only."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15

# Loaded before any fork: between fork and exec there is no safe moment for it.
_libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


def die_with(parent: int) -> None:
    """Get SIGTERM when `parent`, who started this process, dies: kill -9 of it is to leave no orphan."""
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def call_it(name: str) -> None:
    """What `ps -e` and `top` call this process, of which 15 letters are kept; its command line is its parent's."""
    if _libc is not None:
        _libc.prctl(PR_SET_NAME, name.encode())
