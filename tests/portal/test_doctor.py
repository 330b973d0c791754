"""What the doctor says of the portal itself: its version and its settings."""

import tomllib
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_the_doctor_tells_the_version_and_the_settings(capsys):
    with (PROJECT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    wrong = {"QSMS_COST_UNIT": "KES", "QSMS_READ_TIMEOUT": 1.0, "SECURE": True}
    with override_settings(**wrong), pytest.raises(SystemExit):
        call_command("doctor")
    said = capsys.readouterr().out.splitlines()
    assert f"OK   portal: version {version}" in said
    assert "FAIL settings: QSMS_COST_UNIT is “KES”. Write kes." in said
    assert any(line.startswith("FAIL settings: PUBLIC_URL begins with https://, and TRUSTED_") for line in said)
    assert any(line.startswith("WARN settings: QSMS_READ_TIMEOUT is 1, which is little. Write 5") for line in said)
