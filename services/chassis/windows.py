"""Say how much is allowed in how long: "10/1s,60/1m,1000/1h"."""

import re
from typing import NamedTuple

SECONDS = {"s": 1, "m": 60, "h": 3600}
ONE = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,3})([smh])")
MAX_SECONDS = 24 * 3600
MAX_WINDOWS = 5


class Window(NamedTuple):
    """Allow so much from the first request on until it is so many seconds old, then again from the next request on."""

    limit: int
    seconds: int


Windows = tuple[Window, ...]


def parse(text: str) -> Windows:
    """Return the windows that a text names; an empty one names none, which is no limit.

    Shape: in the order of the text, no two of the same length.
    Raises: ValueError with a sentence.
    """
    if not text.strip():
        return ()
    windows = tuple(parse_one(part.strip()) for part in text.split(","))
    if len({window.seconds for window in windows}) < len(windows):
        raise ValueError("Two windows have the same length.")
    if len(windows) > MAX_WINDOWS:
        raise ValueError(f"There are more than {MAX_WINDOWS} windows.")
    return windows


def parse_one(text: str) -> Window:
    """Return one window.

    Raises: ValueError with a sentence.
    """
    found = ONE.fullmatch(text)
    if found is None:
        raise ValueError('Say how many in how long, as in "10/1s,60/1m,1000/1h".')
    limit, length, unit = found.groups()
    window = Window(int(limit), int(length) * SECONDS[unit])
    if window.seconds > MAX_SECONDS:
        raise ValueError("No window is longer than 24 hours.")
    return window
