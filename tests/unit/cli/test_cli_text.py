"""Text that somebody else wrote, made safe to print."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.text import clean


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("COOK TIMOTHY D", "COOK TIMOTHY D"),
        ("É. Müller 株式会社", "É. Müller 株式会社"),
        ("\x1b[31mRED\x1b[0m", "[31mRED [0m"),
        ("\x1b]0;title\x07x", "]0;title x"),
        ("\x9b31m", "31m"),
        ("a\r\nb\tc", "a b c"),
        ("a\u2028b\u2029c", "a b c"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\u2066iso\u2069", "iso"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("", ""),
    ],
)
def test_nothing_that_a_terminal_obeys_is_left(text: str, printed: str) -> None:
    """Controls become spaces, overrides and zero widths go, letters of every script stay."""
    assert clean(text) == printed


@given(st.text())
def test_clean_text_is_one_printable_line(text: str) -> None:
    """What is left has no control, format or separator characters, and cleaning it again changes nothing."""
    line = clean(text)
    assert not [one for one in line if unicodedata.category(one)[0] == "C" or unicodedata.category(one) in {"Zl", "Zp"}]
    assert clean(line) == line


@given(st.text(), st.integers(1, 50))
def test_text_is_cut_at_its_limit(text: str, most: int) -> None:
    """No more characters than allowed, the last an ellipsis when any were cut."""
    whole, cut = clean(text), clean(text, most)
    assert len(cut) <= most
    assert cut == whole or cut.endswith("…")
