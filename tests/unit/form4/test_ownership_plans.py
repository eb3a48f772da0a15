"""A footnote names a Rule 10b5-1 plan however it is written, unless it denies it (pitfall 14)."""

import pytest

from services.form4.ownership.plans import MAX_JUDGED, Plans, plan_footnotes

SAYS = [
    "Sold pursuant to a Rule 10b5-1 trading plan.",
    "SHARES WERE SOLD UNDER 10B5 1 PLAN",
    "Rule 10b5\u20111 plan",
    "Rule\xa010b5\u20131(c)",
    "Rule 10b5\u20141",
    "rule 10b-5-1 plan",
    "10(b)5-1 plan",
    "10b5(1)",
    "10b51 plan",
    "10b5 - 1 plan",
    "Rule 10b-51",
    "The sales were not at the discretion of the reporting person but made pursuant to a Rule 10b5-1 plan.",
    "These sales do not represent a discretionary trade and were made pursuant to a Rule 10b5-1 plan.",
    "pursuant to a non-discretionary Rule 10b5-1 plan",
    "exercise of non-qualified options pursuant to a 10b5-1 plan",
    "Sold under a Rule 10b5-1 plan, which was terminated on June 1.",
    "The Rule 10b5-1 plan under which these shares were sold has expired.",
    "sale of shares from options that expire soon, made under a Rule 10b5-1 plan",
    "Options that would expire in June exercised pursuant to a 10b5-1 plan.",
    "Shares not withheld for taxes were sold pursuant to a Rule 10b5-1 plan.",
    "Sold under a 10b5-1 plan. The reporting person is not a party to any other plan.",
    "intended to comply with the requirements of Rule 10b5-1(c)",
    "10b5-1",
    "Rule 10b5\u00961 plan",
    "10\u200bb5-1 plan",
    "Rule 10b5&#8211;1&nbsp;plan",
    "Rule 10-b5-1 plan",
    "Rule 10b-5.1 plan",
    "Rule 10b5-l plan",
    "Rule10b5-1c plan",
    "Sold under a 10b5 plan",
    "a Rule 10b-5 pre-arranged trading plan",
    "adopted while not in possession of material information, and pursuant to that Rule 10b5-1 plan",
    "The reporting person, while not in possession of material information, entered into a Rule 10b5-1 plan.",
    "Pursuant to a Rule 10b5-1 plan, adopted when he was not aware of any material nonpublic information.",
    "sold without further instruction by the reporting person under a Rule 10b5-1 plan",
    "The trust, over which the reporting person has no voting power, sold under a Rule 10b5-1 plan",
    "The reporting person had no knowledge of the trades of the broker under the Rule 10b5-1 plan",
    "not exceeding 5,000 shares a month under a 10b5-1 plan",
    "no more than 5,000 shares a month under a 10b5-1 plan",
    "under plan no 3 under Rule 10b5-1",
    "The sale was not voluntary and occurred pursuant to a 10b5-1 plan.",
    "The 10b5-1 plan was adopted on March 1, 2021 and has not been modified",
    "The reporting person's 10b5-1 plan has not been terminated",
    "As indicated by the check box above, sold pursuant to a Rule 10b5-1 plan",
    "This sale, under a Rule 10b5-1 plan, was inadvertently omitted from the original report",
]

