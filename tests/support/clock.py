"""Clocks that go when a test says so, in the place of the machine's."""

from dataclasses import dataclass


@dataclass
class Clock:
    """Tell the time that a test sets. Unit: seconds."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@dataclass
class MillisecondClock:
    """Tell the time that a test sets. Unit: milliseconds."""

    now: int = 0

    def __call__(self) -> int:
        """Return the time."""
        return self.now
