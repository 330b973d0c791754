"""`python -m tests.chaos storm --texts 50000`: one scene with real processes, on servers and a gateway of its own."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from campaigns.gateway.simulator.process import SimulatorProcess

SCENES = ("storm",)
KEY = "qsms_live_chaos"
TOKEN = "reports-of-the-chaos"


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    arguments.add_argument("scene", choices=SCENES)
    arguments.add_argument("--texts", type=int, required=True)
    asked = arguments.parse_args()
    parent = Path(tempfile.mkdtemp(prefix="qsms-chaos-", dir="/tmp"))
    parent.chmod(0o755)  # the embedded servers run as an account that has to pass through
    try:
        with SimulatorProcess(api_key=KEY) as simulator:
            port = free_port()
            simulator.post_reports_to(f"http://127.0.0.1:{port}/dlr/receive/{TOKEN}")
            os.environ.update(environment(parent / "data", port, simulator.url, pace_of(asked.texts)))
            import django

            django.setup()
            return import_module(f"tests.chaos.{asked.scene}").play(simulator, port, asked.texts)
    finally:
        shutil.rmtree(parent, ignore_errors=True)


def environment(data_dir: Path, port: int, gateway: str, per_second: int) -> dict[str, str]:
    """Everything that lasts a minute in life lasts seconds here; what a caller has set stays."""
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
    short = {
        "QSMS_CONNECT_TIMEOUT": "1",
        "QSMS_READ_TIMEOUT": "2",
        "QSMS_LEASE_SLACK": "2",
        "QSMS_UNCERTAIN_WAIT": "5",
        "QSMS_BATCH_SIZE": "20",
        "QSMS_MAX_PER_SECOND": str(per_second),
    }
    return wanted | {name: os.environ.get(name, value) for name, value in short.items()}


def pace_of(texts: int) -> int:
    """Texts a second: slow enough that there is time to break things in the middle."""
    return max(160, texts // 150)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
