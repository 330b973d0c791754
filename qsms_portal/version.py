"""Which version of the portal this is."""

from __future__ import annotations

import tomllib

from django.conf import settings


def version() -> str:
    """The version as pyproject.toml, its one home, has it."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])
