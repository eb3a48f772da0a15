"""Run the door's commands.

python -m gateway serve                 the small gRPC server: health and reflection
python -m gateway render --output FILE  Envoy's configuration, from the environment
python -m gateway check                 have Envoy validate it, with sample addresses
python -m gateway drain                 have a running Envoy send its clients away, and wait
"""

import argparse
import os
import sys
from pathlib import Path

from services.chassis import config, logs


def main() -> int:
    """Run the command that the first word names; each loads what it needs, and no more."""
    parser = argparse.ArgumentParser(prog="python -m gateway", description="The one door to SEC-Tracker.")
    commands = parser.add_subparsers(required=True)
    commands.add_parser("serve", help="serve health and reflection over gRPC").set_defaults(run=serve)
    rendering = commands.add_parser("render", help="write Envoy's configuration")
    rendering.add_argument("--output", type=Path, required=True, help="the file to write")
    rendering.set_defaults(run=render)
    commands.add_parser("check", help="have Envoy validate its configuration").set_defaults(run=check)
    commands.add_parser("drain", help="have a running Envoy send its clients away").set_defaults(run=drain)
    arguments = parser.parse_args()
    return int(arguments.run(arguments))


def serve(_arguments: argparse.Namespace) -> int:
    """Serve health and reflection until SIGTERM."""
    from gateway.server import Settings, server  # noqa: PLC0415

    settings = config.load(Settings)
    logs.configure(settings)
    server(settings, os.environ).run()
    return 0


def render(arguments: argparse.Namespace) -> int:
    """Write Envoy's configuration, whole or not at all."""
    from gateway.render import write  # noqa: PLC0415
    from gateway.settings import DoorSettings, addresses  # noqa: PLC0415
    from gateway.surface import clusters  # noqa: PLC0415

    settings = config.load(DoorSettings)
    write(settings, addresses(os.environ, clusters()), arguments.output)
    return 0


def check(_arguments: argparse.Namespace) -> int:
    """Print what Envoy says against the configuration."""
    from gateway.check import check as complaints  # noqa: PLC0415

    found = complaints()
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


def drain(_arguments: argparse.Namespace) -> int:
    """Have a running Envoy take no new connections, and wait until the old ones have ended or their time has."""
    from gateway.drain import drain as away  # noqa: PLC0415
    from gateway.settings import DoorSettings  # noqa: PLC0415

    away(config.load(DoorSettings).admin_port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
