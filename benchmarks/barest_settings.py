"""The bare project without any middleware."""

from benchmarks.bare_settings import *  # noqa: F403

MIDDLEWARE: list[str] = []
