"""Form4Service/GetCompanyActivity: sums are exact, of open-market lines alone, and over all lines that match."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetCompanyActivityResponse
from sectracker.form4.v1.transaction_pb2 import Headline

from tests.contract.form4.house import NOBODYS_CIK, Form4, buy, sell
from tests.factories.ownership import owner, transaction

ANN, BOB, CAT = (owner(f"000000000{number}", name) for number, name in ((1, "Ann"), (2, "Bob"), (3, "Cat")))


def ask(form4: Form4, **fields: Any) -> GetCompanyActivityResponse:
    """Read Apple's activity."""
    return form4.readers.GetCompanyActivity(GetCompanyActivityRequest(ticker="AAPL", **fields))


def figures(answer: GetCompanyActivityResponse) -> tuple[int, int, float, float, float]:
    """Return the headline of an answer."""
    told = answer.summary
    return told.buy_count, told.sell_count, told.total_buys, told.total_sells, told.net


def test_tenths_sum_to_the_last_digit(form4: Form4) -> None:
    """Prices such as 0.1, which no binary number is, sum to what a decimal reference says (pitfall 23)."""
    lines = [("3", "0.1"), ("1", "0.2"), ("7", "0.7"), ("0.3333", "0.3"), ("1000003", "19.99")] * 6
    form4.ingest(*[buy(shares, price) for shares, price in lines])
    form4.ingest(*[sell("1", "0.1")] * 3)
    bought = sum(Decimal(shares) * Decimal(price) for shares, price in lines)
    answer = ask(form4, count=1)
    assert figures(answer) == (30, 3, float(bought), 0.3, float(bought - Decimal("0.3")))
    assert sum([0.1] * 3) != 0.3, "in binary it would have been another number"


def test_small_amounts_survive_beside_large_ones(form4: Form4) -> None:
    """A cent is not lost in a sum of hundreds of billions."""
    form4.ingest(*[buy("999999999", "999"), buy("1", "0.01"), sell("999999999", "999")])
    assert ask(form4).summary.net == 0.01


@pytest.mark.parametrize("seed", range(3))
def test_sums_agree_with_a_decimal_reference(form4: Form4, seed: int) -> None:
    """Sums of random lines are those of a plain reading in decimals, and the insiders' add up to the company's."""
    random = Random(seed)
    expected = {"P": Decimal(0), "S": Decimal(0)}
    counted = {"P": 0, "S": 0}
    for _ in range(8):
        rows = []
        for _ in range(random.randint(1, 8)):
            code, has_price = random.choice("PS"), random.random() > 0.1
            shares, price = f"{random.randint(1, 10**7)}.{random.randint(0, 9999)}", f"{random.uniform(0, 900):.4f}"
            row = (buy if code == "P" else sell)(shares, price if has_price else None)
            rows.append(row)
            counted[code] += 1
            expected[code] += Decimal(shares) * Decimal(price) if has_price else 0
        form4.ingest(*rows, owners=[random.choice([ANN, BOB, CAT])])
    answer = ask(form4, count=1)
    bought, sold = expected["P"], expected["S"]
    assert figures(answer) == (counted["P"], counted["S"], float(bought), float(sold), float(bought - sold))
    assert sum(insider.buy_count for insider in answer.insiders) == counted["P"]
    assert sum(insider.sell_count for insider in answer.insiders) == counted["S"]
    assert sum(insider.total_buys for insider in answer.insiders) == pytest.approx(float(bought), rel=1e-14)
    assert sum(insider.net for insider in answer.insiders) == pytest.approx(float(bought - sold), rel=1e-9)


NOT_HEADLINE = {
    "derivative purchase": transaction(table="derivative", code="P", acquired="A", shares="10", price="1000000"),
    "derivative sale": transaction(table="derivative", code="S", acquired="D", shares="10", price="1000000"),
    "swap": transaction(code="P", acquired="A", swap="1"),
    "swap sale": transaction(code="S", acquired="D", swap="true"),
    "purchase that disposes": transaction(code="P", acquired="D"),
    "sale that acquires": transaction(code="S", acquired="A"),
    "purchase without a direction": transaction(code="P", acquired=None),
    "grant": transaction(code="A", acquired="A"),
    "tax": transaction(code="F", acquired="D"),
    "exercise": transaction(code="M", acquired="A"),
    "gift": transaction(code="G", acquired="D", price="0"),
    "small": transaction(code="L", acquired="A"),
    "unknown code": transaction(code="Q", acquired="A"),
}


@pytest.mark.parametrize("kind", NOT_HEADLINE)
def test_only_open_market_lines_are_summed(form4: Form4, kind: str) -> None:
    """A line that is no open-market purchase or sale of shares is shown and counted, and adds nothing (pitfall 3)."""
    form4.ingest(NOT_HEADLINE[kind], buy("2", "3"))
    answer = ask(form4)
    assert figures(answer) == (1, 0, 6, 0, 6)
    assert answer.summary.transaction_count == 2
    assert [line.HasField("headline") for line in answer.transactions].count(True) == 1
    assert [(insider.buy_count, insider.net) for insider in answer.insiders] == [(1, 6)]


