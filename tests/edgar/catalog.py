"""Hold everything that our EDGAR can answer about: filings, companies and real listings."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path

from tests.edgar import facts as known
from tests.edgar.document import write_document
from tests.edgar.facts import Company, Facts
from tests.edgar.filing import Document, Filing, Party, assumed_acceptance, from_clock
from tests.edgar.layout import HEAD

Listed = dict[str, object]  # one row of a submissions listing, by column


@dataclass(frozen=True, slots=True)
class Listing:
    """A filer's real submissions, kept as files and read when asked for.

    Shape: clock is `utc` or `new_york`, see facts.Company.
    """

    profile: Path
    pages: tuple[Path, ...]
    clock: str

    def header(self) -> dict[str, object]:
        """Return what the SEC says of the filer, without its filings."""
        told: dict[str, object] = json.loads(self.profile.read_bytes())
        del told["filings"]
        return told

    def rows(self) -> list[Listed]:
        """Return the rows of all pages, in no particular order."""
        return [row for path in (self.profile, *self.pages) for row in listed_rows(json.loads(path.read_bytes()))]


def listed_rows(told: dict[str, object]) -> list[Listed]:
    """Turn the columns of a submissions file, main or older page, into rows."""
    filings = told.get("filings")
    columns = filings["recent"] if isinstance(filings, dict) else told
    if not isinstance(columns, dict):
        raise TypeError("a submissions file whose filings are no columns")
    names = tuple(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


class Catalog:
    """Find filings by accession number or CIK, and what else is told of a filer.

    Shape: filings of a CIK and `newest` are newest first.
    """

    def __init__(
        self,
        filings: Iterable[Filing],
        companies: Callable[[], list[Company]],
        listings: dict[str, Listing] | None = None,
        skipped: tuple[str, ...] = (),
    ) -> None:
        self.newest = sorted(filings, key=lambda filing: (filing.accepted, filing.accession), reverse=True)
        self.by_accession = {filing.accession: filing for filing in self.newest}
        self.by_folder = {filing.folder_name: filing for filing in self.newest}
        self.by_cik: defaultdict[str, list[Filing]] = defaultdict(list)
        self.listings = listings or {}
        self.skipped = skipped
        self.read_companies = companies
        self._companies: list[Company] | None = None
        for filing in self.newest:
            for cik in dict.fromkeys(party.cik for party in filing.parties):
                self.by_cik[cik].append(filing)

    @property
    def companies(self) -> list[Company]:
        """Return the rows of the ticker files, read on first use."""
        if self._companies is None:
            self._companies = with_issuers(self.read_companies(), self.newest)
        return self._companies

    def companies_of(self, cik: str) -> list[Company]:
        """Return the tickers of one filer."""
        return [company for company in self.companies if company.cik == cik]

    def knows(self, cik: str) -> bool:
        """Tell whether a filer has a page: by its filings, by a real listing or by a ticker."""
        return cik in self.by_cik or cik in self.listings or bool(self.companies_of(cik))


def with_issuers(companies: list[Company], newest: list[Filing]) -> list[Company]:
    """Add a ticker for each issuer that the ticker file does not have, as its newest document writes it.

    Shape: a symbol that meanwhile belongs to another company gets -OLD behind it, so that tickers stay unique.
    """
    result = list(companies)
    ciks = {company.cik for company in result}
    tickers = {company.ticker for company in result}
    for filing in newest:
        issuer = filing.issuer
        if issuer is None or issuer.cik in ciks:
            continue
        ticker = "".join(filing.symbol.upper().split()) or f"CIK{int(issuer.cik)}"
        while ticker in tickers:
            ticker += "-OLD"
        ciks.add(issuer.cik)
        tickers.add(ticker)
        result.append(Company(issuer.cik, ticker, "", "utc", issuer.name))
    return result


def catalog_of_facts(path: Path = known.FILE) -> Catalog:
    """Return the catalog of the filings whose facts the project keeps."""
    companies, filings = known.read(path)
    return Catalog((_filing(facts) for facts in filings), lambda: companies)


def _filing(facts: Facts) -> Filing:
    """Turn facts into a filing whose document is written on demand."""
    head = dict(zip(HEAD, facts.head, strict=True))
    cik, name, symbol = facts.issuer
    filed = date.fromisoformat(facts.filed)
    return Filing(
        accession=facts.accession,
        form=facts.form,
        schema=head["schemaVersion"],
        period=head["periodOfReport"][:10],
        filed=filed,
        accepted=from_clock(facts.accepted) if facts.accepted else assumed_acceptance(filed),
        exact=bool(facts.accepted),
        symbol=symbol,
        parties=(*(Party(owner[0], owner[1], "Reporting") for owner in facts.owners), Party(cik, name, "Issuer")),
        documents=(Document(f"form{facts.form[0]}.xml", cache(partial(write_document, facts))),),
    )