DENIES = [
    "Not pursuant to a Rule 10b5-1 plan.",
    "The sale was not made pursuant to a pre-arranged Rule 10b5-1 trading plan.",
    "other than pursuant to a 10b5-1 plan",
    "The reporting person terminated his Rule 10b5-1 plan.",
    "Following the termination of the Rule 10b5-1 plan, the shares were sold in the open market",
    "The Rule 10b5-1 plan was terminated",
    "This plan is no longer a Rule 10b5-1 plan",
    "shares no longer subject to a 10b5-1 plan",
    "Sold outside of any 10b5-1 plan",
    "non-Rule 10b5-1 sale",
    "non-10b5-1 trade",
    "Neither sale was under a 10b5-1 plan",
    "No shares were sold pursuant to a Rule 10b5-1 plan.",
    "None of the sales was made under Rule 10b5-1.",
    "The trading plan adopted under Rule 10b5-1 has been cancelled",
    "wasn't effected under a 10b5-1 plan",
    "was not effected pursuant to, or in connection with, any trading plan adopted under Rule 10b5-1",
    "Rule 10b-5",
    "Rule 10b-5 1934 Act",
    "under Rule 10b-5 and Section 16",
    "Rule 10b-18",
    "Rule 10b5-2",
    "10b5-10 units",
    "",
    "110b5-1",
    "The sales were made without a 10b5-1 plan",
    "rather than under a Rule 10b5\u20131 plan",
    "The reporting person's Rule 10b5-1 plan does not cover these shares",
    "not part of a 10b5 1 plan",
    "Rule 10b\u20115",
    "Rule 10b-5 and the stock plan",
    "not under a 10b-5 trading plan",
    "sold under a non-Rule 10b5-1 trading arrangement",
    "A Rule 10b5-1 plan has not been adopted by the reporting person",
    "The original report inadvertently indicated that the sale was pursuant to a Rule 10b5-1 plan.",
    "The Rule 10b5-1 box was checked in error.",
    "The filer inadvertently checked the 10b5-1(c) checkbox; there was no plan.",
    "not made pursuant to a contract, instruction or written plan intended to satisfy Rule 10b5-1(c)",
]


@pytest.mark.parametrize("footnote", SAYS)
def test_plans_are_found_in_every_spelling(footnote: str) -> None:
    """Dashes, blanks, brackets and case vary, the rule is the same; other words of the sentence deny other things."""
    assert plan_footnotes({"F1": footnote}) == Plans(frozenset({"F1"}), frozenset())


@pytest.mark.parametrize("footnote", DENIES)
def test_denials_and_other_rules_are_no_plan(footnote: str) -> None:
    """A denied, ended or absent plan is none, and Rule 10b-5 is another rule."""
    assert plan_footnotes({"F1": footnote}) == Plans(frozenset(), frozenset())


def test_one_undenied_mention_is_enough() -> None:
    """A footnote that denies one plan and names another says that there is one."""
    footnote = "Not made under the 2020 Rule 10b5-1 plan. Made under a Rule 10b5-1 plan adopted on May 2, 2023."
    assert plan_footnotes({"F1": footnote}).named == {"F1"}


def test_footnotes_are_told_by_id() -> None:
    """Only the footnotes that name a plan are returned."""
    footnotes = {"F1": "See remarks.", "F2": "Under a Rule 10b5-1 plan.", "F3": "No Rule 10b5-1 plan was in effect."}
    assert plan_footnotes(footnotes) == Plans(frozenset({"F2"}), frozenset())


def test_a_late_mention_counts() -> None:
    """A plan at the end of a long footnote, behind many denials, is found."""
    footnote = "Not under a 10b5-1 plan. " * 40 + "x " * 10_000 + "Sold under a Rule 10b5-1 plan."
    assert plan_footnotes({"F1": footnote}) == Plans(frozenset({"F1"}), frozenset())


@pytest.mark.parametrize(
    "filler",
    [
        pytest.param("10b5-1 plan " + "x" * (MAX_JUDGED // 10), id="long"),
        pytest.param("not 10b5-1; " * (MAX_JUDGED // 2_600), id="many mentions"),
    ],
)
def test_what_is_judged_is_bounded_by_the_document(filler: str) -> None:
    """Once the document's characters are used up, a footnote that may name the rule is not judged, and told."""
    footnotes = {f"F{number}": filler for number in range(1, 31)} | {"F31": "Under a Rule 10b5-1 plan.", "F32": "None."}
    named, unjudged = plan_footnotes(footnotes)
    assert "F1" not in unjudged
    assert unjudged >= {"F30", "F31"}
    assert not named & unjudged
    assert "F32" not in unjudged


def test_one_footnote_beyond_all_bounds_is_not_judged() -> None:
    """A footnote of more characters than a document may have judged is unknown, however it begins."""
    assert plan_footnotes({"F1": "Under a Rule 10b5-1 plan. " + "x" * MAX_JUDGED}) == Plans(
        frozenset(), frozenset({"F1"})
    )


def test_what_edgar_allows_is_judged() -> None:
    """All of 99 footnotes of 1,000 characters that each name the rule twice are judged."""
    text = ("Not under a 10b5-1 plan. " + "x " * 480)[:960] + "Sold under a Rule 10b5-1 plan."
    footnotes = {f"F{number}": text for number in range(1, 100)}
    assert plan_footnotes(footnotes) == Plans(frozenset(footnotes), frozenset())
