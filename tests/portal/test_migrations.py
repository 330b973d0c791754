"""The migrations are those of the models."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def test_the_models_lack_no_migration():
    done = subprocess.run(
        [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run", "--settings", "tests.no_database"],
        cwd=PROJECT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == ("No changes detected\n", "", 0)
