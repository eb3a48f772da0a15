"""Print ownership documents as JSON Lines: `python -m services.form4 parse FILE…`. Needs no database.

Shape: one object a line, in the order of the files, printed as soon as it is read; decimals are strings, dates are as
filed, what is absent is null. A file that cannot be read is an object with `file` and `error`, and the exit code is 1.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from services.form4.domain import Line, OwnershipDocument, ReportingOwner
from services.form4.ownership import OwnershipError, parse
from services.limits import MAX_DOCUMENT_BYTES

BROKEN_PIPE = 128 + 13
"""What a shell reports of a program whose reader went away (SIGPIPE)."""

_ACCESSION = re.compile(r"\d{10}-\d{2}-\d{6}", re.ASCII)
_AS_FILED = (
    "form_type",
    "schema_version",
    "period_of_report",
    "date_of_original_submission",
    "not_subject_to_section16",
    "no_securities_owned",
)
_LINE = (
    "table",
    "kind",
    "line",
    "ordinal",
    "security_title",
    "date",
    "deemed_execution_date",
    "form_type",
    "code",
    "equity_swap",
    "timeliness",
    "acquired_disposed",
    "shares",
    "price",
    "total_value",
    "shares_after",
    "value_after",
    "ownership",
    "nature",
    "footnote_ids",
    "conversion_price",
    "exercise_date",
    "expiration_date",
    "underlying_title",
    "underlying_shares",
    "underlying_value",
    "type",
    "headline",
    "amount",
    "planned",
    "planned_source",
    "flags",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Print every file that the command line names; return 1 if one could not be read."""
    parser = argparse.ArgumentParser(
        prog="python -m services.form4 parse",
        description="Print ownership documents (Forms 3, 4 and 5 as XML) as JSON Lines.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="an ownershipDocument, or a submission with one")
    files = parser.parse_args(argv).files
    try:
        failed = sum([_print(answer) for answer in answers(files)])
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the flush at exit complains
        return BROKEN_PIPE
    return 1 if failed else 0


def answers(files: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield what is printed of each file, one at a time."""
    for file in files:
        name = os.fsencode(file).decode("utf-8", "replace")
        try:
            yield {"file": name, **document_object(parse(_read(Path(file))), Path(name).name)}
        except OwnershipError as error:
            yield {"file": name, "error": str(error)}
        except (OSError, ValueError) as error:  # ValueError: a name with NUL
            yield {"file": name, "error": getattr(error, "strerror", None) or str(error)}


def _read(path: Path) -> bytes:
    """Return a file's bytes, at most one more than a document may have; a device may have no end."""
    with path.open("rb") as file:
        return file.read(MAX_DOCUMENT_BYTES + 1)


def _print(answer: dict[str, Any]) -> bool:
    """Print one object at once, and tell whether it is an error."""
    sys.stdout.buffer.write(orjson.dumps(answer, default=_plain, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()
    return "error" in answer


def _plain(value: object) -> str:
    """Write a Decimal digit by digit, never in scientific notation."""
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(type(value).__name__)


def document_object(document: OwnershipDocument, name: str) -> dict[str, Any]:
    """Say a document in the words of the command's output.

    Shape: `accession_number` is what the file's name begins with, else null.
    """
    accession = _ACCESSION.match(name)
    return {
        "accession_number": accession and accession[0],
        **{field: getattr(document, field) for field in _AS_FILED},
        "issuer": {"cik": document.issuer.cik, "name": document.issuer.name, "symbol": document.issuer.symbol},
        "owners": [_owner(owner) for owner in document.owners],
        "rule_10b5_1": document.rule_10b5_1,
        "flags": document.flags,
        "lines": [_line(line) for line in document.lines],
        "footnotes": document.footnotes,
        "remarks": document.remarks,
        "summary": {
            "buy_count": document.summary.buy_count,
            "sell_count": document.summary.sell_count,
            "total_buys": document.summary.total_buys,
            "total_sells": document.summary.total_sells,
        },
    }


def _owner(owner: ReportingOwner) -> dict[str, Any]:
    """Say a reporting owner in the words of the command's output."""
    return {
        "cik": owner.cik,
        "name": owner.name,
        "roles": owner.roles,
        "title": owner.title,
        "other_text": owner.other_text,
    }


def _line(line: Line) -> dict[str, Any]:
    """Say a line in the words of the command's output."""
    return {field: getattr(line, field) for field in _LINE}
