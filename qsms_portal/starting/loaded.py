"""One process that has loaded the whole portal, of which `up` forks the others: what they share is held once.

Nothing runs in it but this: it waits for orders, forks, and tells who has ended. It has one thread, for a fork copies
no other, nor lets go of what others hold.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import runpy
import select
import socket
import sys
from dataclasses import dataclass
from importlib import import_module

from qsms_portal.embedded import join
from qsms_portal.starting.prctl import call_it, die_with

LARGEST_ORDER = 1 << 16
# What the processes of `up` import when they run, and not before.
MODULES = (
    "billiard.heap",
    "billiard.popen_fork",
    "billiard.sharedctypes",
    "campaigns.gateway.simulator.command_line",
    "celery.app.amqp",
    "celery.app.control",
    "celery.app.events",
    "celery.app.log",
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.concurrency.prefork",
    "celery.concurrency.thread",
    "celery.worker.consumer",
    "celery.worker.consumer.delayed_delivery",
    "celery.worker.strategy",
    "django.core.cache.backends.db",
    "granian.cli",
    "granian.wsgi",
    "kombu.transport.redis",
    "multiprocessing.popen_fork",
    "qsms_portal.autoscaling",
    "qsms_portal.wsgi",
)


@dataclass(frozen=True)
class Order:
    """A module to run as `python -m` does, with its arguments, and what its environment has besides."""

    name: str
    module: str
    arguments: list[str]
    environment: dict[str, str]

    def run(self) -> None:
        os.environ.update(self.environment)
        sys.argv[1:] = self.arguments
        # Its own children are forks too.
        multiprocessing.set_start_method("fork", force=True)
        runpy.run_module(self.module, run_name="__main__", alter_sys=True)


def load() -> None:
    """Import what the processes of `up` run, so far as nothing starts by it."""
    import_module("django").setup()
    app = import_module("qsms_portal.celery").app
    app.loader.import_default_modules()
    app.finalize()
    for module in MODULES:
        import_module(module)
    settings = import_module("django.conf").settings
    # The claim to the embedded servers is its children's too.
    join(settings.DATA_DIR, database=settings.EMBEDDED_DATABASE, redis=settings.EMBEDDED_REDIS)
    gc.collect()
    # Whoever looks for garbage would touch, and so copy, all that is shared.
    gc.freeze()


def serve(orders: socket.socket) -> Order | None:
    """Fork a child for each order. Returns in it, with the order; here None when nobody is left to order.

    An order comes with the descriptor that the child writes to, and is answered with the child's number; when a child
    ends, its number and status are told.
    """
    children: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([orders.fileno(), *children], [], [])
        for descriptor in children.keys() & ready:
            pid = children.pop(descriptor)
            os.close(descriptor)
            _, status = os.waitpid(pid, 0)
            _tell(orders, ended=pid, status=os.waitstatus_to_exitcode(status))
        if orders.fileno() not in ready:
            continue
        message, descriptors, _, _ = socket.recv_fds(orders, LARGEST_ORDER, 1)
        if not message:
            return None
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            order = Order(**json.loads(message))
            _begin(order.name, parent, descriptors[0], [orders.detach(), *children])
            return order
        os.close(descriptors[0])
        children[os.pidfd_open(pid)] = pid
        _tell(orders, started=pid)


def _begin(name: str, parent: int, output: int, of_the_parent: list[int]) -> None:
    os.setsid()
    die_with(parent)
    call_it(f"qsms-{name}")
    for descriptor in of_the_parent:
        os.close(descriptor)
    for standard in (1, 2):
        os.dup2(output, standard)
    os.close(output)


def _tell(orders: socket.socket, **what: int) -> None:
    orders.send(json.dumps(what).encode())


if __name__ == "__main__":
    commands = socket.socket(fileno=int(sys.argv[1]))
    load()
    if order := serve(commands):
        order.run()
