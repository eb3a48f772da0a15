"""List every element of an ownership document: where its value goes and how it is read.

A new field is one line here (and one in the dataclass of `services.form4.domain` that it goes to).
Source: the EDGAR Ownership XML Technical Specification 5.5, sections 3.4 and 3.5.
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.form4.domain import Kind, Table
from services.form4.ownership.values import (
    Reader,
    read_boolean,
    read_cik,
    read_date,
    read_number,
    read_ownership,
    read_prose,
    read_text,
)

DOCUMENT, ISSUER, OWNER, LINE, SIGNATURE = range(5)
"""The kinds of record that an element can belong to; numbers, because an enum's member takes 100 ns to look up."""


class Field(NamedTuple):
    """Say where the value of an element goes, how it is read, and whether its text stands in a child `value`."""

    scope: int
    name: str
    read: Reader
    wrapped: bool = False


def _line(name: str, read: Reader) -> Field:
    """Describe a field of a line whose text stands in a child `value`, beside its footnotes."""
    return Field(LINE, name, read, wrapped=True)


FIELDS: Mapping[str, Field] = {
    "documentType": Field(DOCUMENT, "form_type", read_text),
    "schemaVersion": Field(DOCUMENT, "schema_version", read_text),
    "periodOfReport": Field(DOCUMENT, "period_of_report", read_date),
    "dateOfOriginalSubmission": Field(DOCUMENT, "date_of_original_submission", read_date),
    "notSubjectToSection16": Field(DOCUMENT, "not_subject_to_section16", read_boolean),
    "noSecuritiesOwned": Field(DOCUMENT, "no_securities_owned", read_boolean),
    "form3HoldingsReported": Field(DOCUMENT, "form3_holdings_reported", read_boolean),
    "form4TransactionsReported": Field(DOCUMENT, "form4_transactions_reported", read_boolean),
    "aff10b5One": Field(DOCUMENT, "rule_10b5_1", read_boolean),
    "remarks": Field(DOCUMENT, "remarks", read_prose),
    "issuerCik": Field(ISSUER, "cik", read_cik),
    "issuerName": Field(ISSUER, "name", read_text),
    "issuerTradingSymbol": Field(ISSUER, "symbol", read_text),
    "issuerForeignTradingSymbol": Field(ISSUER, "foreign_symbol", read_text),
    "rptOwnerCik": Field(OWNER, "cik", read_cik),
    "rptOwnerName": Field(OWNER, "name", read_text),
    "isDirector": Field(OWNER, "director", read_boolean),
    "isOfficer": Field(OWNER, "officer", read_boolean),
    "isTenPercentOwner": Field(OWNER, "ten_percent", read_boolean),
    "isOther": Field(OWNER, "other", read_boolean),
    "officerTitle": Field(OWNER, "title", read_text),
    "otherText": Field(OWNER, "other_text", read_text),
    "securityTitle": _line("security_title", read_text),
    "transactionDate": _line("date", read_date),
    "deemedExecutionDate": _line("deemed_execution_date", read_date),
    "transactionFormType": Field(LINE, "form_type", read_text),
    "transactionCode": Field(LINE, "code", read_text),
    "equitySwapInvolved": Field(LINE, "equity_swap", read_boolean),
    "transactionTimeliness": _line("timeliness", read_text),
    "transactionAcquiredDisposedCode": _line("acquired_disposed", read_text),
    "transactionShares": _line("shares", read_number),
    "transactionPricePerShare": _line("price", read_number),
    "transactionTotalValue": _line("total_value", read_number),
    "sharesOwnedFollowingTransaction": _line("shares_after", read_number),
    "valueOwnedFollowingTransaction": _line("value_after", read_number),
    "directOrIndirectOwnership": _line("ownership", read_ownership),
    "natureOfOwnership": _line("nature", read_text),
    "conversionOrExercisePrice": _line("conversion_price", read_number),
    "exerciseDate": _line("exercise_date", read_date),
    "expirationDate": _line("expiration_date", read_date),
    "underlyingSecurityTitle": _line("underlying_title", read_text),
    "underlyingSecurityShares": _line("underlying_shares", read_number),
    "underlyingSecurityValue": _line("underlying_value", read_number),
    "signatureName": Field(SIGNATURE, "name", read_text),
    "signatureDate": Field(SIGNATURE, "date", read_date),
}

ROWS: Mapping[str, tuple[Table, Kind]] = {
    "nonDerivativeTransaction": (Table.NON_DERIVATIVE, Kind.TRANSACTION),
    "nonDerivativeHolding": (Table.NON_DERIVATIVE, Kind.HOLDING),
    "derivativeTransaction": (Table.DERIVATIVE, Kind.TRANSACTION),
    "derivativeHolding": (Table.DERIVATIVE, Kind.HOLDING),
}
"""The elements that begin a line."""

SECTIONS = frozenset(
    {"ownershipDocument", "issuer", "nonDerivativeTable", "derivativeTable", "footnotes"},
)
"""The elements that hold records; what stands in them, but in no record of theirs, belongs to nothing."""

GROUPS: Mapping[str, str] = {
    "transactionCoding": "code",
    "transactionAmounts": "shares",
    "postTransactionAmounts": "shares_after",
    "ownershipNature": "ownership",
    "underlyingSecurity": "underlying_title",
}
"""The elements that only group fields, with the field that a footnote of the group itself is about."""

IGNORED = frozenset(
    {
        "reportingOwnerId",
        "reportingOwnerAddress",
        "reportingOwnerRelationship",
        "rptOwnerCcc",
        "rptOwnerStreet1",
        "rptOwnerStreet2",
        "rptOwnerCity",
        "rptOwnerState",
        "rptOwnerStateDescription",
        "rptOwnerZipCode",
        "rptOwnerGoodAddress",
        "rptOwnerNonUSAddressFlag",
        "rptOwnerNonUSStateTerritory",
        "rptOwnerCountry",
    },
)
"""The elements that are known and say nothing that is kept: addresses are no figure."""
