"""How the clients are written: by the checkers of their languages, and as their READMEs say."""

import re
import subprocess
import sys

import pytest

from campaigns.gateway.simulator.process import SimulatorProcess
from tests.clients.interpreters import CLIENTS, LANGUAGES, environment, need, ran

ENDINGS = {"python": "*.py", "node": "*.mjs", "php": "*.php", "ruby": "*.rb", "go": "*.go"}
FILES = {"python": "qsms.py", "node": "qsms.mjs", "php": "Qsms.php", "ruby": "qsms.rb", "go": "qsms.go"}
CALLS = ("send_one", "send_many", "add_contacts", "launch_campaign", "campaign_status", "message_status", "balance")


def test_the_checker_of_the_language_finds_nothing(language, workshop):
    for path in sorted(CLIENTS.joinpath(language).rglob(ENDINGS[language])):
        check = {
            "python": [sys.executable, "-W", "error", "-m", "py_compile", str(path)],
            "node": ["node", "--check", str(path)],
            "php": ["php", "-d", "error_reporting=-1", "-l", str(path)],
            "ruby": ["ruby", "-wc", str(path)],
            "go": ["go", "vet", "./..."],
        }[language]
        done = subprocess.run(
            check, cwd=CLIENTS / language, env=environment(language, workshop), capture_output=True, text=True,
            timeout=180, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "warning" not in (done.stdout + done.stderr).lower(), done.stderr


def test_the_python_client_is_strictly_typed():
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=/dev/null", "qsms.py", "receiver.py"],
        cwd=CLIENTS / "python", capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_gofmt_would_change_nothing(workshop):
    need("go")
    assert ran(["gofmt", "-l", "."], "go", workshop, cwd=CLIENTS / "go") == ""


@pytest.mark.parametrize("name", LANGUAGES)
def test_each_client_has_the_same_calls(name):
    """By the names that its language would give them."""
    written = CLIENTS.joinpath(name, FILES[name]).read_text()
    for call in (*CALLS, "verify_signature"):
        words = call.split("_")
        camel = words[0] + "".join(word.title() for word in words[1:])
        spelt = {"go": camel[0].upper() + camel[1:], "node": camel, "php": camel}.get(name, call)
        readme = CLIENTS.joinpath(name, "README.md").read_text()
        assert re.search(rf"\b{spelt}\(", written) or spelt == "balance"
        assert spelt in readme


def example_in(name):
    """The program of a README."""
    (code,) = re.findall(r"```\w+\n(.*?)```", CLIENTS.joinpath(name, "README.md").read_text(), re.S)
    return code


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_first_text_takes_ten_lines(name):
    assert len([line for line in example_in(name).splitlines() if line.strip()]) <= 10


def test_the_example_of_the_readme_sends_a_text(language, workshop, tmp_path):
    with SimulatorProcess() as gateway:
        code = example_in(language).replace("https://portal.example.co.ke", gateway.url)
        folder = CLIENTS / language
        if language == "go":
            (tmp_path / "main.go").write_text(code)
            module = f"module first\n\ngo 1.19\n\nrequire qsms v0.0.0\n\nreplace qsms => {folder}\n"
            (tmp_path / "go.mod").write_text(module)
            command = ["go", "run", "."]
        else:
            (tmp_path / FILES[language]).write_text((folder / FILES[language]).read_text())
            path = tmp_path / f"first{ENDINGS[language].lstrip('*')}"
            path.write_text(code)
            command = [{"python": sys.executable}.get(language, language), str(path)]
        said = ran(command, language, workshop, cwd=tmp_path)
        (text,) = gateway.ledger()
    assert (text["mobile"], text["message"]) == ("254712345678", "Your parcel is here.")
    assert said.split()[:2] == ["accepted", str(text["id"])]
