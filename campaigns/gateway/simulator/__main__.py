"""`python -m campaigns.gateway.simulator --port N`: the simulator by itself."""

from __future__ import annotations

import argparse
import sys

from campaigns.gateway.simulator.command_line import add_options, run

parser = argparse.ArgumentParser(prog="python -m campaigns.gateway.simulator", description=__doc__)
add_options(parser)
sys.exit(run(parser.parse_args()))
