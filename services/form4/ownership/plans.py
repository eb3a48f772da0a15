"""Tell whether a footnote says that trades were made under a Rule 10b5-1 plan.

Source: 17 CFR 240.10b5-1(c). Rule 10b-5, the prohibition of fraud, is another rule.
"""

import re
from collections.abc import Mapping
from itertools import islice

MAX_ANALYSED = 10_000
"""Characters of a footnote that are looked at; EDGAR allows 1,000."""

MAX_MENTIONS = 20
"""Mentions of the rule that are judged in one footnote, so that a hostile one costs little."""

_HINT = re.compile(r"10\s?\(?[bB]")
_DASHES = "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d_"
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_PLAIN = str.maketrans(_DASHES, "-" * len(_DASHES), _INVISIBLE)
_MENTION = re.compile(
    r"\b10 ?\(?b\)? ?(?:"
    r"\(?5\)? ?[-.(]? ?1\b"  # 10b5-1, 10b5 1, 10b51, 10b5(1), 10(b)5-1
    r"|- ?\(?5\)?(?: ?- ?|\()?1\b"  # 10b-5-1, 10b-5(1), 10b-51; never "10b-5 1", which may be Rule 10b-5 and a number
    r")",
)

_BREAK = re.compile(
    r"[;:]|\.(?= )|\b(?:but|however|although|whereas|instead they|rather they)\b"
    r"|,? and (?:was|were|is|are|has|have|had)\b"
    r"|\b(?:was|were|is|are|being) (?:\w+ly |then )?(?:sold|made|effected|executed|purchased|exercised|acquired)\b"
    r"|, (?:pursuant|under|in accordance|effected|made|executed|sold|which (?:was|were))\b",
)
"""Ends the clause to which a negation belongs: what "not" stands before it says nothing of the plan."""

_SENTENCE_END = re.compile(r";|\.(?= )")
_NONE = re.compile(r"\b(?:none|no (?:\w+ ){0,2}(?:shares?|sales?|transactions?|trades?|part|portion))\b")
_NOT = re.compile(
    r"\b(?:not|no|never|neither|nor|without|absent|excluding|outside"
    r"|(?:other|rather) than|instead of|in lieu of|apart from|except (?:for|pursuant|under)"
    r"|independent(?:ly)? (?:of|from)|unrelated to)\b|n't\b|\bnon-? ?(?:rule )?$",
)
_OTHER_SENSE = re.compile(r"\b(?:discretion\w*|control|influence|represent|reflect|solely|required)\b")
"""Words after "not" which say that something else is denied than the plan."""

_ENDED = re.compile(
    r"\b(?:terminat|cancel|expir|discontinu|suspend|revok|rescind|withdr[ae]w|ceas)\w*\b"
    r"(?!.*\b(?:pursuant|under|in accordance|in compliance)\b)",
)
_DENIED_LATER = re.compile(
    r"\b(?:terminated|cancell?ed|expired|revoked|rescinded|suspended|withdrawn|discontinued|no longer"
    r"|(?:is|was|are|were|did|does|do|has|had) not)\b",
)
_TRADE = re.compile(
    r"\b(?:sales?|sold|sell|transactions?|trades?|effected|executed|made|purchase[ds]?|acquired|disposed|exercised?)\b",
)
_DONE = re.compile(r"\b(?:sold|effected|executed|made|purchased|acquired|disposed|exercised)\b")


def plan_footnotes(footnotes: Mapping[str, str]) -> frozenset[str]:
    """Return the ids of the footnotes that say so."""
    return frozenset([footnote_id for footnote_id, text in footnotes.items() if says_plan(text)])


def says_plan(footnote: str) -> bool:
    """Tell whether a footnote names Rule 10b5-1 without denying it, in at least one place."""
    if not _HINT.search(footnote):
        return False
    text = " ".join(footnote[:MAX_ANALYSED].translate(_PLAIN).lower().split())
    return any(not _denied(text, mention) for mention in islice(_MENTION.finditer(text), MAX_MENTIONS))


def _denied(text: str, mention: re.Match[str]) -> bool:
    """Tell whether the sentence around one mention says that the plan was not used, or is over."""
    before = _SENTENCE_END.split(text[max(0, mention.start() - 160) : mention.start()])[-1]
    clause = _BREAK.split(before)[-1]
    if _NONE.search(before) or _ENDED.search(clause):
        return True
    if any(not _OTHER_SENSE.search(clause, negation.end()) for negation in _NOT.finditer(clause)):
        return True
    after = _SENTENCE_END.split(text[mention.end() : mention.end() + 100], maxsplit=1)[0]
    denial = _DENIED_LATER.search(after)
    return denial is not None and not _TRADE.search(before) and not _DONE.search(after, 0, denial.start())
