"""Know the shapes of EDGAR's addresses, and what may stand behind each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from services.filings.edgar.errors import Malformed
from services.filings.edgar.settings import EdgarSettings
from services.identifiers import AccessionNumber, Cik

MIB: Final = 1024 * 1024
DAY_SECONDS: Final = 86_400

IndexName = Literal["form", "company", "master", "crawler"]

_PAGE_NAME: Final = re.compile(r"CIK(\d{10})-submissions-\d{3,4}\.json", re.ASCII)
_SGML_ENDS: Final = (b"</SEC-DOCUMENT>", b"</SUBMISSION>", b"</DOCUMENT>", b"-----END PRIVACY-ENHANCED MESSAGE-----")
_SGML_STARTS: Final = (b"<SEC-DOCUMENT>", b"<SEC-HEADER>", b"<SUBMISSION>", b"<DOCUMENT>", b"-----BEGIN PRIVACY-ENH")
# A header's first line and a footer's last are looked for only so far from either end of a document.
_EDGE_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class Kind:
    """Say how large a kind of document may be, how long its copy is kept and how it is told from garbage.

    Unit: max_bytes after decompression; kept_seconds is 0 where no copy is kept for conditional requests.
    """

    name: str
    max_bytes: int
    kept_seconds: int
    is_whole: Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Resource:
    """Name one document of EDGAR and its kind."""

    url: str
    kind: Kind


def is_whole_json(body: bytes) -> bool:
    """Say whether bytes begin and end as one JSON object or array; the parser judges the rest."""
    edges = body[:_EDGE_BYTES].lstrip()[:1] + body[-_EDGE_BYTES:].rstrip()[-1:]
    return edges in (b"{}", b"[]")


def is_whole_sgml(body: bytes) -> bool:
    """Say whether bytes begin and end as a submission does, of any year."""
    head, tail = body[:_EDGE_BYTES].lstrip(), body[-_EDGE_BYTES:].rstrip()
    return head.startswith(_SGML_STARTS) and tail.endswith(_SGML_ENDS)


def is_index(body: bytes) -> bool:
    """Say whether bytes are a text index: not empty, and no HTML page."""
    head = body[:_EDGE_BYTES].lstrip()
    return bool(head) and not head.startswith((b"<", b"\x1f\x8b"))


# Each file holds about 10,000 rows in 0.8 MB: room for twenty times as many.
TICKERS: Final = Kind("tickers", 16 * MIB, DAY_SECONDS, is_whole_json)
# 1,000 rows take 0.15 to 0.4 MB, but the first page holds at least a year, and a bank that files structured notes
# reaches 40,000 rows: 12 MB.
SUBMISSIONS: Final = Kind("submissions", 32 * MIB, DAY_SECONDS, is_whole_json)
# An ownership submission takes 5 to 50 kB. Powers of attorney come as scanned, uuencoded exhibits, some of many pages.
SUBMISSION_TEXT: Final = Kind("submission_text", 32 * MIB, 0, is_whole_sgml)
# A day's largest index, crawler.idx in February, is about 2 MB.
INDEX: Final = Kind("index", 16 * MIB, 0, is_index)


class Urls:
    """Make EDGAR's addresses under the two hosts of the settings."""

    def __init__(self, settings: EdgarSettings) -> None:
        self._data = settings.data_url.rstrip("/")
        self._www = settings.www_url.rstrip("/")

    def tickers_exchange(self) -> Resource:
        """Name the file of CIK, name, ticker and exchange."""
        return Resource(f"{self._www}/files/company_tickers_exchange.json", TICKERS)

    def submissions(self, cik: Cik) -> Resource:
        """Name the newest page of a company's or person's filings."""
        return Resource(f"{self._data}/submissions/CIK{cik}.json", SUBMISSIONS)

    def submissions_page(self, cik: Cik, name: str) -> Resource:
        """Name an older page, as the newest one lists it.

        Raises: Malformed when the name is not one that EDGAR gives to a page of this CIK.
        """
        match = _PAGE_NAME.fullmatch(name)
        if match is None or match[1] != cik:
            raise Malformed(f"{name[:80]!r} is no page of the submissions of CIK {cik}")
        return Resource(f"{self._data}/submissions/{name}", SUBMISSIONS)

    def submission_text(self, cik: Cik, accession: AccessionNumber) -> Resource:
        """Name the whole submission of one filing: SGML header and all documents.

        Source: /Archives/edgar/data/{cik}/{accession without dashes}/{accession}.txt, the CIK without leading zeros.
        """
        folder = f"{self._www}/Archives/edgar/data/{int(cik)}/{accession.replace('-', '')}"
        return Resource(f"{folder}/{accession}.txt", SUBMISSION_TEXT)

    def daily_index(self, day: date, name: IndexName) -> Resource:
        """Name one day's list of all filings."""
        quarter = (day.month + 2) // 3
        folder = f"{self._www}/Archives/edgar/daily-index/{day.year}/QTR{quarter}"
        return Resource(f"{folder}/{name}.{day:%Y%m%d}.idx", INDEX)
