"""Say what a filing is to our EDGAR: its number, its parties, its times and its documents."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
ASSUMED_TIME = time(16, 0)  # the hour given to filings whose acceptance time nobody kept
OWNERSHIP_FORMS = frozenset({"3", "4", "5", "3/A", "4/A", "5/A"})


@dataclass(frozen=True, slots=True)
class Party:
    """An entity of a filing in its role: Issuer, Reporting, Filer, Subject or Filed by."""

    cik: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a filing, read only when somebody asks for it."""

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Filing:
    """A filing that our EDGAR holds.

    Shape: `exact` says that the acceptance time is the SEC's own; `complete` reads the submission's text file
    where the real one is kept; `source` names the file that an ownership document came from. A filing without
    parties answers under any CIK and is listed nowhere.
    Unit: accepted is New York time.
    """

    accession: str
    form: str
    schema: str
    period: str
    filed: date
    accepted: datetime
    exact: bool
    symbol: str
    parties: tuple[Party, ...]
    documents: tuple[Document, ...]
    complete: Callable[[], bytes] | None = None
    source: str = ""

    @property
    def issuer(self) -> Party | None:
        """Return the issuer of an ownership filing."""
        return next((party for party in self.parties if party.role == "Issuer"), None)

    @property
    def folder_name(self) -> str:
        """Return the name of the filing's folder in the archive: the accession number without dashes."""
        return self.accession.replace("-", "")

    @property
    def primary_document(self) -> str:
        """Return the primary document's name as listings give it.

        Source: for ownership documents the SEC lists the path of its HTML rendering, not of the XML.
        """
        if not self.documents:
            return ""
        name = self.documents[0].name
        return f"xslF345X{self.schema[1:3]}/{name}" if self.form in OWNERSHIP_FORMS and self.schema else name


def cik10(text: str) -> str:
    """Return a CIK in its ten digits."""
    return text.strip().zfill(10)


def assumed_acceptance(day: date) -> datetime:
    """Return the acceptance time of a filing of which only the day is known."""
    return datetime.combine(day, ASSUMED_TIME, NEW_YORK)


def from_clock(digits: str) -> datetime:
    """Read the 14 digits of an ACCEPTANCE-DATETIME, which is New York time."""
    return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=NEW_YORK)


def zulu(moment: datetime, clock: str) -> str:
    """Write an acceptance time as submissions do: in UTC, or in New York time behind the same Z."""
    told = moment.astimezone(UTC) if clock == "utc" else moment.astimezone(NEW_YORK)
    return f"{told:%Y-%m-%dT%H:%M:%S}.000Z"


def invented_accession(name: str, filed: date, taken: set[str]) -> str:
    """Return a stable number for a document whose accession number nobody kept, and take it.

    Shape: 0000000000-YY-NNNNNN, NNNNNN from the name, so that more files do not change the numbers of others.
    """
    sequence = zlib.crc32(name.encode()) % 1_000_000
    while (accession := f"0000000000-{filed:%y}-{sequence:06d}") in taken:
        sequence = (sequence + 1) % 1_000_000
    taken.add(accession)
    return accession
