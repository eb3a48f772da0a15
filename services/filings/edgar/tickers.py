"""Read the SEC's ticker files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.chassis.errors import InvalidField
from services.filings.edgar.errors import Malformed
from services.filings.edgar.reading import parse_json, text
from services.identifiers import Cik, Ticker


@dataclass(frozen=True, slots=True)
class TickerRow:
    """Hold one ticker of one company; a company has several when it has several classes of shares.

    Shape: exchange is empty where the file has none.
    """

    cik: Cik
    ticker: Ticker
    name: str
    exchange: str


@dataclass(frozen=True, slots=True)
class TickerFile:
    """Hold the readable rows in the order of the file, largest company first, and the number of the others."""

    rows: tuple[TickerRow, ...]
    bad_rows: int


def parse_tickers(body: bytes) -> TickerFile:
    """Read company_tickers.json or company_tickers_exchange.json.

    Shape: an object of rows, a list of rows, or {fields, data}.
    Raises: Malformed when it is none of the three.
    """
    rows: list[TickerRow] = []
    bad_rows = 0
    for raw in _raw_rows(parse_json(body, "the ticker file")):
        row = _row(raw)
        if row is None:
            bad_rows += 1
        else:
            rows.append(row)
    return TickerFile(tuple(rows), bad_rows)


def _raw_rows(file: object) -> Iterator[object]:
    """Bring the three shapes into one."""
    if isinstance(file, list):
        yield from file
    elif isinstance(file, dict) and isinstance(file.get("fields"), list) and isinstance(file.get("data"), list):
        for values in file["data"]:
            yield dict(zip(file["fields"], values, strict=False)) if isinstance(values, list) else None
    elif isinstance(file, dict) and "fields" not in file and "data" not in file:
        yield from file.values()
    else:
        raise Malformed("the ticker file holds no rows")


def _row(raw: object) -> TickerRow | None:
    """Read one row, or nothing when its CIK, ticker or name is missing or wrong."""
    if not isinstance(raw, Mapping):
        return None
    cik = raw.get("cik_str", raw.get("cik"))
    name = text(raw.get("title", raw.get("name")))
    if not isinstance(cik, int | str) or isinstance(cik, bool) or not name:
        return None
    try:
        return TickerRow(Cik(str(cik)), Ticker(text(raw.get("ticker"))), name, text(raw.get("exchange")))
    except InvalidField:
        return None
