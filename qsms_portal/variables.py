"""The environment's variables, as settings.py reads them: what cannot be read ends the process with a sentence."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

from qsms_portal.embedded.errors import EmbeddedServersError

POSTGRESQL = ("postgres", "postgresql", "psql", "pgsql")
YES = ("true", "on", "ok", "y", "yes")
NO = ("false", "off", "n", "no")
LEVELS = tuple(logging.getLevelNamesMapping())

T = TypeVar("T")


class Variables:
    """Reads each variable as what it should be, notes its name, and gathers what cannot be read.

    A default stands for a variable that is not there; for one that is empty too, where no empty value could be meant.
    """

    def __init__(self) -> None:
        self._env = environ.Env()
        self.names: set[str] = set()
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """As it stands. A value `$OTHER` is the value of OTHER."""
        self.names.add(name)
        raw = self._env.ENVIRON.get(name, "")
        if raw.startswith("$") and raw.lstrip("$") not in self._env.ENVIRON:
            self.problems.append(f"{name} begins with $ and so names another variable. There is none of that name.")
        return str(self._env.str(name, default=default))

    def listed(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """What stands between its commas. Set and empty: an empty list."""
        return [one for one in self.text(name, ",".join(default)).split(",") if one]

    def pairs(self, name: str) -> dict[str, str]:
        """What stands before and after the last = of each part between commas."""
        parts = [one.rpartition("=") for one in self.listed(name)]
        if not all(key.strip() and value.strip() for key, _, value in parts):
            self.problems.append(f"{name} is “{self.text(name)}”. Write NAME=VALUE, with commas between them.")
        return {key.strip(): value.strip() for key, _, value in parts}

    def truth(self, name: str, default: bool) -> bool:
        return self._read(name, default, _truth, "Write 1 or 0.")

    def whole(self, name: str, default: int) -> int:
        return self._read(name, default, _whole, f"Write a whole number, such as {default}.")

    def number(self, name: str, default: float) -> float:
        return self._read(name, default, _number, f"Write a number in digits, such as {default:g}.")

    def span(self, name: str, default: float, unit: str = "seconds") -> timedelta:
        """That many seconds, or hours."""
        hint = f"Write a number of {unit} in digits, such as {default:g}."
        return self._read(name, timedelta(**{unit: default}), lambda text: timedelta(**{unit: _number(text)}), hint)

    def choice(self, name: str, default: str, among: Sequence[str]) -> str:
        def chosen(text: str) -> str:
            if text not in among:
                raise ValueError
            return text

        return self._read(name, default, chosen, f"Write one of {', '.join(among)}.")

    def zone(self, name: str, default: str) -> str:
        return self._read(name, default, lambda text: ZoneInfo(text).key, f"Write a time zone as {default} is written.")

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Django's settings for a PostgreSQL by its URL. Its problems do not repeat it: it holds a password."""
        hint = "Write postgres://user:password@host/name, or nothing for the embedded one."
        return self._address(name, self.text(name) or default, _database, hint) or {
            "ENGINE": "django.db.backends.dummy"
        }

    def mail(self, name: str) -> dict[str, Any]:
        """Django's settings for a mail server by its URL, none where it is not set."""
        url = self.text(name)
        hint = "Write smtp+tls://user:password@host:587."
        return self._address(name, url, environ.Env.email_url_config, hint) if url else {}

    @contextmanager
    def usable(self, name: str, folder: Path) -> Iterator[None]:
        """Whatever is done with `folder`, which `name` has chosen; where that fails, the process ends here."""
        try:
            yield
        except (OSError, EmbeddedServersError) as error:
            raise SystemExit(f"The folder of {name}, {folder}, cannot be used. {error}") from error

    def refuse(self) -> None:
        """End the process where anything could not be read, with a sentence for each: a guess could send texts."""
        if self.problems:
            raise SystemExit("\n".join(["The environment has settings that cannot be read:", *self.problems]))

    def _read(self, name: str, default: T, read: Callable[[str], T], hint: str) -> T:
        text = self.text(name).strip()
        if not text:
            return default
        try:
            return read(text)
        # ZoneInfo opens files by the name that it is given.
        except (ValueError, OverflowError, OSError, LookupError):
            self.problems.append(f"{name} is “{text}”. {hint}")
            return default

    def _address(self, name: str, url: str, read: Callable[[str], dict[str, Any]], hint: str) -> dict[str, Any]:
        try:
            return read(url)
        except (ValueError, ImproperlyConfigured):
            self.problems.append(f"{name} is no address that can be used. {hint}")
            return {}


def host_of(url: str) -> str:
    """The host in `url` as ALLOWED_HOSTS has it; empty where there is none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return f"[{host}]" if ":" in host else host


def origin_of(url: str) -> str:
    """Scheme, host and port of `url`, as a Content-Security-Policy has them; empty where there is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _truth(text: str) -> bool:
    if text.lower() in (*YES, *NO):
        return text.lower() in YES
    return int(text) != 0


def _whole(text: str) -> int:
    # int() would take 1_000 too, and the digits of every script.
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError
    return int(text)


def _number(text: str) -> float:
    """Not as environ reads one, to whom 60s is 60, 1e3 is 13 and 1,000 is 1."""
    if not re.fullmatch(r"[+-]?[0-9]*\.?[0-9]+", text) or not math.isfinite(float(text)):
        raise ValueError
    return float(text)


def _database(url: str) -> dict[str, Any]:
    if urlsplit(url).scheme not in POSTGRESQL:
        raise ValueError
    config: dict[str, Any] = environ.Env.db_url_config(url)
    if not config["NAME"]:
        raise ValueError
    return config
