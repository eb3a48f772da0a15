"""Tables, as they come out of a pipe: golden text built from messages."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from cli.formats import company, market
from cli.formats.tables import Column, table
from cli.screen import MIN_WIDTH, Screen, render
from tests.unit.cli import messages

WIDE, NARROW = Screen(160, is_terminal=False), Screen(80, is_terminal=False)

APPLE_WIDE = """\
AAPL  Apple Inc.  CIK 0000320193
Ready: filings since 2024-11-24 are read; updated 2026-01-29 10:30 UTC.

Date         Insider               Role                     Type               Shares     Price   Amount  10b5-1  Filed       Form  Security
2026-01-15   COOK TIMOTHY D        Chief Executive Officer  ↓ sell             50,000   $185.50   $9.28M  plan    2026-01-17  4     Common Stock
2026-01-10*  ADAMS KATHERINE L +1  General Counsel            grant        1,234.5678         –        –  –       2026-01-12  4/A   Restricted Stock Unit
2026-01-09   MAESTRI LUCA          Director                   exercise II      10,000     $0.00    $0.00  no      2026-01-10  4     Stock Option (right to buy)
2026-01-20   O'BRIEN DEIRDRE       Senior Vice President    ↑ buy                 100  $123.455  $12,346  –       2026-01-21  4     Common Stock
* The filing gives another date, or none; the period of report stands here.

Insider          Role                     Buys   Bought  Sells    Sold        Net  Last
COOK TIMOTHY D   Chief Executive Officer     0        –      1  $9.28M  -$9.28M ↓  2026-01-15
O'BRIEN DEIRDRE  Senior Vice President       1  $12,346      0       –  $12,346 ↑  2026-01-20

1 buy $12,346, 1 sell $9.28M, net -$9.26M ↓; 4 of 4 lines shown (all dates).
"""  # noqa: E501, RUF001 - golden text is as wide as it is; the dash is an en dash

APPLE_NARROW = """\
Date         Insider               Type               Shares   Amount  10b5-1
2026-01-15   COOK TIMOTHY D        ↓ sell             50,000   $9.28M  plan
2026-01-10*  ADAMS KATHERINE L +1    grant        1,234.5678        –  –
2026-01-09   MAESTRI LUCA            exercise II      10,000    $0.00  no
2026-01-20   O'BRIEN DEIRDRE       ↑ buy                 100  $12,346  –
"""  # noqa: RUF001 - an en dash

MARKET = """\
Insiders' open-market trades, last 7 days by filing date

Ticker  Company              Buys   Bought  Sells      Sold        Net  Top insider
AAPL    Apple Inc.              0        –      1    $9.28M  -$9.28M ↓  COOK TIMOTHY D, Chief Executive Off…
U       Unity Software Inc.     1   $1.25M      1  $250,000   $1.00M ↑  –
–       Nameless Holdings       1  $500.00      1   $500.00    $0.00 →  –

3 of 3 companies shown: 1 buying, 1 selling, 5 trades; updated 2026-01-29 10:30 UTC.
"""  # noqa: RUF001 - en dashes


def test_a_company_is_told_whole_where_there_is_room() -> None:
    """Who, how far it was read, every line, every insider and the sums, in aligned plain text."""
    assert render(WIDE, *company.report(messages.apple(), WIDE, "all dates")) == APPLE_WIDE


def test_columns_are_left_out_before_figures_are_cut() -> None:
    """On 80 columns role, price and what follows go; dates, types and amounts stay whole."""
    text = render(NARROW, *company.report(messages.apple(), NARROW, "all dates"))
    assert APPLE_NARROW in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_market_is_told_by_company() -> None:
    """A company without a ticker has a dash, and each net amount its arrow."""
    assert render(WIDE, *market.report(messages.market(), WIDE, "last 7 days by filing date")) == MARKET


@pytest.mark.parametrize(
    ("date", "is_marked"), [("2026-01-15", False), ("2026-01-15-05:00", False), ("2035-01-15", True), (None, True)]
)
def test_a_date_that_the_filing_does_not_give_is_marked(date: str | None, is_marked: bool) -> None:
    """The period of report stands where the date cannot be true or is missing; a date with a time zone is that date."""
    line = messages.sale()
    line.ClearField("date")
    if date is not None:
        line.date = date
    assert (company.date_cell(line).plain == "2026-01-15*") is is_marked


def test_a_loading_company_says_so_in_words() -> None:
    """Somebody who sees nothing is told that it may come."""
    text = render(WIDE, *company.report(messages.fresh(), WIDE, "all dates"))
    assert text == textwrap.dedent("""\
        NEW  New Corp  CIK 0000000007
        Loading: filings are being fetched, none is read to the end yet; what is here may be incomplete. Ask again, or use --wait.

        No transaction matches (all dates).
        """)  # noqa: E501 - golden text is as wide as it is


def test_only_the_insiders_with_the_largest_sums_are_listed() -> None:
    """Fifty insiders would hide the lines; how many are left out is said."""
    answer = messages.apple()
    answer.insiders.extend(messages.insider(f"{n:010}", f"P{n}", "Director", buys=1) for n in range(12))
    text = render(WIDE, *company.report(answer, WIDE, "all dates"))
    assert "and 4 insiders with smaller sums" in text
    assert " P7 " not in text


@pytest.mark.parametrize("hostile", ["\x1b[2J\x1b]0;pwned\x07", "[bold red]x[/]", "a\nb\rc", "\u202eabc", ":smile:"])
def test_text_from_filings_is_only_text(hostile: str) -> None:
    """Control sequences do not reach the output, and markup is printed as it stands."""
    answer = messages.apple()
    del answer.transactions[1:]
    answer.company_name = answer.transactions[0].owner_name = answer.transactions[0].role = hostile
    answer.transactions[0].security_title = answer.insiders[0].name = hostile
    text = render(WIDE, *company.report(answer, WIDE, "all dates"))
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(text)
    assert len(text.splitlines()) == 11
    if hostile.startswith(("[", ":")):
        assert hostile in text


WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=60)


@given(st.lists(st.tuples(WORDS, WORDS), max_size=5), st.integers(MIN_WIDTH, 200))
def test_no_line_is_wider_than_the_screen(rows: list[tuple[str, str]], width: int) -> None:
    """Words are cut to fit, wide and combining characters counted as a terminal counts them; figures never are."""
    screen = Screen(width, is_terminal=False)
    columns: list[Column[tuple[str, str]]] = [
        Column("One", lambda row: Text(row[0]), words=True),
        Column("Figure", lambda _: Text("1,234,567.89"), right=True),
        Column("Two", lambda row: Text(row[1]), rank=1, words=True),
    ]
    lines = render(screen, table(columns, rows, screen)).splitlines()
    assert all(cell_len(line) <= width for line in lines)
    assert all("1,234,567.89" in line for line in lines[1:])
