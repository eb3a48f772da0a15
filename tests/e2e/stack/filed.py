"""What real documents say, as `parse` prints them, and how the surface has to say it."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from deploy.local.places import CHECKOUT
from tests.edgar.catalog import Catalog
from tests.edgar.filing import Filing
from tests.edgar.folder import catalog_of_folder

FOLDER = Path(__file__).parents[3] / "../shared/edgar"

Json = dict[str, Any]
Key = tuple[str, str, int]

# Fields of a transaction by the field of `parse` that says the same; numbers are doubles there and decimals here.
TEXTS = {
    "date": "date",
    "deemed_execution_date": "deemed_execution_date",
    "type": "type",
    "headline": "headline",
    "is_planned": "planned",
    "planned_source": "planned_source",
    "line": "line",
    "security_title": "security_title",
    "code": "code",
    "acquired_disposed": "acquired_disposed",
    "transaction_form_type": "form_type",
    "timeliness": "timeliness",
    "ownership": "ownership",
    "nature": "nature",
    "footnote_ids": "footnote_ids",
    "flags": "flags",
}
NUMBERS = ("shares", "price", "amount", "total_value", "shares_after", "value_after")
TEXTS_OF_DERIVATIVES = ("underlying_title", "exercise_date", "expiration_date")
NUMBERS_OF_DERIVATIVES = ("conversion_price", "underlying_shares", "underlying_value")


@dataclass(frozen=True, slots=True)
class Filed:
    """One real document: as `parse` prints it, and as the small EDGAR lists it."""

    parsed: Json
    listed: Filing

    @property
    def issuer(self) -> str:
        """Return the CIK of the company that its lines belong to."""
        return str(self.parsed["issuer"]["cik"])

    @property
    def owner(self) -> str:
        """Return the CIK of the first reporting owner."""
        return str(self.parsed["owners"][0]["cik"])

    def lines(self, kind: str) -> Iterator[Json]:
        """Return its lines of one kind: transaction, holding."""
        return (line for line in self.parsed["lines"] if line["kind"] == kind)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of open-market lines."""

    buy_count: int
    sell_count: int
    total_buys: Decimal
    total_sells: Decimal

    def said(self) -> Json:
        """Return them as the surface says them."""
        return {
            "buy_count": self.buy_count,
            "sell_count": self.sell_count,
            "total_buys": float(self.total_buys),
            "total_sells": float(self.total_sells),
            "net": float(self.total_buys - self.total_sells),
        }


def read_catalog() -> Catalog:
    """Return what the small EDGAR makes of the folder."""
    return catalog_of_folder(FOLDER)


def read_filed(catalog: Catalog) -> dict[str, Filed]:
    """Return every ownership document of the folder, by accession number."""
    listed = [filing for filing in catalog.newest if filing.source]
    files = [str(FOLDER / f"ownership/{filing.source}.xml") for filing in listed]
    command = [sys.executable, "-m", "services.form4", "parse", *files]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True)  # noqa: S603 - ours
    parsed = map(json.loads, done.stdout.splitlines())
    return {filing.accession: Filed(document, filing) for document, filing in zip(parsed, listed, strict=True)}


def sums(filed: Iterable[Filed]) -> Sums:
    """Add up what `parse` says of documents."""
    told = [document.parsed["summary"] for document in filed]
    return Sums(
        sum(one["buy_count"] for one in told),
        sum(one["sell_count"] for one in told),
        sum((Decimal(one["total_buys"]) for one in told), Decimal(0)),
        sum((Decimal(one["total_sells"]) for one in told), Decimal(0)),
    )


def transactions(filed: dict[str, Filed]) -> dict[Key, Json]:
    """Return every transaction line as the surface has to say it, by what identifies it."""
    return {
        (accession, line["table"], line["ordinal"]): said(document, line)
        for accession, document in filed.items()
        for line in document.lines("transaction")
    }


def said(filed: Filed, line: Json) -> Json:
    """Return a line of `parse` in the words of the surface; what is absent is None."""
    told = {name: line[field] for name, field in TEXTS.items()}
    told |= {name: number(line[name]) for name in NUMBERS}
    told |= {
        "equity_swap": bool(line["equity_swap"]),
        "form_type": filed.parsed["form_type"],
        "filed_on": filed.listed.filed.isoformat(),
        "owner_cik": filed.owner,
        "owner_name": filed.parsed["owners"][0]["name"],
        "joint_owners": [owner["name"] for owner in filed.parsed["owners"][1:]],
    }
    if line["table"] == "derivative":
        terms = {name: line[name] for name in TEXTS_OF_DERIVATIVES}
        told["derivative"] = terms | {name: number(line[name]) for name in NUMBERS_OF_DERIVATIVES}
    return told


def number(text: str | None) -> float | None:
    """Return a decimal as the double that is nearest to it."""
    return None if text is None else float(Decimal(text))


def key(transaction: Json) -> Key:
    """Return what identifies a line of the surface."""
    return transaction["accession_number"], transaction["table"], transaction["ordinal"]


def compared(transaction: Json, names: Iterable[str]) -> Json:
    """Return those fields of a line of the surface that `parse` says too; what is absent is None."""
    told = {name: transaction.get(name) for name in names}
    if "derivative" in told:
        terms = transaction["derivative"]
        told["derivative"] = {name: terms.get(name) for name in (*TEXTS_OF_DERIVATIVES, *NUMBERS_OF_DERIVATIVES)}
    return told
