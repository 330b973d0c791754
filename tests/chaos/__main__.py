"""`python -m tests.chaos`: scenes with real processes, each on servers and a gateway of its own.

`python -m tests.chaos storm --texts 3000` plays one, in another size.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from campaigns.gateway.simulator.process import SimulatorProcess
from tests.chaos.theatre import Theatre

KEY = "qsms_live_chaos"
TOKEN = "reports-of-the-chaos"
# The scenes, each with how many texts it has when nobody says; the walk with how many seconds it takes.
SCENES = {
    "storm": 50_000,
    "stops": 20_000,
    "outages": 20_000,
    "pace": 6_000,
    "bulks": 30_000,
    "due": 20_000,
    "callbacks": 20_000,
    "replies": 5_000,
    "scripts": 20_000,
    "walk": 600,
}
LARGE = 10_000


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    arguments.add_argument("scene", nargs="?", choices=SCENES, help="all of them, one after the other, without")
    arguments.add_argument("--texts", type=int, help="how many")
    asked = arguments.parse_args()
    if asked.scene is None:
        return play_all()
    return play(asked.scene, asked.texts or SCENES[asked.scene])


def play_all() -> int:
    """Each in a process of its own: settings are read once in a process."""
    failed = []
    for scene, texts in SCENES.items():
        print(f"\n===== {scene}, {texts:,} texts\n", flush=True)
        if subprocess.run([sys.executable, "-m", "tests.chaos", scene, "--texts", str(texts)]).returncode:
            failed.append(scene)
    print("\n===== " + (f"failed: {', '.join(failed)}" if failed else "all as it must be"))
    return len(failed)


def play(scene: str, texts: int) -> int:
    # Whoever ends it early leaves no worker and no server behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parent = Path(tempfile.mkdtemp(prefix="qsms-chaos-", dir="/tmp"))
    parent.chmod(0o755)  # the embedded servers run as an account that has to pass through
    journal = parent / "acknowledged"
    try:
        with SimulatorProcess(api_key=KEY, acknowledged=journal) as simulator:
            port = free_port()
            simulator.post_reports_to(f"http://127.0.0.1:{port}/dlr/receive/{TOKEN}")
            os.environ.update(environment(scene, texts, parent / "data", port, simulator.url))
            import django
            from django.conf import settings

            django.setup()
            # Pages are looked at without what a browser would fetch beside them.
            settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
            settings.STATIC_ROOT.mkdir(parents=True)
            return import_module(f"tests.chaos.{scene}").play(Theatre(simulator, port, journal), texts)
    finally:
        shutil.rmtree(parent, ignore_errors=True)


def environment(scene: str, texts: int, data_dir: Path, port: int, gateway: str) -> dict[str, str]:
    """What a caller has set stays, but for the addresses."""
    wanted = {
        "DJANGO_SETTINGS_MODULE": "qsms_portal.settings",
        "PORTAL_DATA_DIR": str(data_dir),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "QSMS_DLR_TOKEN": TOKEN,
        "QSMS_BASE_URL": gateway,
        "QSMS_ACCOUNT_URL": gateway,
        "QSMS_API_KEY": KEY,
        "LOG_LEVEL": "ERROR",
    }
    return wanted | {name: os.environ.get(name, value) for name, value in sizes(scene, texts).items()}


def sizes(scene: str, texts: int) -> dict[str, str]:
    """What lasts a minute in life lasts seconds here; small scenes have small batches, or one claim would have all."""
    large = texts >= LARGE
    short = {"QSMS_CONNECT_TIMEOUT": "1", "QSMS_READ_TIMEOUT": "2", "QSMS_LEASE_SLACK": "2", "QSMS_UNCERTAIN_WAIT": "5"}
    patient = {"QSMS_CONNECT_TIMEOUT": "5", "QSMS_READ_TIMEOUT": "20"}
    batches = {"QSMS_BATCH_SIZE": "100" if large else "20", "QSMS_POSTS_AT_ONCE": "8" if large else "2"}
    return {
        "storm": short | {"QSMS_BATCH_SIZE": "20", "QSMS_MAX_PER_SECOND": str(max(160, texts // 150))},
        "stops": patient | batches,
        "outages": short | batches | {"QSMS_READ_TIMEOUT": "8"},
        "pace": patient | {"QSMS_BATCH_SIZE": "20", "QSMS_MAX_PER_SECOND": "200"},
        "bulks": {"QSMS_BATCH_SIZE": "50"},
        "due": patient | batches,
        "callbacks": patient | batches | {"CALLBACK_PRIVATE_HOSTS": "127.0.0.1"},
        "replies": patient | batches,
        "scripts": patient | {"QSMS_BATCH_SIZE": "50"},
        "walk": patient,
    }[scene]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
