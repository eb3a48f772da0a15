"""Ingest one ownership document: parse, classify, and write it in one transaction."""

from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import Counter
from sqlalchemy.orm import Session

from services.chassis.logs import get_logger
from services.form4.domain import PARSER_VERSION, Kind, OwnershipDocument
from services.form4.errors import DocumentUnreadable
from services.form4.ownership import OwnershipError, parse
from services.form4.repository import filings
from services.form4.repository.filings import Stamp
from services.form4.rows import Submission, rows

log = get_logger(__name__)

UNKNOWN_ELEMENTS = Counter("sectracker_unknown_elements", "Elements of documents that the parser does not know.")


class Outcome(StrEnum):
    """Name what an ingestion changed; the words are the contract's."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Ingested:
    """Report what became of a document."""

    outcome: Outcome
    document: OwnershipDocument

    def count(self, kind: Kind) -> int:
        """Return the number of lines of one kind."""
        return sum(line.kind is kind for line in self.document.lines)


def ingest(session: Session, submission: Submission) -> Ingested:
    """Store a filing's lines once.

    Shape: idempotent by accession number, hash, parser and filing dates; other bytes replace all rows of the filing.
    Raises: DocumentUnreadable, and then nothing is written.
    """
    document = read(submission)
    filings.lock(session, submission.accession_number)
    stored = filings.stamp(session, submission.accession_number)
    if stored == Stamp(submission.sha256, PARSER_VERSION, submission.filed_on, submission.accepted_at):
        return Ingested(Outcome.UNCHANGED, document)
    filings.replace(session, rows(submission, document))
    return Ingested(Outcome.REPLACED if stored else Outcome.CREATED, document)


def read(submission: Submission) -> OwnershipDocument:
    """Parse a document; its lines belong to the issuer that it names, whoever listed the filing.

    Raises: DocumentUnreadable.
    """
    try:
        document = parse(submission.document, filed_on=submission.filed_on)
    except OwnershipError as error:
        raise DocumentUnreadable(accession_number=submission.accession_number, cause=error.cause) from error
    if document.unknown_elements:  # the names go to the log alone: as labels, a hostile document could make thousands
        UNKNOWN_ELEMENTS.inc(sum(document.unknown_elements.values()))
        log.warning(
            "unknown elements", accession_number=submission.accession_number, elements=document.unknown_elements
        )
    return document
