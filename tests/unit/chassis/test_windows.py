"""Windows: how much in how long, from a text."""

import pytest

from services.chassis.windows import Window, parse


def test_windows_are_read_in_their_order() -> None:
    """Seconds, minutes and hours are told, and blanks do no harm."""
    assert parse("10/1s, 60/1m,1000/1h") == (Window(10, 1), Window(60, 60), Window(1000, 3600))
    assert parse("20/15m") == (Window(20, 900),)


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_text_is_no_limit(text: str) -> None:
    """What names no window limits nothing."""
    assert parse(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "10",
        "10/s",
        "0/1s",
        "10/0s",
        "-1/1s",
        "1.5/1s",
        "10/1d",
        "10/1s,",
        "10/1s;60/1m",
        "9999999999/1s",
        "1/25h",
        "\u0661/1s",
    ],
)
def test_what_says_something_else_is_refused(text: str) -> None:
    """A limit that is not understood is not taken for another one."""
    with pytest.raises(ValueError, match=r"\.$"):
        parse(text)


def test_two_windows_of_one_length_are_refused() -> None:
    """Sixty seconds are a minute: one of the two would never count."""
    with pytest.raises(ValueError, match="same length"):
        parse("10/60s,20/1m")


def test_more_windows_than_are_of_use_are_refused() -> None:
    """Each window costs something in every call."""
    with pytest.raises(ValueError, match="more than 5"):
        parse(",".join(f"1/{seconds}s" for seconds in range(1, 7)))
