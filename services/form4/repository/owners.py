"""Name an owner whose lines were summed: by the newest of them, since names and parts in the issuer change."""

from typing import Any

from sqlalchemy import FromClause, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import SQLColumnExpression
from sqlalchemy.sql.selectable import LateralFromClause

from services.form4.models import Transaction


def newest_words(owners: FromClause, issuer_cik: SQLColumnExpression[Any]) -> LateralFromClause:
    """Read an owner's name and role, both from one line.

    Shape: `owners` has owner_cik and newest, the known_at of the owner's newest line; of lines of one moment the one
    with the highest accession number is read.
    """
    line = aliased(Transaction)
    return (
        select(line.owner_name, line.owner_role)
        .where(line.issuer_cik == issuer_cik, line.owner_cik == owners.c.owner_cik, line.known_at == owners.c.newest)
        .order_by(line.accession_number.desc())
        .limit(1)
        .lateral("named")
    )
