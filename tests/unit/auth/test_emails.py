"""E-mail addresses: one spelling an account."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth import emails
from services.chassis.errors import InvalidField


@pytest.mark.parametrize(
    ("typed", "spelling"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("ada+news@example.com", "ada+news@example.com"),
        ("a.d.a@example.com", "a.d.a@example.com"),
        ("o'hara@example.com", "o'hara@example.com"),
        ("info@M\u00dcNCHEN.example.com", "info@m\u00fcnchen.example.com"),
        ("info@xn--mnchen-3ya.example.com", "info@m\u00fcnchen.example.com"),
        ("Andre\u0301@example.com", "andr\u00e9@example.com"),
    ],
)
def test_spellings(typed: str, spelling: str) -> None:
    """Case, IDNA and the two ways to write an accent make no difference; a plus and dots do."""
    assert emails.normalise(typed) == spelling


def test_what_was_typed_is_not_repeated() -> None:
    """People type passwords into the wrong field, and errors are logged."""
    with pytest.raises(InvalidField) as caught:
        emails.normalise("my secret")
    assert "secret" not in str(caught.value.to_status())


@given(st.text(max_size=300) | st.emails())
def test_whatever_comes_is_refused_or_stays_as_it_is(typed: str) -> None:
    """Nothing but a refusal is raised, and a spelling is its own spelling."""
    try:
        spelling = emails.normalise(typed)
    except InvalidField:
        return
    assert emails.normalise(spelling) == spelling
    assert len(spelling) <= emails.MAX_CHARACTERS
    assert spelling.isprintable()
