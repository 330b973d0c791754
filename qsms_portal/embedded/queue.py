"""The embedded Valkey: a socket instead of a port, and a log of every write, so that what is queued outlives it."""

from __future__ import annotations

from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from qsms_portal.embedded.places import VALKEY, make_private
from qsms_portal.embedded.programs import valkey_program
from qsms_portal.embedded.server import Server


class Valkey(Server):
    label = "Valkey"
    name = VALKEY

    @property
    def socket(self) -> Path:
        return self.places.valkey_socket

    def answers(self) -> bool:
        try:
            with self._client() as client:
                return bool(client.ping())
        except RedisError:
            return False

    def prepare(self) -> None:
        make_private(self.folder, self.places.account)

    def command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "daemonize": "no",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            # A queue that forgets tasks to make room would be worse than one that says that it is full.
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        program = str(valkey_program(self.places.account))
        return [program, *(word for name, value in options.items() for word in (f"--{name}", value))]

    def settle(self) -> None:
        """Nothing: it has all that it needs when it answers."""

    def ask_to_stop(self) -> None:
        try:
            with self._client() as client:
                client.shutdown()
        except RedisError:
            # Away already, or loading and gone before it could say so: the lock tells.
            return

    def _client(self) -> Redis:
        return Redis(
            unix_socket_path=str(self.socket), socket_timeout=10, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
        )
