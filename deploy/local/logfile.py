"""Logs that stay small: each process appends to one file, which is moved aside when it is large."""

import os
import shutil
from pathlib import Path

LARGEST = 20_000_000  # bytes, twice: the log and the one before it
TAIL_BYTES = 64_000  # enough for the last lines, whatever they are


def rotate(log: Path, largest: int = LARGEST) -> bool:
    """Move a log's lines to `….1` when it is too large, and say whether that was so.

    The file itself is emptied and not renamed: the process keeps it open, in append mode, and goes on at its new end.
    Lines written between the copy and the cut are lost.
    """
    if not log.exists() or log.stat().st_size <= largest:
        return False
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)
    return True


def tail(log: Path, lines: int) -> str:
    """Return the last lines of a log, indented; nothing when there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        last = file.read().decode(errors="replace").splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in last)
