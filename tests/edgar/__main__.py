"""Run the small EDGAR until it is told to stop."""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from tests.edgar.running import Settings, running


def main() -> int:
    """Serve until SIGTERM or SIGINT; say in a sentence why that is impossible."""
    arguments = _arguments()
    if arguments.log:
        handler = logging.StreamHandler(sys.stderr) if arguments.log == "-" else logging.FileHandler(arguments.log)
        logging.getLogger("tests.edgar").addHandler(handler)
        logging.getLogger("tests.edgar").setLevel(logging.INFO)
    settings = Settings(
        folder=arguments.folder,
        rate=arguments.rate,
        pause=arguments.pause,
        recent=arguments.recent,
        held_only=arguments.held_only,
        host=arguments.host,
        port=arguments.port,
    )
    try:
        asyncio.run(_serve(settings))
    except (OSError, ValueError) as error:
        print(f"The small EDGAR cannot start: {error}", file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.edgar", description="Answer as the SEC's EDGAR does.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8090, help="port to listen on, 0 for a free one")
    parser.add_argument("--folder", type=Path, help="folder of real files; without it the project's own facts")
    parser.add_argument("--rate", type=int, default=10, help="requests a second before the throttle page; 0: no limit")
    parser.add_argument("--pause", type=float, default=600.0, help="seconds that the throttle page lasts")
    parser.add_argument("--recent", type=_positive, help="filings before the older pages (25; 1000 with --folder)")
    parser.add_argument("--held-only", action="store_true", help="leave rows of real listings out that are not held")
    parser.add_argument("--log", metavar="FILE", help="write each request as a line of JSON; - is standard error")
    return parser.parse_args()


def _positive(text: str) -> int:
    """Read a number above zero."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("must be above zero")
    return number


async def _serve(settings: Settings) -> None:
    """Serve until a signal comes."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(settings) as edgar:
        print(f"small EDGAR: {edgar.url} {edgar.held()}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
