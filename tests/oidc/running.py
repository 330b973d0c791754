"""A real OpenID provider, npm's oidc-provider, as a child of the test."""

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from qsms_portal.embedded import locks

OLDEST_NODE = 20
HERE = Path(__file__).parent


def modules():
    """The folder with what package-lock.json names, installed once; without node or npm's registry the test is skipped.

    REQUIRE_NODE says that it must run.
    """
    if not shutil.which("npm") or node_version() < OLDEST_NODE:
        missing(f"node {OLDEST_NODE} or newer and npm are missing")
    folder = settings.DATA_DIR / "oidc-provider"
    lock = (HERE / "package-lock.json").read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    with locks.held(folder / "install.lock"):
        done = folder / "installed.json"
        if not done.exists() or done.read_bytes() != lock:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, folder)
            asked = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            ran = subprocess.run(asked, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
            if ran.returncode:
                missing(f"npm did not install oidc-provider: {ran.stderr[-300:]}")
            done.write_bytes(lock)
    return folder


def node_version():
    ran = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    return int(ran.stdout.lstrip("v").partition(".")[0])


def missing(words):
    if os.environ.get("REQUIRE_NODE"):
        pytest.fail(words)
    pytest.skip(words)


class RunningProvider:
    client_id, client_secret = "portal", "a secret: of 100% letters"

    def __init__(self, issuer, people):
        self.issuer, self._people = issuer, people

    def knows(self, **people):
        """From now on these, by their sub."""
        self._people.write_text(json.dumps(people))


@contextmanager
def running_provider(folder, portal):
    people = folder / "people.json"
    people.write_text("{}")
    command = ["node", str(HERE / "provider.mjs"), str(modules()), str(people), portal]
    with (folder / "provider.log").open("w") as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        port = process.stdout.readline().strip()
        if not port:
            missing(f"the provider did not start: {(folder / 'provider.log').read_text()[-300:]}")
        yield RunningProvider(f"http://127.0.0.1:{port}", people)
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()
