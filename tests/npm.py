"""Packages of npm that tests run, as a lock file beside the test names them."""

import os
import shutil
import subprocess

import pytest
from django.conf import settings

from qsms_portal.embedded import locks

OLDEST_NODE = 20


def modules(here, name):
    """The folder with what `here`/package-lock.json names, installed once under `name` in the data folder.

    Without node or npm's registry the test is skipped; REQUIRE_NODE says that it must run.
    """
    if not shutil.which("npm") or node_version() < OLDEST_NODE:
        missing(f"node {OLDEST_NODE} or newer and npm are missing")
    folder = settings.DATA_DIR / name
    lock = (here / "package-lock.json").read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    with locks.held(folder / "install.lock"):
        done = folder / "installed.json"
        if not done.exists() or done.read_bytes() != lock:
            for file in ("package.json", "package-lock.json"):
                shutil.copy(here / file, folder)
            asked = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            ran = subprocess.run(asked, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
            if ran.returncode:
                missing(f"npm did not install {name}: {ran.stderr[-300:]}")
            done.write_bytes(lock)
    return folder


def node_version():
    ran = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    return int(ran.stdout.lstrip("v").partition(".")[0])


def missing(words):
    if os.environ.get("REQUIRE_NODE"):
        pytest.fail(words)
    pytest.skip(words)
