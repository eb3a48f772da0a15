"""Identifiers: every usual spelling has one canonical form, and nothing else exists."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import InvalidField
from services.identifiers import AccessionNumber, Cik, Ticker

DIGITS = st.text("0123456789", min_size=1, max_size=10)


@given(DIGITS.filter(lambda digits: int(digits) > 0))
def test_cik_has_ten_digits(digits: str) -> None:
    """Any number of one to ten digits is the same CIK with or without leading zeros."""
    cik = Cik(digits)
    assert len(cik) == 10
    assert int(cik) == int(digits)
    assert Cik(cik) == cik


@pytest.mark.parametrize("text", ["", "0", "0000000000", "12345678901", "-1", "1.0", "١٢٣", "12\n", " 12", "CIK1"])
def test_no_other_cik_exists(text: str) -> None:
    """What is no CIK is refused by the name of its field."""
    with pytest.raises(InvalidField) as refusal:
        Cik(text, field="issuer_cik")
    assert refusal.value.metadata == {"field": "issuer_cik"}


@given(st.from_regex(r"[0-9]{10}-[0-9]{2}-[0-9]{6}", fullmatch=True).filter(str.isascii))
def test_accession_number_has_dashes(text: str) -> None:
    """With or without dashes it is one accession number."""
    assert AccessionNumber(text.replace("-", "")) == AccessionNumber(text) == text


@pytest.mark.parametrize(
    "text", ["", "0000320193-22-00006", "0000320193 22 000061", "0000320193-22-000061\n", "a" * 18]
)
def test_no_other_accession_number_exists(text: str) -> None:
    """What is no accession number is refused."""
    with pytest.raises(InvalidField):
        AccessionNumber(text)


@pytest.mark.parametrize("text", ["brk b", "BRK.B", "BRK/B", "brk-b", "Brk_b", " BRK-B "])
def test_every_spelling_of_a_class_is_one_ticker(text: str) -> None:
    """The usual separators and cases all mean what the SEC writes with a dash."""
    assert Ticker(text) == "BRK-B"


@pytest.mark.parametrize(
    "text", ["", " ", "-", "-A", "A-", "A--B", "ABCDEFGHIJKLM", "A\0B", "ß", "AAPL\n", "A;B", "..", "\uff21"]
)
def test_no_other_ticker_exists(text: str) -> None:
    """Empty parts, more than twelve characters and other alphabets are refused."""
    with pytest.raises(InvalidField):
        Ticker(text)


@given(st.text(max_size=20))
def test_a_ticker_is_stable(text: str) -> None:
    """Whatever is accepted is its own canonical form."""
    try:
        ticker = Ticker(text)
    except InvalidField:
        return
    assert Ticker(ticker) == ticker
    assert set(ticker) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


def test_identifiers_survive_pickling() -> None:
    """A queue or a process may carry them; they stay what they are."""
    for identifier in (Cik("320193"), AccessionNumber("000032019322000061"), Ticker("aapl")):
        again = pickle.loads(pickle.dumps(identifier))  # noqa: S301 - our own bytes
        assert again == identifier
        assert type(again) is type(identifier)
