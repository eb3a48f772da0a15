"""Read comments: paragraphs, the first sentence, the default that a field states."""

import re

FIRST_SENTENCE = re.compile(r"(.+?\.)(?:\s+|$)(.*)", re.DOTALL)
DEFAULT = re.compile(r"\bDefault (?:(-?\d+)|`(\w+)`)")
INDENT = "     "  # a comment's own space, then the four that Markdown takes for code


def paragraphs(comment: str) -> list[str]:
    """Return a comment's paragraphs, each on one line; blocks of code are left out."""
    blocks = re.split(r"\n\s*\n", comment.strip("\n"))
    return [" ".join(block.split()) for block in blocks if block.strip() and not block.startswith(INDENT)]


def code_blocks(comment: str) -> list[str]:
    """Return the indented blocks of a comment."""
    blocks = re.split(r"\n\s*\n", comment.strip("\n"))
    return [block.strip() for block in blocks if block.startswith(INDENT)]


def text(comment: str) -> str:
    """Return a comment as Markdown, without blocks of code."""
    return "\n\n".join(paragraphs(comment))


def first_sentence(sentences: str) -> tuple[str, str]:
    """Return the first sentence and the rest, which may be empty."""
    match = FIRST_SENTENCE.match(sentences)
    return (match[1], match[2]) if match else (sentences, "")


def stated_default(comment: str) -> int | str | None:
    """Return the default that a comment states as "Default 20" or "Default `filing`", None where it states none."""
    match = DEFAULT.search(text(comment))
    if match is None:
        return None
    return int(match[1]) if match[1] else match[2]
