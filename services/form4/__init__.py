"""Read insider trades: Forms 3, 4 and 5 from document to figures.

Owns: ownership documents as lines, the headline amounts, the schema `form4`.
Calls: filings' CompanyService and RefreshService, for tickers and for companies without coverage.
Called by: filings (Ingest, SetCoverage), watchlist (ListTransactionsByIssuers), the gateway's clients (activity,
summary, market).
"""
