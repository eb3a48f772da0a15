"""Make up two years of ownership filings, in the order of their acceptance, as rows of form4's tables.

Shape: a row is a dictionary from column to value. The mix of codes, of lines a filing and of weighted average prices
is plausible, not measured.
"""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any, NamedTuple

from bench.read.market import Company, Insider
from services.eastern import EASTERN

Row = dict[str, Any]

DAYS = 730
FIRST_ACCEPTANCE, LAST_ACCEPTANCE = dt.time(9, 0), dt.time(21, 59, 59)
LINES_A_FILING = (1, 2, 3, 4, 5, 6, 8, 12)
LINES_A_FILING_WEIGHTS = (45, 25, 12, 7, 4, 3, 2, 2)
AVERAGED = 0.6
"""So many of the sales are sold in several fills at a weighted average price."""

LINE: Row = {
    "table_kind": "non_derivative",
    "deemed_execution_date": None,
    "transaction_form_type": "4",
    "equity_swap": False,
    "timeliness": None,
    "total_value": None,
    "headline": None,
    "planned": None,
    "planned_source": None,
    "price_low": None,
    "price_high": None,
    "price_is_average": False,
    "related_group": None,
    "security_title": "Common Stock, par value $0.0001",
    "value_after": None,
    "ownership": "direct",
    "nature": None,
    "conversion_price": None,
    "exercise_date": None,
    "expiration_date": None,
    "underlying_title": None,
    "underlying_shares": None,
    "underlying_value": None,
    "footnote_ids": [],
    "field_footnotes": [],
    "unread": [],
    "flags": [],
    "superseded_by": None,
    "superseded_at": None,
}


class Filing(NamedTuple):
    """Hold the rows of one filing."""

    filing: Row
    owners: list[Row]
    lines: list[Row]


def filings(companies: Sequence[Company], lines: int, today: dt.date, seed: int) -> Iterator[Filing]:
    """Yield filings with so many lines in all, spread evenly over the working days of two years that end today."""
    dice = random.Random(seed)
    sizes = list(sized(dice, lines))
    days = [day for ago in range(DAYS, -1, -1) if (day := today - dt.timedelta(ago)).weekday() < 5]
    shares = list(accumulate(company.business for company in companies))
    issuers = dice.choices(companies, cum_weights=shares, k=len(sizes))
    for number, (issuer, size) in enumerate(zip(issuers, sizes, strict=True)):
        place = number * len(days) / len(sizes)
        yield filing(dice, issuer, size, accepted(days[int(place)], place % 1), number)


def sized(dice: random.Random, lines: int) -> Iterator[int]:
    """Yield how many lines each filing has, until there are so many in all."""
    while lines > 0:
        size = min(lines, dice.choices(LINES_A_FILING, LINES_A_FILING_WEIGHTS)[0])
        lines -= size
        yield size


def accepted(day: dt.date, part: float) -> dt.datetime:
    """Return the moment at which a part of a day's acceptances has come in."""
    opens = dt.datetime.combine(day, FIRST_ACCEPTANCE, EASTERN)
    return (opens + part * (dt.datetime.combine(day, LAST_ACCEPTANCE, EASTERN) - opens)).replace(microsecond=0)


def filing(dice: random.Random, issuer: Company, size: int, moment: dt.datetime, number: int) -> Filing:
    """Return one filing of one insider, now and then with a joint owner."""
    first = issuer.insiders[int(len(issuer.insiders) * dice.random() ** 2)]  # some trade often, most seldom
    joint = [other for other in issuer.insiders[:1] if other is not first and dice.random() < 0.05]
    traded = moment.date() - dt.timedelta(dice.choice((1, 2, 2, 2, 3)))
    shared: Row = {
        "accession_number": f"{number // 900_000 + 1_000_000:010}-{moment:%y}-{number % 900_000:06}",
        "issuer_cik": issuer.cik,
        "form_type": "4",
        "filed_on": moment.date(),
        "known_at": moment,
        "accepted_at": moment,
    }
    by_whom = {
        "owner_cik": first.cik,
        "owner_name": first.name,
        "owner_role": first.role,
        "joint_owners": [other.name for other in joint],
    }
    when = {"date": traded.isoformat(), "transaction_date": traded, "date_effective": traded}
    return Filing(
        {**shared, **document(issuer, traded, moment, number)},
        list(owners(shared["accession_number"], [first, *joint])),
        list(lines(dice, issuer, size, {**shared, **by_whom, **when})),
    )


def document(issuer: Company, traded: dt.date, moment: dt.datetime, number: int) -> Row:
    """Return what a filing's row has beyond what its lines repeat."""
    return {
        "issuer_name": issuer.name,
        "issuer_symbol": issuer.ticker,
        "schema_version": "X0508",
        "period_of_report": traded.isoformat(),
        "period_date": traded,
        "accepted_raw": f"{moment:%Y%m%d%H%M%S}",
        "acceptance_source": "header",
        "document_sha256": number.to_bytes(32, "big"),
        "parser_version": 1,
        "flags": [],
    }


