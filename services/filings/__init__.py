"""Own companies, filings, raw documents and jobs.

Owns: the schema `filings`; everything that is asked of the SEC (`services.filings.edgar`).
Calls: form4 (`OwnershipService`), the SEC.
Called by: the gateway's public routes; form4 (`CompanyService`, `RefreshService`); watchlist (`CompanyService`,
`FilingsService`).
"""
