"""Say stored rows in the contract's words. Pure: rows in, messages out."""

import datetime as dt
from urllib.parse import quote

from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.filings.v1.company_pb2 import Company
from sectracker.filings.v1.filing_pb2 import Filing
from sectracker.filings.v1.filings_service_pb2 import ListByIssuersResponse

from services.filings.repository.by_issuers import Listed, ListedRow
from services.filings.repository.companies import CompanyRow, TickerRow

ARCHIVES = "https://www.sec.gov/Archives/edgar/data"
"""Where people find documents, whatever address this installation reads them from."""


def company(row: CompanyRow | TickerRow) -> Company:
    """Say a company under one of its tickers."""
    return Company(ticker=row.ticker, cik=row.cik, name=row.name)


def listed(found: Listed, limit: int) -> ListByIssuersResponse:
    """Say a page of filings and the number of all."""
    return ListByIssuersResponse(filings=map(filing, found.filings[:limit]), total=found.total)


def filing(row: ListedRow) -> Filing:
    """Say a filing under one of its companies."""
    return Filing(
        id=row.accession_number,
        accession_number=row.accession_number,
        cik=row.cik,
        ticker=row.ticker,
        company_name=row.company_name or "",
        form_type=row.form_type,
        filed_on=row.filed_on,
        accepted_at=timestamp(row.accepted_at),
        period_of_report=row.period_of_report,
        items=row.items,
        description=row.description,
        document_url=document_url(row.cik, row.accession_number, row.primary_document),
        is_stored=row.is_stored,
    )


def document_url(cik: str, accession: str, name: str) -> str:
    """Return the address of a document at the SEC; of the whole submission where the primary one has no name.

    Source: /Archives/edgar/data/{cik}/{accession without dashes}/{primaryDocument}, the CIK without leading zeros.
    """
    return f"{ARCHIVES}/{int(cik)}/{accession.replace('-', '')}/{quote(name or f'{accession}.txt')}"


def timestamp(moment: dt.datetime | None) -> Timestamp | None:
    """Say a moment, or nothing."""
    if moment is None:
        return None
    said = Timestamp()
    said.FromDatetime(moment)
    return said
