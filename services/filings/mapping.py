"""Say stored rows in the contract's words. Pure: rows in, messages out."""

from sectracker.filings.v1.company_pb2 import Company

from services.filings.repository.companies import CompanyRow, TickerRow


def company(row: CompanyRow | TickerRow) -> Company:
    """Say a company under one of its tickers."""
    return Company(ticker=row.ticker, cik=row.cik, name=row.name)
