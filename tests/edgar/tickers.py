"""Write the two ticker files: an object of rows, and fields with data."""

from tests.edgar.answer import Answer, as_json
from tests.edgar.catalog import Catalog


def tickers(catalog: Catalog) -> Answer:
    """Answer with company_tickers.json."""
    rows = {
        str(number): {"cik_str": int(company.cik), "ticker": company.ticker, "title": company.name}
        for number, company in enumerate(catalog.companies)
    }
    return as_json(rows, catalog.newest[0].accepted)


def tickers_with_exchange(catalog: Catalog) -> Answer:
    """Answer with company_tickers_exchange.json."""
    data = [[int(company.cik), company.name, company.ticker, company.exchange or None] for company in catalog.companies]
    return as_json({"fields": ["cik", "name", "ticker", "exchange"], "data": data}, catalog.newest[0].accepted)
