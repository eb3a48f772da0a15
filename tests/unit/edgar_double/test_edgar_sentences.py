"""Footnotes are told by kind, and a kind's own sentence is read as that kind."""

import pytest

from tests.edgar.sentences import SENTENCES, recognise, recognise_remark, say, say_remark


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Weighted average; sold at prices ranging from $1,050.00 to $1,050.99 inclusive.",
         "weighted_average:1050.00:1050.99"),
        ("The weighted-average sale price.", "weighted_average"),
        ("Units that depend on a 30-day volume-weighted average price.", "other"),
        ("Sold under a 10b5\u20111 plan adopted by the holder on May 15, 2021.", "plan_10b5_1:2021-05-15"),
        ("SOLD UNDER A RULE 10B5-1 PLAN PREVIOUSLY ADOPTED ON SEPTEMBER  14, 2021 FOR TAX.", "plan_10b5_1:2021-09-14"),
        ("This sale was not made pursuant to a Rule 10b5-1 trading plan.", "not_plan"),
        ("See Rule 10b-5.", "other"),
        ("A gift to a trust.", "gift+trust"),
        ("Shares withheld; the rest vests.", "withholding+vesting"),
    ],
)  # fmt: skip
def test_text_is_recognised(text: str, kinds: str) -> None:
    """A filer's sentence becomes kinds with their details."""
    assert recognise(text) == kinds


@pytest.mark.parametrize(
    "kinds",
    [
        *sorted(SENTENCES.keys() - {"exhibit"}),
        "weighted_average:1.5:2.25",
        "plan_10b5_1:2021-05-15",
        "weighted_average:1.5:2+plan_10b5_1+gift+trust+withholding+distribution+conversion+vesting",
    ],
)
def test_saying_and_reading_agree(kinds: str) -> None:
    """What is said for a kind is read as the same kind."""
    assert recognise(say(kinds)) == kinds


@pytest.mark.parametrize("kind", ["", "exhibit", "title:Chief Counsel", "part:2:5:137", "part:1:2", "plan_10b5_1"])
def test_saying_and_reading_remarks_agree(kind: str) -> None:
    """What is said for a remark is read as the same remark."""
    assert recognise_remark(say_remark(kind)) == kind


def test_parts_are_read_in_words_and_digits() -> None:
    """A remark that counts filings gives part, parts and transactions."""
    text = "This is the second of 5 Forms 4. They cover all 137 individual transactions of the day."
    assert recognise_remark(text) == "part:2:5:137"