def test_a_line_without_a_price_counts_and_adds_nothing(form4: Form4) -> None:
    """A purchase whose price only a footnote knows is one more purchase, of no known amount (pitfall 17)."""
    form4.ingest(buy(price=None, notes={"transactionPricePerShare": ["F1"]}), buy("2", "3"), sell(shares=None))
    answer = ask(form4)
    assert figures(answer) == (2, 1, 6, 0, 6)
    unpriced = answer.transactions[0]
    assert unpriced.headline == Headline.buy
    assert not unpriced.HasField("price")
    assert not unpriced.HasField("amount")


def test_equal_lines_are_as_many_trades(form4: Form4) -> None:
    """Lines of one filing are never taken for one another, nor equal lines of two filings (pitfall 1)."""
    first = form4.ingest(buy("100", "1"), buy("100", "1"), buy("100", "1", ownership="I"))
    second = form4.ingest(buy("100", "1"), owners=[BOB])
    answer = ask(form4)
    assert figures(answer)[:3] == (4, 0, 400)
    assert [line.accession_number for line in answer.transactions] == [second, first, first, first]


def test_joint_owners_made_one_trade(form4: Form4) -> None:
    """A trade that several report on one form counts once, under the first of them."""
    form4.ingest(buy("100", "1"), owners=[ANN, BOB, CAT])
    answer = ask(form4)
    assert figures(answer) == (1, 0, 100, 0, 100)
    assert [insider.name for insider in answer.insiders] == ["Ann"]
    assert list(answer.transactions[0].joint_owners) == ["Bob", "Cat"]


def test_sums_cover_all_lines_not_the_page(form4: Form4) -> None:
    """Every page of one reading tells the same sums and insiders."""
    form4.ingest(*[buy("1", "1")] * 3, owners=[ANN])
    form4.ingest(*[sell("1", "10")] * 3, owners=[BOB])
    first = ask(form4, count=2)
    second = ask(form4, count=2, page_token=first.next_page_token)
    assert figures(first) == figures(second) == (3, 3, 3, 30, -27)
    assert list(first.insiders) == list(second.insiders)
    assert [(insider.name, insider.net) for insider in first.insiders] == [("Bob", -30), ("Ann", 3)]


def test_insiders_stand_by_net_then_by_name(form4: Form4) -> None:
    """The largest |net| comes first; who is even is ordered by name."""
    form4.ingest(sell("1", "5"), owners=[CAT])
    form4.ingest(buy("1", "5"), owners=[BOB])
    form4.ingest(sell("1", "7"), owners=[ANN])
    assert [(insider.name, insider.net) for insider in ask(form4).insiders] == [("Ann", -7), ("Bob", 5), ("Cat", -5)]


def test_last_date_is_of_the_newest_matching_line(form4: Form4) -> None:
    """An insider's last date is the latest effective day of a line that matches, whatever its type."""
    form4.ingest(buy(date="2024-01-03"), transaction(code="A", date="2024-01-09"), owners=[ANN])
    form4.ingest(buy(date="2024-01-05"), owners=[ANN], filed_on="2024-02-01")
    assert [insider.last_date for insider in ask(form4).insiders] == ["2024-01-09"]
    assert [insider.last_date for insider in ask(form4, start_date="2024-02-01").insiders] == ["2024-01-05"]


def test_other_companies_add_nothing(form4: Form4) -> None:
    """Sums are of one issuer, whoever traded."""
    form4.ingest(buy("1", "1"), owners=[ANN])
    form4.ingest(buy("1", "1000"), owners=[ANN], cik=NOBODYS_CIK)
    assert figures(ask(form4)) == (1, 0, 1, 0, 1)


def test_an_owner_without_a_cik_is_listed_by_name(form4: Form4) -> None:
    """A filing whose owner cannot be told still counts, and its owner is shown as far as it is known."""
    form4.ingest(buy("1", "1"), owners=[owner(None, "Nameless Trust")])
    answer = ask(form4)
    assert figures(answer)[0] == 1
    assert [(insider.cik, insider.name) for insider in answer.insiders] == [("", "Nameless Trust")]


def test_owners_without_a_cik_are_one_entry(form4: Form4) -> None:
    """Owners are told apart by CIK alone: those without one are summed together, as the newest line names them."""
    form4.ingest(buy("1", "5"), owners=[owner(None, "Old Trust", director=None, ten_percent="1")])
    form4.ingest(sell("1", "2"), owners=[owner(None, "Doe John")], filed_on="2024-01-20")
    [insider] = ask(form4).insiders
    assert (insider.cik, insider.name, insider.role, insider.net) == ("", "Doe John", "Director", 3)


def test_name_and_role_are_of_the_newest_matching_line(form4: Form4) -> None:
    """Who has a new name and a new role is shown with both from one line, the newest that matches."""
    before = owner("0000000001", "Zoe Smith", director=None, officer="1", title="Treasurer")
    after = owner("0000000001", "Ann Jones", director="1")
    form4.ingest(buy(), owners=[before], filed_on="2024-01-10")
    form4.ingest(buy(), owners=[after], filed_on="2024-01-12")
    assert [(insider.name, insider.role) for insider in ask(form4).insiders] == [("Ann Jones", "Director")]
    [earlier] = ask(form4, end_date="2024-01-11").insiders
    assert (earlier.name, earlier.role) == ("Zoe Smith", "Treasurer")
