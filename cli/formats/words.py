"""Say what tables say in more than one place: signs, counts, times."""

from google.protobuf.timestamp_pb2 import Timestamp
from rich.text import Text

from cli.money import ABSENT, dollars
from cli.text import clean

BOUGHT, SOLD, FAINT = "green", "red", "dim"
UP, DOWN, LEVEL = "↑", "↓", "→"


def words(text: str) -> Text:
    """Return somebody else's text as a cell; nothing is a dash."""
    return Text(clean(text) or ABSENT)


def arrow(net: float) -> str:
    """Return the sign of a net amount."""
    return UP if net > 0 else DOWN if net < 0 else LEVEL


def style(net: float) -> str:
    """Return the colour of a net amount."""
    return BOUGHT if net > 0 else SOLD if net < 0 else FAINT


def net_cell(net: float) -> Text:
    """Return a net amount with its sign and colour."""
    return Text(f"{dollars(net)} {arrow(net)}", style(net))


def sum_cell(amount: float, colour: str) -> Text:
    """Return a sum; nothing bought or sold is a dash."""
    return Text(dollars(amount), colour) if amount else Text(ABSENT, FAINT)


def number(count: int, one: str, many: str) -> str:
    """Return a count with its noun."""
    return f"{count:,} {one if count == 1 else many}"


def moment(stamp: Timestamp) -> str:
    """Return a time to the minute, in UTC."""
    return f"{stamp.ToDatetime():%Y-%m-%d %H:%M} UTC"
