"""CompanyService/Search: the exact ticker, then tickers that begin so, then names; and any text at all."""

import sys
from random import Random
from typing import Any

import pytest
from sectracker.filings.v1.company_service_pb2 import CompanyServiceSearchRequest

from tests.contract.filings.house import APPLE, BERKSHIRE, BERKSHIRE_A, COMPANIES, LISTED, Filings
from tests.contract.serving import INVALID, NO_MESSAGE, NO_UTF8, refused

PATH = f"{COMPANIES}/Search"


def found(filings: Filings, q: str, **fields: Any) -> list[str]:
    """Return the tickers of what is found, best first."""
    answer = filings.anybody.Search(CompanyServiceSearchRequest(q=q, **fields))
    return [company.ticker for company in answer.results]


def test_says_ticker_cik_and_name(filings: Filings) -> None:
    """A result names the company in the SEC's spelling."""
    [company] = filings.anybody.Search(CompanyServiceSearchRequest(q="aapl")).results
    assert (company.ticker, company.cik, company.name) == APPLE


def test_exact_ticker_then_prefix_then_name(filings: Filings) -> None:
    """The company whose ticker it is comes first, then tickers that begin so, larger companies before smaller ones."""
    assert found(filings, "a")[:4] == ["A", "AAPL", "AA", "APLE"]
    assert found(filings, "AA")[:2] == ["AA", "AAPL"]
    assert found(filings, "t")[0] == "T"


@pytest.mark.parametrize("q", ["brk b", "BRK.B", "BRK/B", "brk-b", "Brk_b", "  brk b  "])
def test_any_spelling_of_a_ticker_finds_it(filings: Filings, q: str) -> None:
    """What people type for a class of shares finds it first, once."""
    assert found(filings, q)[0] == "BRK-B"
    assert found(filings, q).count("BRK-B") == 1


def test_a_company_is_one_row(filings: Filings) -> None:
    """A company of several tickers is found once: under the ticker that was typed, else under its first."""
    assert found(filings, "brk") == [BERKSHIRE[0]]
    assert found(filings, "brk-a") == [BERKSHIRE_A[0]]
    assert found(filings, "berkshire") == [BERKSHIRE[0]]


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("apple", ["AAPL", "APLE"]),
        ("Apple Hospitality", ["APLE"]),
        ("hospitality reit", ["APLE"]),
        ("berkshir hathway", ["BRK-B"]),
        ("agilent technologies", ["A"]),
        ("o'reilly", ["ORLY"]),
        ("oreilly automotive", ["ORLY"]),
        ("AT&T", ["T"]),
        ("müller", ["MLLR"]),
        ("MÜLLER STRASSE", ["MLLR"]),
        ("100%", ["PURE"]),
        ("under_", ["UNDR"]),
        ("back\\", ["BACK"]),
    ],
)
def test_names_are_found(filings: Filings, q: str, first: list[str]) -> None:
    """Names are found by their beginning, by words in them and in spite of slips; signs stand for themselves."""
    assert found(filings, q)[: len(first)] == first


def test_signs_are_no_wildcards(filings: Filings) -> None:
    """A percent sign or underscore matches itself alone."""
    assert found(filings, "%") == []
    assert found(filings, "_") == []
    assert found(filings, "under_score")[0] == "UNDR"
    assert found(filings, "underxscore")[0] == "UNDX"


@pytest.mark.parametrize("limit", [None, 1, 2, 50])
def test_limit_is_ten_unless_told(empty: Filings, limit: int | None) -> None:
    """As many companies as wanted are found, ten unless told."""
    empty.know([(f"XX{number}", f"{number:010}", f"Numbered {number} Inc") for number in range(1, 61)])
    fields = {} if limit is None else {"limit": limit}
    for q in ("xx", "numbered"):
        assert found(empty, q, **fields) == [f"XX{number}" for number in range(1, (limit or 10) + 1)]


ODD = [
    "",
    " ",
    "\n\t",
    "%",
    "_%_",
    "\\",
    "\\\\%",
    "'",
    '"',
    "'; DROP TABLE companies; --",
    "$1",
    "%s",
    "%(typed)s",
    ":typed",
    "{}",
    "🚀",
    "👩‍👩‍👧‍👦",
    "\u202eelppa",
    "a\u0301",
    "ß",
    "İ",
    "\ufeff",
    "\U0010ffff",
    "A" * 200,
    "A" * 201,
    "x" * 10_000,
    "é" * 10_000,
    "a " * 100,
    "-",
    "---",
    "a--b",
    "&|!<->()*",
    "\x01\x1f\x7f",
]


@pytest.mark.parametrize("q", ODD)
def test_a_text_of_any_shape_is_answered(filings: Filings, q: str) -> None:
    """Whatever is typed is answered, at worst with nothing."""
    assert len(found(filings, q)) <= 10


def test_texts_at_random_are_answered(filings: Filings) -> None:
    """Texts of any characters that a message can hold, beside signs of SQL, are answered."""
    random = Random(4)
    signs = "%_\\'\"$:;-/ .aZ0"
    for _ in range(150):
        drawn = [chr(random.choice([random.randrange(1, 128), random.randrange(1, sys.maxunicode)])) for _ in range(8)]
        text = "".join(sign for sign in (*drawn, *random.choices(signs, k=4)) if not "\ud800" <= sign <= "\udfff")
        assert len(found(filings, text[random.randrange(4) :])) <= 10


def test_what_no_company_is_called_finds_nothing(filings: Filings) -> None:
    """No result is no error."""
    assert found(filings, "qqqqqqqqq") == []


def test_before_a_list_was_read_nothing_is_found(empty: Filings) -> None:
    """A service that knows no company yet answers with none."""
    assert found(empty, "aapl") == []


def test_tickers_of_the_past_are_not_found(filings: Filings) -> None:
    """A ticker that the newest list does not have finds nobody, though its alias is kept."""
    filings.know([row for row in LISTED if row[0] != "ORLY"], "2")
    assert "ORLY" not in found(filings, "orly")
    assert "ORLY" not in found(filings, "o'reilly")


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"q": "aa\0pl"}, "q"),
    ({"q": "\0"}, "q"),
    ({"q": "aapl", "limit": 0}, "limit"),
    ({"q": "aapl", "limit": -1}, "limit"),
    ({"q": "aapl", "limit": 51}, "limit"),
]


@pytest.mark.parametrize(("fields", "named"), BAD_FIELDS)
def test_bad_input_names_the_field(filings: Filings, fields: dict[str, Any], named: str) -> None:
    """Only NUL and a limit outside its range are refused, by the name of the field."""
    with refused(INVALID, "FIELD_INVALID", field=named):
        found(filings, **fields)


@pytest.mark.parametrize("data", [NO_MESSAGE, NO_UTF8])
def test_bytes_that_are_no_message_are_refused(filings: Filings, data: bytes) -> None:
    """Bytes that are no request, and text that is no UTF-8, are the caller's mistake."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        filings.served.bytes(PATH, data, anonymous=True)
