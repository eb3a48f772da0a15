"""Print one company's insider transactions."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityResponse
from sectracker.form4.v1.transaction_pb2 import Headline, Insider, Summary, Table, Transaction

from cli.formats import words
from cli.formats.tables import Column, table
from cli.formats.words import net_cell, number, sum_cell
from cli.money import ABSENT, dollars, price, shares
from cli.screen import Screen
from cli.text import clean

Status = GetCompanyActivityResponse.Status
MOST_INSIDERS = 10
MARK = "*"
SIDES = {Headline.buy: (words.UP, words.BOUGHT), Headline.sell: (words.DOWN, words.SOLD)}


def report(answer: GetCompanyActivityResponse, screen: Screen, period: str) -> Iterator[RenderableType]:
    """Return what is printed of an answer: who, how far it was read, the lines, the insiders, the sums."""
    yield Text(f"{clean(answer.ticker)}  {clean(answer.company_name)}  CIK {clean(answer.cik)}", "bold")
    yield Text(status(answer), "yellow" if answer.status != Status.ready else words.FAINT)
    yield Text()
    if not answer.transactions:
        yield Text(f"No transaction matches ({period}).")
        return
    yield table(LINES, answer.transactions, screen)
    if any(is_marked(line) for line in answer.transactions):
        yield Text(f"{MARK} The filing gives another date, or none; the period of report stands here.", words.FAINT)
    yield Text()
    yield table(INSIDERS, answer.insiders[:MOST_INSIDERS], screen)
    if len(answer.insiders) > MOST_INSIDERS:
        yield Text(
            f"and {number(len(answer.insiders) - MOST_INSIDERS, 'insider', 'insiders')} with smaller sums", words.FAINT
        )
    yield Text()
    yield Text(totals(answer.summary, len(answer.transactions), period))


def status(answer: GetCompanyActivityResponse) -> str:
    """Say how far a company's filings have been read."""
    updated = f"updated {words.moment(answer.last_updated)}" if answer.HasField("last_updated") else "not updated yet"
    if answer.status == Status.ready:
        return f"Ready: filings since {clean(answer.coverage_start) or 'an unknown date'} are read; {updated}."
    so_far = (
        f"those since {clean(answer.coverage_start)} are read"
        if answer.HasField("coverage_start")
        else "none is read to the end yet"
    )
    return f"Loading: filings are being fetched, {so_far}; what is here may be incomplete. Ask again, or use --wait."


def totals(summary: Summary, shown: int, period: str) -> str:
    """Say the sums of all lines that match, in one line."""
    bought = trades(summary.buy_count, "buy", "buys", summary.total_buys)
    sold = trades(summary.sell_count, "sell", "sells", summary.total_sells)
    lines = f"{shown:,} of {number(summary.transaction_count, 'line', 'lines')} shown"
    return f"{bought}, {sold}, net {dollars(summary.net)} {words.arrow(summary.net)}; {lines} ({period})."


def trades(count: int, one: str, many: str, amount: float) -> str:
    """Say how many trades there are on one side, and their sum where there is any."""
    return f"{number(count, one, many)} {dollars(amount)}" if count else f"no {many}"


def is_marked(line: Transaction) -> bool:
    """Say whether a line counts under another date than its filing gives; a time zone makes no other."""
    return not line.date.startswith(line.date_effective)


def date_cell(line: Transaction) -> Text:
    """Return the date that a line counts under."""
    return Text(clean(line.date_effective) + (MARK if is_marked(line) else ""))


def owner_cell(line: Transaction) -> Text:
    """Return the first owner, and how many file with them."""
    others = f" +{len(line.joint_owners)}" if line.joint_owners else ""
    return Text(clean(line.owner_name, 30) + others)


def type_cell(line: Transaction) -> Text:
    """Return a line's type: an arrow for open-market trades, II for the table of derivatives."""
    sign, colour = SIDES.get(line.headline, (" ", ""))
    word = Transaction.Type.Name(line.type) if line.type in Transaction.Type.values() else str(line.type)
    return Text(f"{sign} {word}{' II' if line.table == Table.derivative else ''}", colour)


def amount_cell(line: Transaction) -> Text:
    """Return an amount in the colour of its side."""
    _, colour = SIDES.get(line.headline, ("", ""))
    return Text(dollars(line.amount if line.HasField("amount") else None), colour)


def planned_cell(line: Transaction) -> Text:
    """Return whether a line was traded under a Rule 10b5-1 plan; unknown is a dash."""
    if not line.HasField("is_planned"):
        return Text(ABSENT, words.FAINT)
    return Text("plan", "cyan") if line.is_planned else Text("no", words.FAINT)


LINES: Sequence[Column[Transaction]] = (
    Column("Date", date_cell),
    Column("Insider", owner_cell, words=True),
    Column("Role", lambda line: words.words(line.role), rank=3, words=True),
    Column("Type", type_cell),
    Column("Shares", lambda line: Text(shares(line.shares if line.HasField("shares") else None)), rank=1, right=True),
    Column("Price", lambda line: Text(price(line.price if line.HasField("price") else None)), rank=2, right=True),
    Column("Amount", amount_cell, right=True),
    Column("10b5-1", planned_cell, rank=1),
    Column("Filed", lambda line: Text(clean(line.filed_on)), rank=4),
    Column("Form", lambda line: Text(clean(line.form_type)), rank=5),
    Column("Security", lambda line: words.words(line.security_title), rank=6, words=True),
)

INSIDERS: Sequence[Column[Insider]] = (
    Column("Insider", lambda one: words.words(one.name), words=True),
    Column("Role", lambda one: words.words(one.role), rank=3, words=True),
    Column("Buys", lambda one: Text(f"{one.buy_count:,}"), rank=2, right=True),
    Column("Bought", lambda one: sum_cell(one.total_buys, words.BOUGHT), rank=1, right=True),
    Column("Sells", lambda one: Text(f"{one.sell_count:,}"), rank=2, right=True),
    Column("Sold", lambda one: sum_cell(one.total_sells, words.SOLD), rank=1, right=True),
    Column("Net", lambda one: net_cell(one.net), right=True),
    Column("Last", lambda one: Text(clean(one.last_date))),
)
