"""A real OpenID provider, npm's oidc-provider, as a child of the test."""

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path

from tests.npm import missing, modules

HERE = Path(__file__).parent


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
    command = ["node", str(HERE / "provider.mjs"), str(modules(HERE, "oidc-provider")), str(people), portal]
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
