"""Page tokens: they lead on, for the request that they were issued for, and nothing else is taken for one."""

import base64
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from google.protobuf import type_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.config import DEVELOPMENT_PAGE_TOKEN_KEY
from services.chassis.errors import InvalidPageToken
from services.chassis.paging import PageTokens
from tests.contract.chassis.trial import Request


class Position(NamedTuple):
    """One value of every type that a position may have."""

    at: datetime
    day: date
    net: Decimal
    name: str
    line: int
    is_last: bool


class Keys:
    """Settings with a key."""

    def __init__(self, key: str = DEVELOPMENT_PAGE_TOKEN_KEY) -> None:
        self.page_token_key = key


TOKENS = PageTokens(Keys())
HERE = Position(
    at=datetime(2025, 4, 3, 20, 5, 6, 789, tzinfo=UTC),
    day=date(2025, 4, 3),
    net=Decimal("-1234567890.12345678901234567890"),
    name="0000320193-22-000061",
    line=3,
    is_last=False,
)


def with_token(token: str, **fields: Any) -> Any:
    """Return a request that continues behind a token."""
    return Request(page_token=token, **fields)


@given(
    st.builds(
        Position,
        at=st.datetimes(timezones=st.just(UTC)),
        day=st.dates(),
        net=st.decimals(allow_nan=False, allow_infinity=False),
        name=st.text(max_size=50),
        line=st.integers(-(2**53), 2**53),
        is_last=st.booleans(),
    )
)
def test_a_position_comes_back_as_it_was(position: Position) -> None:
    """Every value returns with its type and without loss."""
    again = TOKENS.read(with_token(TOKENS.write(Request(), position)), Position)
    assert again == position
    assert [type(value) for value in again] == [type(value) for value in position]


def test_the_first_page_has_no_position() -> None:
    """Without a token there is nothing to continue behind."""
    assert TOKENS.read(Request(), Position) is None


def test_a_page_may_have_another_size() -> None:
    """The number of rows is no filter: a client may change it on the way."""
    token = TOKENS.write(Request(word="AAPL", count=10), HERE)
    assert TOKENS.read(with_token(token, word="AAPL", count=50), Position) == HERE


def test_a_token_is_bound_to_its_request() -> None:
    """Another filter, another type of request or another key make it no token."""
    token = TOKENS.write(Request(word="AAPL"), HERE)
    for tokens, request in [
        (TOKENS, with_token(token, word="MSFT")),
        (TOKENS, with_token(token)),
        (PageTokens(Keys("another key of the same length as ours")), with_token(token, word="AAPL")),
    ]:
        with pytest.raises(InvalidPageToken):
            tokens.read(request, Position)
    assert TOKENS.write(Request(), HERE) != TOKENS.write(type_pb2.Type(), HERE)


@given(
    st.one_of(st.text(min_size=1, max_size=60), st.binary(min_size=1).map(lambda data: base64.b64encode(data).decode()))
)
def test_anything_else_is_refused(text: str) -> None:
    """No text that was not issued is taken for a token, and none is more than a refusal."""
    with pytest.raises(InvalidPageToken):
        TOKENS.read(with_token(text), Position)


@pytest.mark.parametrize("index", range(0, 150, 7))
def test_a_changed_token_is_refused(index: int) -> None:
    """A token with one other character is forged."""
    token = TOKENS.write(Request(), HERE)
    forged = token[:index] + ("A" if token[index] != "A" else "B") + token[index + 1 :]
    with pytest.raises(InvalidPageToken):
        TOKENS.read(with_token(forged), Position)


def test_a_huge_token_is_not_even_decoded() -> None:
    """Size is looked at first."""
    with pytest.raises(InvalidPageToken):
        TOKENS.read(with_token("A" * 1_000_000), Position)