def owners(accession: str, insiders: Sequence[Insider]) -> Iterator[Row]:
    """Yield the reporting owners of a filing."""
    for position, insider in enumerate(insiders, 1):
        yield {
            "accession_number": accession,
            "position": position,
            "cik": insider.cik,
            "name": insider.name,
            "roles": list(insider.roles),
            "title": insider.title,
        }


def lines(dice: random.Random, issuer: Company, size: int, on_each: Row) -> Iterator[Row]:
    """Yield the lines of a filing of one kind, numbered within their tables."""
    tell = dice.choices(list(KINDS), list(KINDS.values()))[0]
    plan = planned(dice)
    held = Decimal(dice.randrange(1_000, 2_000_000))
    numbers = {"non_derivative": 0, "derivative": 0}
    for place in range(size):
        own = tell(dice, round(issuer.price * dice.uniform(0.6, 1.6)), place)
        change = own["shares"] if own["acquired_disposed"] == "A" else -own["shares"]
        held = max(held + change, Decimal(0))
        line = {**LINE, **on_each, **(plan if own.get("headline") else {}), **own, "shares_after": held}
        numbers[line["table_kind"]] += 1
        line["line"] = line["ordinal"] = numbers[line["table_kind"]]
        yield line


def planned(dice: random.Random) -> Row:
    """Return what a filing says of a trading plan: yes, no, or nothing."""
    said = dice.choices((True, False, None), (35, 50, 15))[0]
    return {"planned": said, "planned_source": None if said is None else "box"}


def sale(dice: random.Random, cents: int, _place: int) -> Row:
    """Sell, mostly in several fills at a weighted average price."""
    figures = priced(dice, "S", "sell", "D", cents, headline="sell")
    if dice.random() > AVERAGED:
        return {**figures, **indirectly(dice)}
    low, high = Decimal(cents - cents // 200) / 100, Decimal(cents + cents // 150) / 100
    average = {"price_low": low, "price_high": high, "price_is_average": True}
    return {**figures, **average, **footnote("F1", "transactionPricePerShare")}


def purchase(dice: random.Random, cents: int, _place: int) -> Row:
    """Buy."""
    return priced(dice, "P", "buy", "A", cents, headline="buy", **indirectly(dice))


def tax(dice: random.Random, cents: int, _place: int) -> Row:
    """Have shares withheld for tax."""
    return priced(dice, "F", "tax", "D", cents)


def gift(dice: random.Random, _cents: int, _place: int) -> Row:
    """Give."""
    return priced(dice, "G", "gift", "D", 0, **indirectly(dice))


def grant(dice: random.Random, _cents: int, _place: int) -> Row:
    """Be granted shares."""
    return priced(dice, "A", "grant", "A", 0, **footnote("F1", "transactionShares"))


def option(dice: random.Random, cents: int, _place: int) -> Row:
    """Be granted an option."""
    return right(priced(dice, "A", "grant", "A", 0), cents)


def exercise(dice: random.Random, cents: int, place: int) -> Row:
    """Exercise an option: it goes from Table II, and shares come into Table I."""
    figures = priced(dice, "M", "exercise", "A", cents // 3)
    return {**right(figures, cents // 3), "acquired_disposed": "D"} if place == 0 else figures


def exercise_and_sale(dice: random.Random, cents: int, place: int) -> Row:
    """Exercise an option and sell the shares."""
    return exercise(dice, cents, place) if place < 2 else sale(dice, cents, place)


def other(dice: random.Random, _cents: int, _place: int) -> Row:
    """Do something that only a footnote explains."""
    return priced(dice, "J", "other", "D", 0, **footnote("F1", "transactionCode"))


def priced(dice: random.Random, code: str, word: str, side: str, cents: int, **more: object) -> Row:
    """Return a line's figures."""
    shares, price = Decimal(dice.randrange(10, 50_000)), Decimal(cents) / 100
    figures = {"shares": shares, "price": price, "amount": shares * price}
    return {"code": code, "type": word, "acquired_disposed": side, **figures, **more}


def indirectly(dice: random.Random) -> Row:
    """Return how the securities are held, where it is not by the owner himself."""
    return {"ownership": "indirect", "nature": "By Family Trust"} if dice.random() < 0.3 else {}


def footnote(name: str, field: str) -> Row:
    """Return the reference from a field to a footnote."""
    return {"footnote_ids": [name], "field_footnotes": [[field, name]]}


def right(figures: Row, cents: int) -> Row:
    """Return a line of Table II: a stock option."""
    return {
        **figures,
        "table_kind": "derivative",
        "security_title": "Stock Option (Right to Buy)",
        "conversion_price": Decimal(cents) / 100,
        "exercise_date": "2024-02-15",
        "expiration_date": "2034-02-15",
        "underlying_title": "Common Stock",
        "underlying_shares": figures["shares"],
    }


KINDS = {
    sale: 34,
    exercise_and_sale: 10,
    grant: 16,
    option: 6,
    tax: 14,
    purchase: 11,
    gift: 4,
    exercise: 3,
    other: 2,
}
"""How a filing's lines are made up, with its share of all filings in percent."""
