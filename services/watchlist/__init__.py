"""Own what users watch.

Owns: the schema `watchlist`.
Calls: filings (`CompanyService`, `FilingsService`), form4 (`OwnershipService`).
Called by: the gateway's routes.
"""
