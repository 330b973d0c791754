"""What goes wrong with the embedded servers."""

from __future__ import annotations


class EmbeddedServersError(RuntimeError):
    """An embedded server cannot run here. Its message is for people: it says why and what to set or change."""
