"""List every element of an ownership document: where its value goes and how it is read.

A new field is one line here (and one in the dataclass of `services.form4.domain` that it goes to).
Source: the EDGAR Ownership XML Technical Specification 5.5, sections 3.4 and 3.5. Schema X0101 (2003) has rows outside
any table and calls the price per share transactionValue.
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.form4.domain import Kind, Table
from services.form4.ownership.values import (
    Reader,
    read_boolean,
    read_cik,
    read_code,
    read_date,
    read_number,
    read_ownership,
    read_prose,
    read_text,
)

DOCUMENT, ISSUER, OWNER, LINE, SIGNATURE = range(5)
"""The kinds of record that an element can belong to; numbers, because an enum's member takes 100 ns to look up."""


class Field(NamedTuple):
    """Say where the value of an element goes and how it is read; an element without a reader only groups others."""

    scope: int
    name: str
    read: Reader | None
    wrapped: bool = False
    """Whether the text stands in a child `value`, beside footnotes."""


def _line(name: str, read: Reader) -> Field:
    """Describe a field of a line whose text stands in a child `value`."""
    return Field(LINE, name, read, wrapped=True)


def _group(name: str) -> Field:
    """Describe an element that groups fields of a line, by the field that a footnote of the group itself is about."""
    return Field(LINE, name, None, wrapped=True)


_IGNORED = Field(OWNER, "", None, wrapped=True)
"""Addresses are no figure: known, and not kept."""

CODING = "transactionCoding"
"""The one group whose fields have no child `value`: their footnotes stand beside them, in the group."""

FIELDS: Mapping[str, Field] = {
    "documentType": Field(DOCUMENT, "form_type", read_code),
    "schemaVersion": Field(DOCUMENT, "schema_version", read_code),
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
    "reportingOwnerId": _IGNORED,
    "rptOwnerCik": Field(OWNER, "cik", read_cik),
    "rptOwnerName": Field(OWNER, "name", read_text),
    "rptOwnerCcc": _IGNORED,
    "reportingOwnerAddress": _IGNORED,
    "rptOwnerStreet1": _IGNORED,
    "rptOwnerStreet2": _IGNORED,
    "rptOwnerCity": _IGNORED,
    "rptOwnerState": _IGNORED,
    "rptOwnerStateDescription": _IGNORED,
    "rptOwnerZipCode": _IGNORED,
    "rptOwnerGoodAddress": _IGNORED,
    "rptOwnerNonUSAddressFlag": _IGNORED,
    "rptOwnerNonUSStateTerritory": _IGNORED,
    "rptOwnerCountry": _IGNORED,
    "reportingOwnerRelationship": _IGNORED,
    "isDirector": Field(OWNER, "director", read_boolean),
    "isOfficer": Field(OWNER, "officer", read_boolean),
    "isTenPercentOwner": Field(OWNER, "ten_percent", read_boolean),
    "isOther": Field(OWNER, "other", read_boolean),
    "officerTitle": Field(OWNER, "title", read_text),
    "otherText": Field(OWNER, "other_text", read_text),
    "securityTitle": _line("security_title", read_text),
    "transactionDate": _line("date", read_date),
    "deemedExecutionDate": _line("deemed_execution_date", read_date),
    CODING: _group("code"),
    "transactionFormType": Field(LINE, "form_type", read_code),
    "transactionCode": Field(LINE, "code", read_code),
    "equitySwapInvolved": Field(LINE, "equity_swap", read_boolean),
    "transactionTimeliness": _line("timeliness", read_code),
    "transactionAmounts": _group("shares"),
    "transactionShares": _line("shares", read_number),
    "transactionPricePerShare": _line("price", read_number),
    "transactionValue": _line("price", read_number),
    "transactionTotalValue": _line("total_value", read_number),
    "transactionAcquiredDisposedCode": _line("acquired_disposed", read_code),
    "postTransactionAmounts": _group("shares_after"),
    "sharesOwnedFollowingTransaction": _line("shares_after", read_number),
    "valueOwnedFollowingTransaction": _line("value_after", read_number),
    "ownershipNature": _group("ownership"),
    "directOrIndirectOwnership": _line("ownership", read_ownership),
    "natureOfOwnership": _line("nature", read_text),
    "conversionOrExercisePrice": _line("conversion_price", read_number),
    "exerciseDate": _line("exercise_date", read_date),
    "expirationDate": _line("expiration_date", read_date),
    "underlyingSecurity": _group("underlying_title"),
    "underlyingSecurityTitle": _line("underlying_title", read_text),
    "underlyingSecurityShares": _line("underlying_shares", read_number),
    "underlyingSecurityValue": _line("underlying_value", read_number),
    "signatureName": Field(SIGNATURE, "name", read_text),
    "signatureDate": Field(SIGNATURE, "date", read_date),
}

ROWS: Mapping[str, tuple[Table, Kind | None]] = {
    "nonDerivativeTransaction": (Table.NON_DERIVATIVE, Kind.TRANSACTION),
    "nonDerivativeHolding": (Table.NON_DERIVATIVE, Kind.HOLDING),
    "derivativeTransaction": (Table.DERIVATIVE, Kind.TRANSACTION),
    "derivativeHolding": (Table.DERIVATIVE, Kind.HOLDING),
    "nonDerivativeSecurity": (Table.NON_DERIVATIVE, None),
    "derivativeSecurity": (Table.DERIVATIVE, None),
}
"""The elements that begin a line; those of schema X0101 leave its kind to what stands in them."""

SECTIONS = frozenset(
    {"ownershipDocument", "issuer", "nonDerivativeTable", "derivativeTable", "footnotes"},
)
"""The elements that hold records; what stands in them, but in no record of theirs, belongs to nothing."""
