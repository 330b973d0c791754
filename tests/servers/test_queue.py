"""A worker whose Redis goes away and comes back."""

import os
import signal
import subprocess

import pytest
from kombu import Connection
from redis.exceptions import ConnectionError

from qsms_portal.celery import app
from qsms_portal.embedded import addresses, ensure
from qsms_portal.starting import processes
from tests.servers.conftest import REPOSITORY, eventually
from tests.servers.test_sharing import redis_of, valkey_pid

pytestmark = pytest.mark.servers


@pytest.fixture
def worker(data_dir):
    """The worker that sends, on a Redis of its own."""
    ensure(data_dir, redis=True)
    environment = {**os.environ, "PORTAL_DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": "qsms_portal.settings"}
    child = processes.workers(environment)[0]
    process = subprocess.Popen(child.argv, env=child.env, cwd=REPOSITORY, start_new_session=True)
    yield process
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def give_it_a_task(data_dir):
    """One that is not due for a long time: the worker takes it and holds it."""
    with Connection(addresses(data_dir).broker_url) as broker:
        app.send_task("campaigns.tasks.send_next", countdown=3600, queue="sending", connection=broker)
    with redis_of(data_dir) as redis:
        eventually(lambda: redis.llen("sending") == 0, "the worker has taken it")


def is_back(data_dir, old_pid):
    ensure(data_dir, redis=True)
    try:
        return valkey_pid(data_dir) != old_pid
    except ConnectionError:
        return False


def test_a_worker_with_a_task_in_hand_outlives_its_redis(data_dir, worker):
    give_it_a_task(data_dir)
    pid = valkey_pid(data_dir)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: is_back(data_dir, pid), "Redis is back")
    give_it_a_task(data_dir)
    assert worker.poll() is None


def test_a_task_that_was_taken_may_begin_when_redis_is_gone(data_dir):
    ensure(data_dir, redis=True)
    options = app.conf.broker_transport_options
    with Connection(addresses(data_dir).broker_url, transport_options=options) as broker:
        queue = broker.SimpleQueue("greetings")
        queue.put({"hello": "there"})
        taken = queue.get(timeout=5)
        os.kill(valkey_pid(data_dir), signal.SIGKILL)
        broker.collect()
        taken.ack()
    assert taken.acknowledged
