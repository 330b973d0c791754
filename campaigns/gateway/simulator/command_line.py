"""The simulator as a program: its options, and serving until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import json
import os
import signal
import sys
from ipaddress import ip_address
from pathlib import Path

from aiohttp import web

from campaigns.gateway.simulator.account import Account
from campaigns.gateway.simulator.chaos import Chaos, read_chaos
from campaigns.gateway.simulator.control import Control
from campaigns.gateway.simulator.phone import phone_path
from campaigns.gateway.simulator.posting import Poster
from campaigns.gateway.simulator.receiver import Receiver
from campaigns.gateway.simulator.serving import Serving

LARGEST_CALL = 64 * 1024 * 1024
PR_SET_PDEATHSIG = 1
CHAOS_HELP = 'how to misbehave, as JSON: {"http_status": {"status": 503, "next_n": 2}}'


def chaos_option(text: str) -> Chaos:
    try:
        return read_chaos(json.loads(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def address_option(text: str) -> Receiver | None:
    try:
        return Receiver.at(text) if text else None
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at; this computer only by default")
    # Its token is a secret, and command lines are everybody's to read.
    parser.add_argument(
        "--dlr-url",
        type=address_option,
        default=os.environ.get("SIMULATOR_DLR_URL"),
        help="where delivery reports are posted; else SIMULATOR_DLR_URL says it",
    )
    parser.add_argument("--chaos", type=chaos_option, default=Chaos(), help=CHAOS_HELP)
    parser.add_argument("--api-key", default="", help="the only key that is right; any is without this")
    parser.add_argument("--acknowledged", metavar="FILE", help="keep a line there for each report that was answered OK")
    parser.add_argument("--quiet", action="store_true", help="say only the first line, which names the address")
    parser.set_defaults(secret=os.environ.get("SIMULATOR_SECRET", ""))
    parser.add_argument("--stop-with-parent", type=int, metavar="PID", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status."""
    if options.stop_with_parent:
        stop_with(options.stop_with_parent)
    if not options.secret and is_beyond_this_computer(options.host):
        sys.stderr.write("Beyond this computer the control needs a secret: set SIMULATOR_SECRET.\n")
        return 1
    try:
        asyncio.run(serve(options))
    except OSError as error:
        sys.stderr.write(f"The simulator cannot listen at {options.host}, port {options.port}: {error.strerror}\n")
        return 1
    return 0


def is_beyond_this_computer(host: str) -> bool:
    """Whether others can reach what listens there."""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def stop_with(parent: int) -> None:
    """End when the process that started us ends, however it ends (Linux only; elsewhere it has to stop us)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit(0)  # it ended before we asked


async def serve(options: argparse.Namespace) -> None:
    """Raises OSError where the port is taken."""
    stopped = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    # A line at a time: whoever reads the file sees what has been counted.
    journal = Path(options.acknowledged).open("a", buffering=1) if options.acknowledged else None  # noqa: SIM115
    poster = Poster(options.dlr_url, journal)
    account = Account(poster, options.chaos, options.api_key)
    application = web.Application(client_max_size=LARGEST_CALL)
    application.add_routes([*Serving(account).routes(), *Control(account, options.secret).routes()])
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.port).start()
        say_where(runner.addresses[0], options)
        await stopped.wait()
    finally:
        poster.close()
        await runner.cleanup()
        if journal is not None:
            journal.close()


def say_where(address: tuple[str, int], options: argparse.Namespace) -> None:
    """The first line is for programs, the rest for people."""
    host, port = address[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    sys.stdout.write(json.dumps({"url": url, "port": port, "pid": os.getpid()}) + "\n")
    if not options.quiet:
        sys.stdout.write(f"The practice gateway listens at {url}; its phone is at {url}{phone_path(options.secret)}\n")
    sys.stdout.flush()
