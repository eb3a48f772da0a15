"""Print to a terminal with colour, to anything else as plain aligned text."""

import io
import os
import sys
from dataclasses import dataclass

from rich.console import Console, RenderableType

from cli.text import clean

# Wide enough for every column of a company's table with common names; a pipe has no width of its own.
PIPE_WIDTH = 160
# Below it figures would be cut; the terminal wraps lines then.
MIN_WIDTH, MAX_WIDTH = 54, 500


@dataclass(frozen=True, slots=True)
class Screen:
    """Say what is printed to.

    Unit: width is characters.
    """

    width: int
    is_terminal: bool


def current() -> Screen:
    """Return what standard output is now; a dumb terminal counts as none."""
    is_terminal = sys.stdout.isatty() and os.environ.get("TERM", "") not in {"dumb", "unknown"}
    width = Console(file=sys.stdout).width if sys.stdout.isatty() else columns_asked()
    return Screen(max(MIN_WIDTH, min(width, MAX_WIDTH)), is_terminal)


def columns_asked() -> int:
    """Return the width that COLUMNS names, else that of a pipe."""
    asked = os.environ.get("COLUMNS", "")
    return int(asked) if asked.isdecimal() and len(asked) <= len(str(MAX_WIDTH)) else PIPE_WIDTH


def show(screen: Screen, *parts: RenderableType) -> None:
    """Print parts one after the other on standard output."""
    if screen.is_terminal:
        console = Console(file=sys.stdout, width=screen.width, markup=False, highlight=False, emoji=False)
        for part in parts:
            console.print(part)
        return
    sys.stdout.write(render(screen, *parts))


def render(screen: Screen, *parts: RenderableType) -> str:
    """Return parts as plain text: no colour, no control codes, no spaces at line ends."""
    console = Console(
        file=io.StringIO(),
        width=screen.width,
        force_terminal=False,
        color_system=None,
        markup=False,
        highlight=False,
        emoji=False,
    )
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def for_programs() -> None:
    """Make standard output UTF-8, whatever the locale says: what `--json` and `--csv` print is defined in it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")


def for_people() -> None:
    """Let standard output replace what its encoding lacks, as arrows in Latin-1, rather than fail."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def error_console() -> Console:
    """Return a console for progress on standard error; it is a terminal only where standard error is one."""
    return Console(stderr=True, force_terminal=sys.stderr.isatty(), markup=False, highlight=False)


def tell(sentence: str) -> None:
    """Print a sentence on standard output, as one line however long it is."""
    for_people()
    sys.stdout.write(f"{clean(sentence)}\n")


def say(sentence: str) -> None:
    """Print a sentence on standard error."""
    sys.stderr.write(f"{sentence}\n")
