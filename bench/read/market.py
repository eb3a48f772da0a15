"""Make up a market: companies, how often each is read, how much its insiders trade, and who they are.

Deterministic: the same seed and size make the same market.
"""

import random
from collections.abc import Iterator
from itertools import islice, product
from typing import NamedTuple

COMPANIES = 6_000
FIRST_CIK = 1_000_000_000
"""Ten digits without a leading zero, so that pgbench can count them; real ones are below 3,000,000."""

# The busiest issuer files some 40 times as many lines as the median, and no single one weighs on the whole.
BUSINESS_OFFSET, BUSINESS_EXPONENT = 20, 0.75
LINES_AN_INSIDER = 12
MIN_INSIDERS, MAX_INSIDERS = 4, 60

ROLES = (
    ("Director", ("director",), None),
    ("Chief Executive Officer", ("officer",), "Chief Executive Officer"),
    ("Chief Financial Officer", ("officer",), "Chief Financial Officer"),
    ("Director, Executive Chairman", ("director", "officer"), "Executive Chairman"),
    ("SVP, General Counsel", ("officer",), "SVP, General Counsel"),
    ("EVP, Chief Technology Officer", ("officer",), "EVP, Chief Technology Officer"),
    ("Chief Accounting Officer", ("officer",), "Chief Accounting Officer"),
    ("10% Owner", ("ten_percent",), None),
    ("Director, 10% Owner", ("director", "ten_percent"), None),
)
FAMILY_NAMES = [
    "Abel",
    "Brandt",
    "Castillo",
    "Dvorak",
    "Eriksen",
    "Fontaine",
    "Goldberg",
    "Hashimoto",
    "Ibrahim",
    "Kowalski",
]
GIVEN_NAMES = ["Anna", "Bruno", "Clara", "Daniel", "Emily", "Felix", "Grace", "Henry", "Irene", "Jonas"]
TRADES = ["Holdings", "Therapeutics", "Systems", "Bancorp", "Energy", "Semiconductor", "Logistics", "Brands"]


class Insider(NamedTuple):
    """Name somebody who reports trades."""

    cik: str
    name: str
    role: str
    roles: tuple[str, ...]
    title: str | None


class Company(NamedTuple):
    """Name a company; companies stand in the order in which they are read, the most wanted first.

    Unit: `price` is US cents a share; `business` is the share of all lines, summing to one.
    """

    cik: str
    ticker: str
    name: str
    business: float
    price: int
    insiders: tuple[Insider, ...]


def companies(lines: int, seed: int, count: int = COMPANIES) -> list[Company]:
    """Return the companies of a market with so many lines.

    Shape: how often a company is read says nothing about how much its insiders trade: the busiest issuers are not the
    best known.
    """
    dice = random.Random(seed)
    weights = [(rank + BUSINESS_OFFSET) ** -BUSINESS_EXPONENT for rank in range(1, count + 1)]
    dice.shuffle(weights)
    whole = sum(weights)
    return [
        company(dice, number, ticker, weight / whole, lines)
        for number, (ticker, weight) in enumerate(zip(tickers(count), weights, strict=True))
    ]


def tickers(count: int = COMPANIES) -> list[str]:
    """Return the companies' tickers, in their order."""
    letters = product("ABCDEFGHIJKLMNOPQRSTUVWXYZ", repeat=4)
    return ["".join(four) for four in islice(letters, count)]


def company(dice: random.Random, number: int, ticker: str, business: float, lines: int) -> Company:
    """Return one company with its insiders."""
    insiders = min(MIN_INSIDERS + round(business * lines / LINES_AN_INSIDER), MAX_INSIDERS)
    return Company(
        cik=str(FIRST_CIK + number),
        ticker=ticker,
        name=f"{ticker.capitalize()} {dice.choice(TRADES)} Inc.",
        business=business,
        price=dice.randrange(200, 40_000),
        insiders=tuple(people(dice, FIRST_CIK + (number + 1) * 1_000_000, insiders)),
    )


def people(dice: random.Random, first_cik: int, count: int) -> Iterator[Insider]:
    """Yield insiders."""
    for number in range(count):
        role, roles, title = dice.choice(ROLES)
        name = f"{dice.choice(FAMILY_NAMES)} {dice.choice(GIVEN_NAMES)} {chr(65 + number % 26)}."
        yield Insider(str(first_cik + number), name, role, roles, title)
