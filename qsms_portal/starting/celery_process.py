"""`python -m qsms_portal.starting.celery_process sending|work|beat`: what `celery worker` and `celery beat` start.

Celery's own command line loads a shell with completion besides, 8 MB that no worker ever uses.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from celery import concurrency

from qsms_portal.celery import app

# As the command line has them of itself.
ALWAYS: dict[str, Any] = {"loglevel": "WARNING", "quiet": True}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="celery_process", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    for kind, most in (("sending", "--threads"), ("work", "--processes")):
        worker = kinds.add_parser(kind)
        worker.add_argument("--node", required=True)
        worker.add_argument(most, dest="most", type=int, required=True)
    kinds.add_parser("beat").add_argument("--schedule", required=True)
    options = parser.parse_args(arguments)
    if options.kind == "sending":
        return run_worker(options.node, "threads", concurrency=options.most, queues=["sending"])
    if options.kind == "work":
        return run_worker(options.node, "prefork", autoscale=f"{options.most},1", exclude_queues=["sending"])
    app.Beat(schedule=options.schedule, **ALWAYS).run()
    return 0


def run_worker(node: str, pool: str, **options: Any) -> int:
    """Until it is told to stop; returns the exit status."""
    pool_class = concurrency.get_implementation(pool)
    worker = app.Worker(
        hostname=node, pool_cls=pool_class, without_gossip=True, without_mingle=True, **ALWAYS, **options
    )
    worker.start()
    return worker.exitcode or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
