"""Real filings are read as an independent, literal reading of them says, and as nothing else."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.form4.domain import DocumentFlag, Kind, Line, LineFlag, OwnershipDocument, Table
from services.form4.ownership import parse

ROW_STARTS = ("nonDerivativeTransaction>", "nonDerivativeHolding>", "derivativeTransaction>", "derivativeHolding>")
EDGAR = Path(__file__).parents[3] / "../shared/edgar"
pytestmark = pytest.mark.skipif(not EDGAR.exists(), reason="the folder of real filings is not beside the checkout")


def read(name: str) -> OwnershipDocument:
    """Parse one of the real files."""
    return parse((EDGAR / name).read_bytes())


@pytest.fixture(scope="module")
def filings() -> dict[str, OwnershipDocument]:
    """Parse all of them once."""
    return {path.name: parse(path.read_bytes()) for path in sorted((EDGAR / "ownership").glob("*.xml"))}


def test_every_line_and_sum_agrees(filings: dict[str, OwnershipDocument]) -> None:
    """Counts of lines and holdings, amounts, sides, footnotes and sums are those of the independent reading."""
    for path in sorted((EDGAR / "truth").glob("*.json")):
        truth = json.loads(path.read_text())
        parsed = filings[truth["file"]]
        lines = [literal(line) for line in parsed.lines if line.kind is Kind.TRANSACTION]
        assert lines == [expected(each) for each in truth["transactions"]], path.name
        holdings = Counter(line.table for line in parsed.lines if line.kind is Kind.HOLDING)
        assert [holdings[table] for table in Table] == [truth["holdings"][table] for table in Table], path.name
        assert parsed.summary.total_buys == exact(truth["headline"]["buy"]["amount"]), path.name
        assert parsed.summary.total_sells == exact(truth["headline"]["sell"]["amount"]), path.name


def literal(line: Line) -> tuple[object, ...]:
    """Say what is compared of a line."""
    return (line.table, line.ordinal, line.line, line.headline, line.amount, sorted(line.footnote_ids))


def expected(each: dict[str, Any]) -> tuple[object, ...]:
    """Say the same of a line of the independent reading."""
    place = (each["table"], each["ordinal"], each["line"])
    return (*place, each["headline"], exact(each["amount"]), sorted(each["footnotes"]))


def exact(amount: str | None) -> Decimal | None:
    """Read an amount of the independent reading."""
    return None if amount is None else Decimal(amount)


def test_real_filings_have_few_oddities(filings: dict[str, OwnershipDocument]) -> None:
    """Nothing in them is unknown or unread; what is flagged was looked at and is so."""
    assert Counter(flag for filing in filings.values() for flag in filing.flags) == {DocumentFlag.DATE_WITH_ZONE: 1}
    assert Counter(flag for filing in filings.values() for line in filing.lines for flag in line.flags) == {
        LineFlag.PRICE_IN_FOOTNOTE: 111,
        LineFlag.CODE_CONTRADICTS_DIRECTION: 2,
        LineFlag.PRICE_OUTSIDE_RANGE: 1,
        LineFlag.DATE_WITH_ZONE: 1,
    }
    assert not any(filing.unknown_elements for filing in filings.values())
    assert not any(line.unread for filing in filings.values() for line in filing.lines)


def test_a_price_outside_its_own_range_is_found(filings: dict[str, OwnershipDocument]) -> None:
    """One sale is priced 634.4608 beside a range of 663.91 to 664.90: kept as filed, and flagged."""
    odd = [
        (line.price, line.price_low, line.price_high)
        for filing in filings.values()
        for line in filing.lines
        if LineFlag.PRICE_OUTSIDE_RANGE in line.flags
    ]
    assert odd == [(Decimal("634.4608"), Decimal("663.91"), Decimal("664.90"))]


def test_plans_are_named_by_footnotes_of_older_filings(filings: dict[str, OwnershipDocument]) -> None:
    """Before the box existed, footnotes alone say that lines were planned; the others are unknown."""
    older = [filing for filing in filings.values() if filing.rule_10b5_1 is None]
    planned = Counter(line.planned for filing in older for line in filing.lines)
    assert planned[True] > 300
    assert planned[False] == 0


@pytest.mark.parametrize("form", ["3", "3a", "4", "4a", "5", "5a"])
def test_malformed_samples_are_recovered(form: str) -> None:
    """The specification's own sample documents are not well formed, and give all their lines."""
    parsed = read(f"errors/malformed-spec-sample-doc{form}.xml")
    rows = (EDGAR / f"errors/malformed-spec-sample-doc{form}.xml").read_text()
    assert DocumentFlag.RECOVERED in parsed.flags
    assert len(parsed.lines) == sum(rows.count(f"<{name}") for name in ROW_STARTS)
    assert parsed.issuer.cik == "1212121212"
