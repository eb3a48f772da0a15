"""Read rows of two kinds from one statement: what is said once, and what repeats."""

from collections import namedtuple
from typing import Any


def joined(*parts: type[tuple[Any, ...]]) -> type[tuple[Any, ...]]:
    """Return a row type that has the fields of all parts, in order; a row is cut again by the lengths of the parts."""
    names = [name for part in parts for name in part._fields]  # type: ignore[attr-defined] # every part is a NamedTuple
    return namedtuple("Joined", names)  # noqa: PYI024 - its fields are those of its parts
