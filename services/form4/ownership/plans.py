"""Tell whether a footnote says that trades were made under a Rule 10b5-1 plan.

Source: 17 CFR 240.10b5-1(c). Rule 10b-5, the prohibition of fraud, is another rule; a plan "under Rule 10b-5" is one
under Rule 10b5-1 all the same, because only that rule knows plans.
"""

import html
import re
from collections.abc import Mapping
from typing import NamedTuple

MAX_JUDGED = 200_000
"""Characters that are looked at in the footnotes of a document, again around each mention of the rule; EDGAR allows 99
footnotes of 1,000, and 365 is the most that name the rule in one of 333 documents."""

_BEFORE, _AFTER = 160, 100
"""Characters around a mention that say whether it is denied."""

_HINT = re.compile(r"10\W{0,3}[bB]")
_DASHES = "\u0096\u0097\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d_~"
"""U+0096 and U+0097 are the dashes of Windows-1252 where a filer's software wrote &#150; or declared ISO-8859-1."""

_REFERENCE = re.compile(r"&(?:#\d{1,6}|#[xX][\da-fA-F]{1,5}|[A-Za-z]{2,8});", re.ASCII)
"""A reference that was escaped twice, as in 10b5&amp;#8211;1."""

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_PLAIN = str.maketrans(_DASHES, "-" * len(_DASHES), _INVISIBLE)
_KIND_OF_PLAN = (
    r"(?:(?:trading|sales?|selling|purchase|purchasing|stock|securities|written|automatic|pre-?(?:arranged|established)"
    r"|diversification|liquidity) )"
)
_MENTION = re.compile(
    r"(?<!\d)10 ?-? ?\(?b\)? ?(?:"
    r"\(?5\)? ?(?:[-./(] ?)?1(?!\d)"  # 10b5-1, 10b5 1, 10b51, 10b5(1), 10(b)5-1
    r"|\(?5\)?-[il]\b"  # 10b5-l, 10b5-I
    r"|- ?\(?5\)?(?: ?- ?|\(|\.)?1(?!\d)"  # 10b-5-1, 10b-5(1), 10b-51; never "10b-5 1": Rule 10b-5 and a number
    rf"|-? ?5(?= {_KIND_OF_PLAN}{{0,3}}(?:plan|program|arrangement))"  # 10b5 plan, 10b-5 trading plan
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
    r"\b(?:not|no(?! ?\d)|never|neither|nor|without(?! (?:any )?(?:further|additional|subsequent))|absent"
    r"|excluding|outside"
    r"|(?:other|rather) than|instead of|in lieu of|apart from|except (?:for|pursuant|under)"
    r"|independent(?:ly)? (?:of|from)|unrelated to)\b|n't\b|\bnon-? ?(?:rule )?$",
)
_OTHER_SENSE = re.compile(
    r"\b(?:discretion\w*|control|(?:voting|investment|dispositive) power|influence|involvement|represent|reflect"
    r"|solely|required|knowledge|authority|volunt\w+|volition\w*|aware\w*|possess\w*|exceed\w*"
    r"|(?:more|less|fewer|later|earlier) than)\b",
)
"""Words after "not" which say that something else is denied than the plan."""

_ENDED = re.compile(
    r"\b(?:terminat|cancel|expir|discontinu|suspend|revok|rescind|withdr[ae]w|ceas)\w*\b"
    r"(?!.*\b(?:pursuant|under|in accordance|in compliance)\b)",
)
_DENIED_LATER = re.compile(
    r"\b(?<!not been )(?:terminated|cancell?ed|expired|revoked|rescinded|suspended|withdrawn|discontinued|no longer"
    r"|(?:is|was|are|were|did|does|do|has|had) not"
    r"(?! (?:aware|in possession|been (?:modif|amend|chang|alter|terminat|cancel|revok|suspend))))\b",
)
_BOX = re.compile(r"(?:\(c\))?(?: \w+){0,2} (?:check)?(?: |-)?box")
"""A mention that names the form's check box, not a plan."""

_MISSTATED = re.compile(
    r"\b(?:inadvertent|erroneous|incorrect|mistaken)ly (?:indicat|check|mark|stat|identif)\w+"
    r"|\b(?:indicated|checked|marked|stated|identified) (?:in error|(?:inadvertent|erroneous|incorrect|mistaken)ly)\b",
)
_TRADE = re.compile(
    r"\b(?:sales?|sold|sell|transactions?|trades?|effected|executed|made|purchase[ds]?|acquired|disposed|exercised?)\b",
)
_DONE = re.compile(r"\b(?:sold|effected|executed|made|purchased|acquired|disposed|exercised)\b")


class Plans(NamedTuple):
    """Hold the ids of the footnotes that name a plan, and of those that were not judged."""

    named: frozenset[str]
    unjudged: frozenset[str]


def plan_footnotes(footnotes: Mapping[str, str]) -> Plans:
    """Tell which footnotes name Rule 10b5-1 without denying it, in at least one place.

    Shape: in filed order, until the document's characters are used up; from there on nothing is said of a footnote that
    may name the rule.
    """
    room = MAX_JUDGED
    named, unjudged = set(), set()
    for footnote_id, footnote in footnotes.items():
        if not _HINT.search(footnote):
            continue
        text, mentions = "", []
        room -= len(footnote)
        if room >= 0:
            text = " ".join(_REFERENCE.sub(_meant, footnote).translate(_PLAIN).lower().split())
            mentions = list(_MENTION.finditer(text))
            room -= len(mentions) * (_BEFORE + _AFTER)
        if room < 0:
            unjudged.add(footnote_id)
        elif not all(_denied(text, mention) for mention in mentions):
            named.add(footnote_id)
    return Plans(frozenset(named), frozenset(unjudged))


def _meant(reference: re.Match[str]) -> str:
    """Return the character that a reference stands for."""
    return html.unescape(reference[0])


def _denied(text: str, mention: re.Match[str]) -> bool:
    """Tell whether the sentence around one mention says that the plan was not used, or is over, or names the box."""
    if _BOX.match(text, mention.end()):
        return True
    before = _SENTENCE_END.split(text[max(0, mention.start() - _BEFORE) : mention.start()])[-1]
    clause = _BREAK.split(before)[-1]
    if _NONE.search(before) or _ENDED.search(clause) or _MISSTATED.search(clause):
        return True
    if any(not _OTHER_SENSE.search(clause, negation.end()) for negation in _NOT.finditer(clause)):
        return True
    after = _SENTENCE_END.split(text[mention.end() : mention.end() + _AFTER], maxsplit=1)[0]
    denial = _DENIED_LATER.search(after)
    return denial is not None and not _TRADE.search(before) and not _DONE.search(after, 0, denial.start())
