"""Parse the field's identifiers: what exists is valid, what is not valid raises.

Each is a `str` in its one canonical form, so it can be stored, compared and printed as it is.
"""

import re
from typing import Self

from services.chassis.errors import InvalidField

CIK = re.compile(r"[0-9]{1,10}")
ACCESSION_NUMBER = re.compile(r"([0-9]{10})-?([0-9]{2})-?([0-9]{6})")
TICKER = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
TICKER_SEPARATORS = str.maketrans(" ./_", "----")
MAX_TICKER_CHARACTERS = 12


class Cik(str):
    """The SEC's number of a company or person: ten digits, never zero.

    Raises: InvalidField.
    """

    __slots__ = ()

    def __new__(cls, text: str, *, field: str = "cik") -> Self:
        """Return the number with its leading zeros, from 1 to 10 digits."""
        if not CIK.fullmatch(text) or not int(text):
            raise InvalidField(field, "must be 1 to 10 digits and not zero")
        return super().__new__(cls, text.zfill(10))


class AccessionNumber(str):
    """The SEC's number of a submission: filer agent's CIK, year and sequence, as 0000320193-22-000061.

    Raises: InvalidField.
    """

    __slots__ = ()

    def __new__(cls, text: str, *, field: str = "accession_number") -> Self:
        """Return the number with its dashes, from 18 digits with or without them."""
        match = ACCESSION_NUMBER.fullmatch(text)
        if not match:
            raise InvalidField(field, "must be 18 digits, as 0000320193-22-000061 or without dashes")
        return super().__new__(cls, "-".join(match.groups()))


class Ticker(str):
    """A trading symbol as the SEC writes it: upper case, with a dash before the class, as BRK-B.

    Raises: InvalidField.
    """

    __slots__ = ()

    def __new__(cls, text: str, *, field: str = "ticker") -> Self:
        """Return the symbol from any of the usual spellings: brk b, BRK.B, BRK/B, brk-b."""
        symbol = text.strip(" ").translate(TICKER_SEPARATORS)
        symbol = symbol.upper() if symbol.isascii() else symbol  # "ß".upper() would be a valid "SS"
        if len(symbol) > MAX_TICKER_CHARACTERS or not TICKER.fullmatch(symbol):
            raise InvalidField(field, "must be 1 to 12 letters or digits, with one separator between parts, as BRK-B")
        return super().__new__(cls, symbol)
