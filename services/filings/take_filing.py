"""Take one ownership filing from the SEC to form4: fetch, store, hand over. Safe to repeat at any point."""

import asyncio
import datetime as dt
from dataclasses import dataclass

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.form4.v1.ownership_service_pb2 import (
    IngestRequest,
    ListTransactionsByIssuersRequest,
    SetCoverageRequest,
)
from sectracker.form4.v1.ownership_service_pb2_grpc import OwnershipServiceStub

from services.chassis.db import Sessions
from services.chassis.logs import get_logger
from services.filings.domain import Fate, Job
from services.filings.edgar.client import EdgarClient
from services.filings.edgar.errors import Malformed, NotFound, TooLarge
from services.filings.edgar.sgml import SgmlSubmission, ownership_xml, parse_submission
from services.filings.repository import filings
from services.filings.repository.filings import PendingFiling
from services.identifiers import AccessionNumber, Cik
from services.limits import MAX_DOCUMENT_BYTES

log = get_logger(__name__)

INGEST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Taker:
    """Take filings with the means of one worker."""

    sessions: Sessions
    edgar: EdgarClient
    form4: OwnershipServiceStub

    async def take(self, job: Job, filing: PendingFiling) -> Fate:
        """Return what has become of a filing.

        Raises: EdgarError or grpc.RpcError where it may succeed later.
        """
        try:
            body = await self.submission(job, filing)
        except NotFound:
            return Fate.MISSING
        except (TooLarge, Malformed) as error:
            log.warning("submission refused", accession_number=filing.accession_number, error=str(error))
            return Fate.UNREADABLE
        return await asyncio.to_thread(self.hand_over, filing, body)

    async def submission(self, job: Job, filing: PendingFiling) -> bytes:
        """Return a submission's bytes: the stored ones, else the SEC's, which are then stored.

        Raises: EdgarError.
        """
        if filing.fate != Fate.UNREADABLE:  # what could not be read is fetched anew: it may have been damaged
            stored = await asyncio.to_thread(self.stored, filing.accession_number)
            if stored is not None:
                return stored
        resource = self.edgar.urls.submission_text(Cik(job.cik), AccessionNumber(filing.accession_number))
        document = await self.edgar.get(resource, job.priority)
        await asyncio.to_thread(self.store, filing.accession_number, document.url, document.body)
        return document.body

    def stored(self, accession: str) -> bytes | None:
        """Return the stored bytes of a submission, or None."""
        with self.sessions() as session:
            return filings.document(session, accession)

    def store(self, accession: str, url: str, body: bytes) -> None:
        """Keep a submission's bytes before anything is made of them."""
        with self.sessions() as session:
            filings.store(session, accession, url, body)

    def hand_over(self, filing: PendingFiling, body: bytes) -> Fate:
        """Give the ownership document in a submission to form4.

        Raises: grpc.RpcError where form4 cannot take it now.
        """
        try:
            submission = parse_submission(body)
        except Malformed as error:
            log.warning("submission unreadable", accession_number=filing.accession_number, error=str(error))
            return Fate.UNREADABLE
        if submission.accession_number not in (None, filing.accession_number):
            log.warning("another submission", accession_number=filing.accession_number, got=submission.accession_number)
            return Fate.UNREADABLE
        document = ownership_xml(submission)
        if document is None:
            log.info("submission without ownership XML", accession_number=filing.accession_number)
            return Fate.UNREADABLE
        if len(document) > MAX_DOCUMENT_BYTES:
            log.warning("document too large", accession_number=filing.accession_number, bytes=len(document))
            return Fate.UNREADABLE
        try:
            self.form4.Ingest(ingest_request(filing, submission, document), timeout=INGEST_SECONDS)
        except grpc.RpcError as error:
            if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.INVALID_ARGUMENT:
                log.warning("document refused", accession_number=filing.accession_number, error=error.details())
                return Fate.UNREADABLE
            raise
        return Fate.INGESTED

    def cover(self, job: Job, since: dt.date) -> None:
        """Tell form4 how far a company has been read.

        Raises: grpc.RpcError.
        """
        refreshed_at = Timestamp()
        refreshed_at.FromDatetime(job.listed_at or job.created_at)
        request = SetCoverageRequest(cik=job.cik, coverage_start=since.isoformat(), refreshed_at=refreshed_at)
        self.form4.SetCoverage(request)

    def ask_form4(self, job: Job) -> None:
        """Find out whether form4 answers at all.

        Raises: grpc.RpcError.
        """
        self.form4.ListTransactionsByIssuers(ListTransactionsByIssuersRequest(ciks=[job.cik], limit=1))


def ingest_request(filing: PendingFiling, submission: SgmlSubmission, document: bytes) -> IngestRequest:
    """Say a document and its filing in form4's words; the submission's own header is better than any list.

    Source: ACCEPTANCE-DATETIME and FILED AS OF DATE of the header, else the submissions JSON.
    """
    accepted = submission.acceptance
    at = accepted.at if accepted else filing.accepted_at
    request = IngestRequest(
        accession_number=filing.accession_number,
        document=document,
        filed_on=(submission.filing_date or filing.filed_on).isoformat(),
        accepted_raw=accepted.raw if accepted else filing.accepted_raw,
    )
    if at is not None:
        source = accepted.source if accepted else filing.acceptance_source
        moment = Timestamp()
        moment.FromDatetime(at)
        request.accepted_at.CopyFrom(moment)
        request.acceptance_source = IngestRequest.AcceptanceSource.Value(str(source))
    return request
