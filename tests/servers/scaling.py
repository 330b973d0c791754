"""A Celery app with nothing but tasks that last, and processes that come and go as the portal's own do, only sooner."""

import os
import signal
import time
from pathlib import Path

from celery import Celery
from celery.signals import worker_process_init

from qsms_portal.autoscaling import Autoscaler


class Sooner(Autoscaler):
    idle_for = 2.0


app = Celery("scaling", broker=os.environ["BROKER"])
app.conf.update(
    worker_autoscaler="tests.servers.scaling:Sooner",
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
)


@worker_process_init.connect
def end_slowly(**_):
    """As on a busy machine: whoever looks at once finds it still there."""
    signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.3), os._exit(0)))


@app.task
def last(notes, seconds):
    with Path(notes).open("a") as file:
        file.write(f"{os.getpid()} began\n")
    time.sleep(seconds)
    with Path(notes).open("a") as file:
        file.write(f"{os.getpid()} ended\n")
