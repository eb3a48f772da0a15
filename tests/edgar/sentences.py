"""Tell what a footnote or remark says as a kind, and say that kind in our own words.

The project keeps no filer's sentences. A footnote becomes one or more kinds joined by `+`, each with its
details after colons: `weighted_average:159.93:160.01+plan_10b5_1:2021-05-15`. Saying a kind and reading the
sentence again gives the same kind.
"""

import re
from datetime import datetime

WEIGHTED = re.compile(r"(?<!volume[ -])weighted[ -]average", re.IGNORECASE)
RANGE = re.compile(r"from\s+\$\s*([\d,]+(?:\.\d+)?)\s+to\s+\$\s*([\d,]+(?:\.\d+)?)", re.IGNORECASE)
PLAN = re.compile(r"10\s?b\s?-?\s?5\s?-\s?1", re.IGNORECASE)
NOT_PLAN = re.compile(r"\bnot\b[^.]{0,60}10\s?b\s?-?\s?5\s?-\s?1", re.IGNORECASE)
ADOPTED = re.compile(r"adopted\b[^.]{0,60}?\bon\s+([A-Z][a-z]+\s+\d{1,2},\s+\d{4})", re.IGNORECASE)
DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
TOPICS = (
    ("gift", re.compile(r"\bgift|\bdonat|\bcharit", re.IGNORECASE)),
    ("trust", re.compile(r"\btrusts?\b|\btrustees?\b", re.IGNORECASE)),
    ("withholding", re.compile(r"\bwithh[eo]ld", re.IGNORECASE)),
    ("distribution", re.compile(r"\bdistribut", re.IGNORECASE)),
    ("conversion", re.compile(r"\bconver(?:t|sion)", re.IGNORECASE)),
    ("vesting", re.compile(r"\bvest(?:s|ed|ing)?\b", re.IGNORECASE)),
)
SENTENCES = {
    "weighted_average": "A weighted average of several trades.",
    "plan_10b5_1": "Made under a Rule 10b5-1 trading plan.",
    "not_plan": "Not made under a Rule 10b5-1 trading plan.",
    "gift": "A gift, without payment.",
    "trust": "Held by a trust.",
    "withholding": "The issuer withheld shares to pay the tax.",
    "distribution": "A fund distributed shares to its partners.",
    "conversion": "A conversion of one security into another.",
    "vesting": "The award vests over time.",
    "exhibit": "A power of attorney is attached.",
    "other": "The filer adds a note.",
}
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5}
PART = re.compile(
    rf"\b({'|'.join(ORDINALS)}|\d+) of ({'|'.join(NUMBERS)}|\d+)\b(?:.*?\ball (\d+) individual transactions)?",
    re.IGNORECASE | re.DOTALL,
)
OWN_PART = re.compile(r"Part (\d+) of (\d+) of one report(?: of (\d+) transactions)?\.")


def recognise(text: str) -> str:
    """Return the kinds of a footnote's text."""
    text = " ".join(text.translate(DASHES).split())
    kinds = [kind for kind in (_weighted_average(text), _plan(text)) if kind]
    kinds += [name for name, pattern in TOPICS if pattern.search(text)]
    return "+".join(kinds) or "other"


def _weighted_average(text: str) -> str:
    """Return the kind of an averaged price, with its range where the text gives one."""
    if not WEIGHTED.search(text):
        return ""
    found = RANGE.search(text)
    return f"weighted_average:{found[1]}:{found[2]}".replace(",", "") if found else "weighted_average"


def _plan(text: str) -> str:
    """Return the kind of a statement about Rule 10b5-1, with the day of adoption where the text gives one."""
    if NOT_PLAN.search(text):
        return "not_plan"
    if not PLAN.search(text):
        return ""
    adopted = ADOPTED.search(text)
    if not adopted:
        return "plan_10b5_1"
    day = datetime.strptime(" ".join(adopted[1].split()).title(), "%B %d, %Y").date()  # noqa: DTZ007 - a day has no zone
    return f"plan_10b5_1:{day.isoformat()}"


def say(kinds: str) -> str:
    """Return our own sentences for the kinds of a footnote."""
    return " ".join(_sentence(*kind.split(":")) for kind in kinds.split("+"))


def _sentence(name: str, *details: str) -> str:
    """Return our own sentence for one kind."""
    if name == "weighted_average" and details:
        low, high = details
        return f"A weighted average of several trades at prices ranging from ${low} to ${high}, inclusive."
    if name == "plan_10b5_1" and details:
        day = datetime.fromisoformat(details[0])
        return f"Made under a Rule 10b5-1 trading plan adopted on {day:%B} {day.day}, {day.year}."
    return SENTENCES[name]


def recognise_remark(text: str) -> str:
    """Return the kind of a remark: a title, a part of a longer report, an exhibit, or what a footnote could say.

    Shape: `title:…`, `part:1:5:137` (part, parts, transactions in all), or empty for an empty remark.
    """
    text = " ".join(text.split())
    if not text:
        return ""
    if text.lower().startswith("title:"):
        return f"title:{text[6:].strip()}"
    if "power of attorney" in text.lower():
        return "exhibit"
    part = OWN_PART.search(text) or PART.search(text)
    if part:
        number, parts, transactions = part[1].lower(), part[2].lower(), part[3] or ""
        return f"part:{ORDINALS.get(number, number)}:{NUMBERS.get(parts, parts)}:{transactions}".rstrip(":")
    return recognise(text)


def say_remark(kind: str) -> str:
    """Return our own words for the kind of a remark."""
    name, _, details = kind.partition(":")
    if name == "title":
        return f"Title: {details}"
    if name == "part":
        number, parts, *transactions = details.split(":")
        return f"Part {number} of {parts} of one report{f' of {transactions[0]} transactions' if transactions else ''}."
    return say(kind) if kind else ""
