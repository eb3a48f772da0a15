"""Write ownership documents as EDGAR's specification describes them, field by field.

Shape: a row is `transaction(...)` or `holding(...)`, a document is `document(row, …)`; every default is an ordinary
value, None leaves a value out, and `notes` hangs footnotes on an element.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

Notes = Mapping[str, Sequence[str]]

ISSUER_CIK = "0000012345"
OWNER_CIK = "0000067890"


class Terms(NamedTuple):
    """Hold what a derivative is a right to, at what price and when."""

    conversion_price: str | None = None
    exercise_date: str | None = None
    expiration_date: str | None = None
    underlying: str | None = None
    underlying_shares: str | None = None
    underlying_value: str | None = None


UNSTATED = Terms()


def element(name: str, *children: str | None) -> str:
    """Write an element around what is there of its children."""
    return f"<{name}>{''.join(child for child in children if child is not None)}</{name}>"


def plain(name: str, text: str | None) -> str | None:
    """Write an element whose text stands in it directly; None leaves it out."""
    return None if text is None else element(name, escape(text))


def noted(name: str, text: str | None, notes: Notes) -> str:
    """Write an element whose text stands in a child `value`, with its footnotes."""
    return element(name, plain("value", text), *references(name, notes))


def references(name: str, notes: Notes) -> list[str]:
    """Write the references of one element."""
    return [f"<footnoteId id={quoteattr(footnote_id)}/>" for footnote_id in notes.get(name, ())]


def transaction(
    *,
    table: str = "nonDerivative",
    title: str | None = "Common Stock",
    date: str | None = "2024-01-15",
    deemed: str | None = None,
    form: str | None = "4",
    code: str | None = "P",
    swap: str | None = "0",
    timeliness: str | None = None,
    shares: str | None = "100",
    price: str | None = "10.50",
    total: str | None = None,
    acquired: str | None = "A",
    shares_after: str | None = "1000",
    value_after: str | None = None,
    ownership: str | None = "D",
    nature: str | None = None,
    terms: Terms = UNSTATED,
    notes: Notes | None = None,
    extra: str = "",
) -> str:
    """Write one transaction; `notes` maps element names to footnote ids, `extra` is added at its end as it stands.

    Shape: `terms` are written in the derivative table alone.
    """
    notes = notes or {}
    return element(
        f"{table}Transaction",
        noted("securityTitle", title, notes),
        noted("conversionOrExercisePrice", terms.conversion_price, notes) if table == "derivative" else None,
        noted("transactionDate", date, notes),
        noted("deemedExecutionDate", deemed, notes),
        _coding(form, code, swap, notes),
        noted("transactionTimeliness", timeliness, notes),
        _times(terms, notes) if table == "derivative" else None,
        _amounts(shares, total, price, acquired, notes),
        _underlying(terms, notes) if table == "derivative" else None,
        _balance(shares_after, value_after, notes),
        _nature(ownership, nature, notes),
        extra,
    )


def holding(
    *,
    table: str = "nonDerivative",
    title: str | None = "Common Stock",
    shares_after: str | None = "1000",
    value_after: str | None = None,
    ownership: str | None = "D",
    nature: str | None = None,
    notes: Notes | None = None,
) -> str:
    """Write one holding."""
    notes = notes or {}
    return element(
        f"{table}Holding",
        noted("securityTitle", title, notes),
        _balance(shares_after, value_after, notes),
        _nature(ownership, nature, notes),
    )


def _coding(form: str | None, code: str | None, swap: str | None, notes: Notes) -> str:
    """Write what kind of transaction it was."""
    return element(
        "transactionCoding",
        plain("transactionFormType", form),
        plain("transactionCode", code),
        plain("equitySwapInvolved", swap),
        *references("transactionCoding", notes),
    )


def _amounts(shares: str | None, total: str | None, price: str | None, acquired: str | None, notes: Notes) -> str:
    """Write how much was traded, for how much, and in which direction."""
    return element(
        "transactionAmounts",
        noted("transactionShares", shares, notes),
        noted("transactionTotalValue", total, notes),
        noted("transactionPricePerShare", price, notes),
        noted("transactionAcquiredDisposedCode", acquired, notes),
    )


def _times(terms: Terms, notes: Notes) -> str:
    """Write from when to when a derivative can be exercised."""
    return noted("exerciseDate", terms.exercise_date, notes) + noted("expirationDate", terms.expiration_date, notes)


def _underlying(terms: Terms, notes: Notes) -> str:
    """Write what a derivative is a right to."""
    return element(
        "underlyingSecurity",
        noted("underlyingSecurityTitle", terms.underlying, notes),
        noted("underlyingSecurityShares", terms.underlying_shares, notes),
        noted("underlyingSecurityValue", terms.underlying_value, notes),
    )


def _balance(shares: str | None, value: str | None, notes: Notes) -> str:
    """Write what is owned after a row."""
    return element(
        "postTransactionAmounts",
        noted("sharesOwnedFollowingTransaction", shares, notes),
        noted("valueOwnedFollowingTransaction", value, notes),
    )


def _nature(ownership: str | None, nature: str | None, notes: Notes) -> str:
    """Write how a security is held."""
    return element(
        "ownershipNature",
        noted("directOrIndirectOwnership", ownership, notes),
        noted("natureOfOwnership", nature, notes),
    )


def owner(
    cik: str | None = OWNER_CIK,
    name: str | None = "Doe Jane",
    *,
    director: str | None = "1",
    officer: str | None = None,
    ten_percent: str | None = None,
    other: str | None = None,
    title: str | None = None,
    other_text: str | None = None,
) -> str:
    """Write one reporting owner."""
    return element(
        "reportingOwner",
        element("reportingOwnerId", plain("rptOwnerCik", cik), plain("rptOwnerName", name)),
        element("reportingOwnerAddress", plain("rptOwnerCity", "Springfield"), plain("rptOwnerState", "IL")),
        element(
            "reportingOwnerRelationship",
            plain("isDirector", director),
            plain("isOfficer", officer),
            plain("isTenPercentOwner", ten_percent),
            plain("isOther", other),
            plain("officerTitle", title),
            plain("otherText", other_text),
        ),
    )


def _issuer(cik: str | None, symbol: str | None) -> str:
    """Write whose securities were traded."""
    return element(
        "issuer", plain("issuerCik", cik), plain("issuerName", "Example Corp"), plain("issuerTradingSymbol", symbol)
    )


def document(
    *rows: str,
    form: str | None = "4",
    schema: str | None = "X0508",
    period: str | None = "2024-01-15",
    original: str | None = None,
    box: str | None = None,
    issuer_cik: str | None = ISSUER_CIK,
    symbol: str | None = "EXMP",
    owners: Sequence[str] | None = None,
    footnotes: Mapping[str, str] | None = None,
    remarks: str | None = None,
    signed: str | None = "2024-01-17",
    extra: str = "",
) -> bytes:
    """Write a whole document; rows find their table by their name, `extra` is added at its end as it stands."""
    derivative = [row for row in rows if row.startswith("<derivative")]
    others = [row for row in rows if row not in derivative]
    notes = [f"<footnote id={quoteattr(name)}>{escape(text)}</footnote>" for name, text in (footnotes or {}).items()]
    return (
        b'<?xml version="1.0"?>\n'
        + element(
            "ownershipDocument",
            plain("schemaVersion", schema),
            plain("documentType", form),
            plain("periodOfReport", period),
            plain("dateOfOriginalSubmission", original),
            _issuer(issuer_cik, symbol),
            *([owner()] if owners is None else owners),
            plain("aff10b5One", box),
            element("nonDerivativeTable", *others),
            element("derivativeTable", *derivative),
            element("footnotes", *notes),
            plain("remarks", remarks),
            element("ownerSignature", plain("signatureName", "/s/ Jane Doe"), plain("signatureDate", signed)),
            extra,
        ).encode()
    )
