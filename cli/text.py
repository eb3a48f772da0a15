"""Make text that somebody else wrote safe to print: names and titles in filings, messages of servers."""

import unicodedata

ELLIPSIS = "…"


def clean(text: str, most: int | None = None) -> str:
    """Return text as one line without anything that a terminal would obey.

    Shape: C0 and C1 controls and line separators become spaces, runs of spaces one; formats (bidi overrides, zero
    widths), surrogates, private and unassigned characters go. Longer than `most` characters: cut, with an ellipsis.
    """
    line = " ".join("".join(map(visible, text)).split())
    return line if most is None or len(line) <= most else f"{line[: most - 1]}{ELLIPSIS}"


def visible(character: str) -> str:
    """Return a character, or what stands in its place."""
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category.startswith("C") else character
