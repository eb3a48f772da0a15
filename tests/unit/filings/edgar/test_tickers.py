"""Check the reading of the SEC's ticker files."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.filings.edgar.errors import Malformed
from services.filings.edgar.tickers import TickerRow, parse_tickers
from services.identifiers import Cik, Ticker
from tests.unit.filings.edgar.real import REAL, needs_real

BERKSHIRE = TickerRow(Cik("1067983"), Ticker("BRK-B"), "BERKSHIRE HATHAWAY INC", "")
PLAIN_ROW = {"cik_str": 1067983, "ticker": "BRK-B", "title": "BERKSHIRE HATHAWAY INC"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["fields", "data", "cik", "ticker", "0"]), inner),
    max_leaves=12,
)


@pytest.mark.parametrize("file", [{"0": PLAIN_ROW}, [PLAIN_ROW]])
def test_rows_come_as_an_object_or_a_list(file: object) -> None:
    """Both shapes of company_tickers.json give the same row."""
    assert parse_tickers(orjson.dumps(file)).rows == (BERKSHIRE,)


def test_columns_come_by_name() -> None:
    """The file with exchanges is read by its fields, whatever their order; a null exchange is empty."""
    file = {
        "fields": ["exchange", "ticker", "cik", "name"],
        "data": [
            ["NYSE", "BRK-B", 1067983, "BERKSHIRE HATHAWAY INC"],
            [None, "BRK-B", 1067983, "BERKSHIRE HATHAWAY INC"],
        ],
    }
    rows = parse_tickers(orjson.dumps(file)).rows
    assert [row.exchange for row in rows] == ["NYSE", ""]
    assert rows[1] == BERKSHIRE


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        "text",
        {},
        PLAIN_ROW | {"cik_str": 0},
        PLAIN_ROW | {"cik_str": -1},
        PLAIN_ROW | {"cik_str": True},
        PLAIN_ROW | {"cik_str": 1.5},
        PLAIN_ROW | {"cik_str": 10**11},
        PLAIN_ROW | {"ticker": ""},
        PLAIN_ROW | {"ticker": None},
        PLAIN_ROW | {"ticker": "'; DROP"},
        PLAIN_ROW | {"title": None},
        PLAIN_ROW | {"title": "  "},
        PLAIN_ROW | {"title": "with \0"},
        PLAIN_ROW | {"title": "x" * 100_000},
    ],
)
def test_a_bad_row_costs_itself_alone(row: object) -> None:
    """A row without a sound CIK, ticker and name is counted, and its neighbours are kept."""
    file = parse_tickers(orjson.dumps([PLAIN_ROW, row, PLAIN_ROW]))
    assert file.rows == (BERKSHIRE, BERKSHIRE)
    assert file.bad_rows == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"1", b'"a"', b'{"fields": [], "data": 1}', b'{"data": []}', b"[" * 100_000]
)
def test_another_file_is_malformed(body: bytes) -> None:
    """What holds no rows at all is refused, however deep it is nested."""
    with pytest.raises(Malformed):
        parse_tickers(body)


@given(JSON)
def test_no_json_breaks_the_reader(file: object) -> None:
    """Any JSON gives rows or Malformed."""
    try:
        parse_tickers(orjson.dumps(file))
    except Malformed:
        return


@needs_real
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("company_tickers.json", 10077),
        ("company_tickers-other-day.json", 9610),
        ("company_tickers_exchange.json", 10069),
    ],
)
def test_real_files_are_read_whole(name: str, rows: int) -> None:
    """Every row of the real files is sound, and the first is the largest company of its day."""
    file = parse_tickers((REAL / "tickers" / name).read_bytes())
    assert (len(file.rows), file.bad_rows) == (rows, 0)
    assert file.rows[0].ticker in {"NVDA", "MSFT"}
