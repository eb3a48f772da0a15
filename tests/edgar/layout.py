"""Name the elements of an ownership document, in the order of the SEC's schema.

Both directions use these tables: `extract` reads documents by them, `document` writes documents by them.
"""

from dataclasses import dataclass

HEAD = (
    "schemaVersion",
    "documentType",
    "periodOfReport",
    "dateOfOriginalSubmission",
    "noSecuritiesOwned",
    "notSubjectToSection16",
    "form3HoldingsReported",
    "form4TransactionsReported",
)
ISSUER = ("issuerCik", "issuerName", "issuerTradingSymbol")
OWNER_ID = ("rptOwnerCik", "rptOwnerName")
OWNER_ROLES = ("isDirector", "isOfficer", "isTenPercentOwner", "isOther", "officerTitle", "otherText")

ROWS = {
    "nt": ("nonDerivativeTable", "nonDerivativeTransaction"),
    "nh": ("nonDerivativeTable", "nonDerivativeHolding"),
    "dt": ("derivativeTable", "derivativeTransaction"),
    "dh": ("derivativeTable", "derivativeHolding"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """Say where one value of a row stands.

    Shape: plain elements hold their text themselves; the others hold `value` and any number of `footnoteId`.
    """

    name: str
    path: str
    plain: bool = False


LINE = (
    Column("security", "securityTitle"),
    Column("conversion_price", "conversionOrExercisePrice"),
    Column("date", "transactionDate"),
    Column("deemed_date", "deemedExecutionDate"),
    Column("form_type", "transactionCoding/transactionFormType", plain=True),
    Column("code", "transactionCoding/transactionCode", plain=True),
    Column("equity_swap", "transactionCoding/equitySwapInvolved", plain=True),
    Column("coding_notes", "transactionCoding"),
    Column("timeliness", "transactionTimeliness"),
    Column("shares", "transactionAmounts/transactionShares"),
    Column("total_value", "transactionAmounts/transactionTotalValue"),
    Column("price", "transactionAmounts/transactionPricePerShare"),
    Column("acquired_disposed", "transactionAmounts/transactionAcquiredDisposedCode"),
    Column("exercise_date", "exerciseDate"),
    Column("expiration_date", "expirationDate"),
    Column("underlying", "underlyingSecurity/underlyingSecurityTitle"),
    Column("underlying_shares", "underlyingSecurity/underlyingSecurityShares"),
    Column("underlying_value", "underlyingSecurity/underlyingSecurityValue"),
    Column("shares_after", "postTransactionAmounts/sharesOwnedFollowingTransaction"),
    Column("value_after", "postTransactionAmounts/valueOwnedFollowingTransaction"),
    Column("ownership", "ownershipNature/directOrIndirectOwnership"),
    Column("nature", "ownershipNature/natureOfOwnership"),
)
