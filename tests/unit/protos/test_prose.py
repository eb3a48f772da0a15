"""Comments are read as the contract writes them."""

import pytest

from protos.openapi import prose

COMMENT = """\
 NOT_FOUND: no such job
 of the caller.

     {"reason": "JOB_UNKNOWN"}

 It may have ended.
"""


def test_paragraphs_are_unwrapped() -> None:
    """Lines of a paragraph are joined, and blocks of code stand apart."""
    assert prose.text(COMMENT) == "NOT_FOUND: no such job of the caller.\n\nIt may have ended."
    assert prose.code_blocks(COMMENT) == ['{"reason": "JOB_UNKNOWN"}']
    assert prose.text("") == ""


@pytest.mark.parametrize(
    ("text", "first", "rest"),
    [
        ("Find boxes. Newest first.", "Find boxes.", "Newest first."),
        ("Rule 16b-3(d) of www.sec.gov.\n\nMore.", "Rule 16b-3(d) of www.sec.gov.", "More."),
        ("No stop", "No stop", ""),
    ],
)
def test_first_sentence(text: str, first: str, rest: str) -> None:
    """A sentence ends in a stop before a space or the end."""
    assert prose.first_sentence(text) == (first, rest)


@pytest.mark.parametrize(
    ("comment", "default"),
    [
        (" Lines on a page. Default 20, at most 100.", 20),
        (" Which date the window is on. Default `filing`.", "filing"),
        (" Name of the model; empty: the default.", None),
        (" The default first.", None),
    ],
)
def test_stated_default(comment: str, default: int | str | None) -> None:
    """A default is a number or a word in backticks behind the word Default."""
    assert prose.stated_default(comment) == default
