"""The clients in their own languages: the interpreters, and a process that makes calls of each."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CLIENTS = PROJECT / "clients"
DRIVERS = Path(__file__).parent / "drivers"
LANGUAGES = ("python", "node", "php", "ruby", "go")
PACKAGES = {"curl": "curl", "node": "nodejs", "php": "php-cli", "ruby": "ruby", "go": "golang-go"}


def need(language):
    """Skips, or fails where REQUIRE_CLIENTS says that all must run, unless the interpreter is here."""
    if language == "python" or shutil.which(language):
        return
    words = f"{language} is missing: apt install {PACKAGES[language]}"
    if os.environ.get("REQUIRE_CLIENTS"):
        pytest.fail(words)
    pytest.skip(words)


def environment(language, folder):
    """What a program of that language runs with; `folder` is for what it makes meanwhile. Go asks no network."""
    if language == "python":
        return {**os.environ, "PYTHONPATH": str(CLIENTS / "python")}
    if language == "go":
        own = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
        return {**os.environ, **own, "GOCACHE": str(folder / "go"), "GOPATH": str(folder / "gopath")}
    return dict(os.environ)


def ran(command, language, folder, cwd=None):
    """What a program printed. Fails with what it said on stderr where it ended badly."""
    done = subprocess.run(
        command, cwd=cwd, env=environment(language, folder), capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def command_for(language, folder):
    """How the driver of a language is started; Go's is built first, into `folder`."""
    if language == "go":
        ran(["go", "build", "-o", str(folder / "driver"), "."], "go", folder, cwd=DRIVERS / "go")
        return [str(folder / "driver")]
    return {
        "python": [sys.executable, str(DRIVERS / "driver.py")],
        "node": ["node", str(DRIVERS / "driver.mjs"), (CLIENTS / "node" / "qsms.mjs").as_uri()],
        "php": ["php", str(DRIVERS / "driver.php"), str(CLIENTS / "php" / "Qsms.php")],
        "ruby": ["ruby", "-w", str(DRIVERS / "driver.rb"), str(CLIENTS / "ruby" / "qsms.rb")],
    }[language]


class Failed(Exception):
    """The client raised its error, or returned it; `told` is what it carries."""

    def __init__(self, told):
        super().__init__(told)
        self.told, self.kind = told, told["kind"]


class Driver:
    """A program in one of the languages that makes calls of its client, one after the other."""

    def __init__(self, language, folder):
        self.language = language
        self.process = subprocess.Popen(
            command_for(language, folder), env=environment(language, folder), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def begin(self, op, url, **asked):
        """Have a call made; `answer` waits for what came of it."""
        client = {"base_url": url, "account_url": None, "api_key": "k", "sender": "QSMS", "retries": 3, "timeout": 30}
        client |= asked.pop("client", {})
        self.process.stdin.write(json.dumps({"op": op, "client": client, **asked}) + "\n")
        self.process.stdin.flush()

    def answer(self):
        """What the client returned. Raises Failed."""
        line = self.process.stdout.readline()
        assert line, f"the {self.language} driver ended with status {self.process.wait(5)}"
        told = json.loads(line)
        if "error" in told:
            raise Failed(told["error"])
        return told["result"]

    def ask(self, op, url, **asked):
        self.begin(op, url, **asked)
        return self.answer()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
