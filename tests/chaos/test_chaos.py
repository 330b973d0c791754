"""The core of `make chaos`: the same scenes, short enough for every run of the suite."""

import os
import subprocess
import sys

import pytest

from tests.servers.conftest import REPOSITORY

pytestmark = pytest.mark.servers


def play(scene, texts):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DJANGO_"))}
    played = subprocess.run(
        [sys.executable, "-m", "tests.chaos", scene, "--texts", str(texts)],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert played.returncode == 0, played.stdout
    print(played.stdout)


def test_nobody_gets_a_text_twice_whatever_breaks():
    play("storm", 3_000)
