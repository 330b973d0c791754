"""Log lines: for people, or JSON for machines, with the ids of campaign, run and batch, and nothing of anybody."""

from __future__ import annotations

import json
import logging
import re
from copy import copy
from datetime import UTC, datetime

IDS = ("campaign", "run", "batch", "upload")
# What a database adds to an error names the values that it is about.
# Such a value may have lines of its own: all goes, up to the next traceback or the end.
DETAIL = re.compile(
    r"^(DETAIL|CONTEXT|PARAMETERS):.*?(?=^Traceback |^The above exception|^During handling|\Z)", re.M | re.S
)
LONG_NUMBER = re.compile(r"\+?\d(?:[ -]?\d){8,}")
KEY = re.compile(r"qsms_live_[\w-]+")


def discreet(text: str) -> str:
    """`text` without phone numbers, keys, and the values that a database puts into its errors."""
    return KEY.sub("qsms_live_…", LONG_NUMBER.sub("…", DETAIL.sub("\\1: …\n", text)))


class LineFormatter(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        ids = "".join(f" {name}={value}" for name in IDS if (value := getattr(record, name, None)) is not None)
        safe = copy(record)
        safe.msg, safe.args = discreet(record.getMessage()), None
        if record.exc_info:
            safe.exc_text = discreet(self.formatException(record.exc_info))
        return super().format(safe) + ids


class JsonFormatter(logging.Formatter):
    """A JSON object a line: time, level, logger, message, error, and the ids that were given."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": discreet(record.getMessage()),
        }
        entry |= {name: value for name in IDS if (value := getattr(record, name, None)) is not None}
        if record.exc_info:
            entry["error"] = discreet(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)
