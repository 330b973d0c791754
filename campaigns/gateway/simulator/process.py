"""The simulator as a child process, for tests, benchmarks and the practice mode."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[3]


class SimulatorEnded(RuntimeError):
    """The child ended before it listened; why is on its stderr. Mend the options."""


class SimulatorSaidNo(RuntimeError):
    """The simulator did not take what it was told; the text says why."""


class SimulatorProcess:
    """Started at once and ended by `stop`, by leaving the `with`, or with the thread that started it.

    `url` is for both base addresses of the gateway.
    """

    def __init__(self, port: int = 0, dlr_url: str = "", chaos: Mapping[str, Any] | None = None,
                 api_key: str = "", host: str = "127.0.0.1", acknowledged: Path | None = None,
                 secret: str | None = None) -> None:  # fmt: skip
        command = [sys.executable, "-m", "campaigns.gateway.simulator", "--quiet", f"--port={port}", f"--host={host}"]
        command += [f"--dlr-url={dlr_url}", f"--chaos={json.dumps(chaos or {})}", f"--api-key={api_key}"]
        if acknowledged is not None:
            command += [f"--acknowledged={acknowledged}"]
        command += [f"--stop-with-parent={os.getpid()}"]
        self.secret = secrets.token_urlsafe(16) if secret is None else secret
        environment = {**os.environ, "SIMULATOR_SECRET": self.secret}
        self.process = subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        with self.process.stdout as first_words:
            said = first_words.readline()
        if not said:
            raise SimulatorEnded(f"exit status {self.process.wait()}")
        where = json.loads(said)
        self.host = host
        self.port: int = where["port"]
        self.url: str = where["url"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Nothing is left behind; may be called twice."""
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def ask(self, method: str, path: str, told: object = None) -> Any:
        """One call to the control addresses. Raises SimulatorSaidNo, OSError where it has ended."""
        connection = HTTPConnection(self.host, self.port, timeout=60)
        try:
            body = None if told is None else json.dumps(told)
            headers = {"Authorization": f"Bearer {self.secret}"}
            connection.request(method, f"/_simulator/{path}", body, headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise SimulatorSaidNo(answer["error"])
        return answer

    def chaos(self, **changes: Any) -> dict[str, Any]:
        """Change these settings, each as a whole, None putting back the default; returns all of them."""
        answer: dict[str, Any] = self.ask("POST", "chaos", changes)
        return answer

    def behave(self, **chaos: Any) -> dict[str, Any]:
        """Forget all chaos but this."""
        answer: dict[str, Any] = self.ask("PUT", "chaos", chaos)
        return answer

    def post_reports_to(self, url: str | None) -> None:
        self.ask("PUT", "dlr-url", {"dlr_url": url})

    def ledger(self, since: int = 0) -> list[dict[str, Any]]:
        """The accepted texts, oldest first."""
        answer: list[dict[str, Any]] = self.ask("GET", f"ledger?since={since}")
        return answer

    def contacts(self, group: str) -> list[dict[str, Any]]:
        """What was kept of this group, in the order in which numbers first came."""
        answer: list[dict[str, Any]] = self.ask("GET", f"contacts?group={quote(group)}")
        return answer

    def summary(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.ask("GET", "summary")
        return answer

    def clear(self) -> None:
        """An empty ledger, no contacts, no reports on their way, counts from zero."""
        self.ask("DELETE", "ledger")

    def wait_for_reports(self, within: float = 30.0) -> dict[str, Any]:
        """Until no report is waiting to be posted; returns the summary. Raises TimeoutError."""
        until = time.monotonic() + within
        while (summary := self.summary())["reports"]["pending"]:
            if time.monotonic() > until:
                raise TimeoutError(f"{summary['reports']['pending']} reports are still waiting")
            time.sleep(0.02)
        return summary
