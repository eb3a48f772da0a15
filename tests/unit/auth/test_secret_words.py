"""Refresh tokens and API keys as texts."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.secret_words import (
    base62,
    checksum,
    digest,
    is_api_key,
    is_refresh_token,
    new_api_key,
    new_refresh_token,
)


def test_what_is_made_has_its_shape() -> None:
    """Each new secret is recognised as what it is, as nothing else, and never comes twice."""
    keys, tokens = {new_api_key() for _ in range(200)}, {new_refresh_token() for _ in range(200)}
    assert len(keys) == len(tokens) == 200
    assert all(is_api_key(key) and not is_refresh_token(key) for key in keys)
    assert all(is_refresh_token(token) and not is_api_key(token) for token in tokens)
    assert {len(key) for key in keys} == {34}
    assert {len(token) for token in tokens} == {47}


@given(st.integers(0, 33), st.sampled_from(string.ascii_letters + string.digits))
def test_one_wrong_character_is_noticed(place: int, character: str) -> None:
    """A key with one character changed is no key: CRC-32 tells every such error."""
    key = new_api_key()
    changed = key[:place] + character + key[place + 1 :]
    assert is_api_key(changed) == (changed == key)


@pytest.mark.parametrize("text", ["", "stk_", "STK_" + "0" * 30, "stk_" + "é" * 30, "x" * 100_000])
def test_noise_is_no_key(text: str) -> None:
    """Whatever is not shaped like a key is none."""
    assert not is_api_key(text)
    assert not is_api_key(new_api_key() + text[:1] + "\n")


def test_known_values() -> None:
    """Base62, the checksum and the digest are as others compute them, so that keys stay good over releases."""
    assert base62(0, 6) == "000000"
    assert base62(61, 1) == "z"
    assert base62(62**6 - 1, 6) == "zzzzzz"
    assert base62(2**256 - 1, 43) == base62(2**256 - 1, 0)
    assert checksum("123456789") == base62(0xCBF43926, 6)
    assert digest("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
