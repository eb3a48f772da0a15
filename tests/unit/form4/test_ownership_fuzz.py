"""Whatever is done to a document, it is read or refused by the one typed error."""

from decimal import Decimal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.form4.domain import OwnershipDocument
from services.form4.ownership import OwnershipError, parse
from tests.factories.ownership import Terms, document, holding, transaction

WHOLE = document(
    transaction(notes={"transactionPricePerShare": ["F1"], "transactionCoding": ["F2"]}),
    transaction(code="M", acquired="A"),
    transaction(code="S", acquired="D", ownership="I", nature="By Trust"),
    holding(),
    transaction(
        table="derivative", code="M", acquired="D", terms=Terms(underlying="Common Stock", underlying_shares="100")
    ),
    box="0",
    remarks="None.",
    footnotes={
        "F1": "Weighted average price of multiple trades at prices ranging from $10.00 to $11.00.",
        "F2": "Pursuant to a Rule 10b5-1 plan.",
    },
)
BROAD = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PLACE = st.integers(0, len(WHOLE) - 1)
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=60
)


def read(data: bytes) -> OwnershipDocument | None:
    """Parse, and check what has to hold of every document that is returned."""
    try:
        parsed = parse(data)
    except OwnershipError:
        return None
    for line in parsed.lines:
        for number in (line.shares, line.price, line.amount, line.shares_after, line.price_low, line.underlying_shares):
            assert number is None or (isinstance(number, Decimal) and number.is_finite() and number >= 0)
        assert line.amount is None or (line.shares is not None and line.price is not None)
        assert line.headline is None or line.table == "non_derivative"
    texts = repr(parsed)
    assert r"\x00" not in texts
    assert texts.encode()
    return parsed


@BROAD
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Bytes of any kind are read or refused."""
    read(data)


@BROAD
@given(PLACE)
def test_truncation(end: int) -> None:
    """A document that breaks off anywhere is read as far as it goes, or refused."""
    read(WHOLE[:end])


@BROAD
@given(st.lists(st.tuples(PLACE, st.integers(0, 255)), min_size=1, max_size=8))
@example([(0, 0xFF), (1, 0xFE)])
@example([(WHOLE.index(b"10.50"), 0)])
def test_changed_bytes(changes: list[tuple[int, int]]) -> None:
    """A document with bytes changed anywhere is read or refused."""
    data = bytearray(WHOLE)
    for at, byte in changes:
        data[at] = byte
    read(bytes(data))


@BROAD
@given(PLACE, PLACE, PLACE)
def test_moved_and_repeated_parts(first: int, last: int, at: int) -> None:
    """A document with a part of it copied to anywhere is read or refused."""
    read(WHOLE[:at] + WHOLE[min(first, last) : max(first, last)] + WHOLE[at:])


@BROAD
@given(PLACE, PLACE)
def test_missing_parts(first: int, last: int) -> None:
    """A document with a part of it cut out is read or refused."""
    read(WHOLE[: min(first, last)] + WHOLE[max(first, last) :])


@BROAD
@given(TEXT)
def test_any_text_in_any_field(text: str) -> None:
    """Any text in any field leaves a document with its line."""
    row = transaction(
        title=text,
        date=text,
        code=text,
        swap=text,
        shares=text,
        price=text,
        acquired=text,
        ownership=text,
        nature=text,
        notes={"transactionPricePerShare": ["F1"]},
    )
    parsed = read(document(row, period=text, form=text, box=text, footnotes={"F1": text}, remarks=text, signed=text))
    assert parsed is not None
    assert len(parsed.lines) == 1
