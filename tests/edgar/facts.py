"""Hold the facts of real filings, and read and write them as lines of tab-separated values.

Source: `facts.tsv` beside this file, made by `extract` from documents that the SEC published. Its numbers,
names, dates and codes are as filed; its sentences are kinds (see `sentences`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.edgar.layout import HEAD, ISSUER, LINE, OWNER_ID, OWNER_ROLES, ROWS

FILE = Path(__file__).with_name("facts.tsv")
NOTED = re.compile(r"^(.*)@(F\d+(?:,F\d+)*)$")


@dataclass(frozen=True, slots=True)
class Company:
    """A row of the SEC's ticker files, and the clock that this filer's submissions are told in.

    Shape: clock is `utc`, or `new_york` where the SEC writes New York time with a Z behind it.
    """

    cik: str
    ticker: str
    exchange: str
    clock: str
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an ownership table: its kind (a key of layout.ROWS) and its cells, in the order of layout.LINE."""

    kind: str
    cells: tuple[str, ...]


@dataclass(slots=True)
class Facts:
    """What one filing states.

    Shape: head, issuer and owners follow the tables in `layout`; an empty string is an absent element.
    Unit: accepted is New York time in 14 digits, empty where unknown; filed is a date.
    """

    accession: str
    source: str
    filed: str
    accepted: str
    head: tuple[str, ...]
    issuer: tuple[str, ...]
    box: str
    signed: str
    remark: str
    owners: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def form(self) -> str:
        """Return the form type: 3, 4, 5 or an amendment."""
        return self.head[HEAD.index("documentType")]


def join_cell(value: str, notes: Iterable[str]) -> str:
    """Write a value and its footnotes as one cell: `159.94@F2,F3`."""
    names = ",".join(notes)
    return f"{value}@{names}" if names else value


def split_cell(cell: str) -> tuple[str, list[str]]:
    """Read a cell as a value and its footnotes."""
    noted = NOTED.match(cell)
    return (noted[1], noted[2].split(",")) if noted else (cell, [])


def read(path: Path = FILE) -> tuple[list[Company], list[Facts]]:
    """Read companies and filings from a file of facts.

    Shape: in the order of the file.
    Raises: ValueError where a line is of no known kind.
    """
    companies: list[Company] = []
    filings: list[Facts] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        kind, *cells = line.split("\t")
        if kind == "company":
            companies.append(Company(*cells))
        elif kind == "filing":
            filings.append(_filing(cells))
        else:
            _add(filings[-1], kind, cells)
    return companies, filings


def _filing(cells: list[str]) -> Facts:
    """Read the line that opens a filing."""
    cells = _padded(cells, 7 + len(HEAD) + len(ISSUER))
    accession, source, filed, accepted, box, signed, remark, *rest = cells
    head, issuer = tuple(rest[: len(HEAD)]), tuple(rest[len(HEAD) :])
    return Facts(accession, source, filed, accepted, head, issuer, box, signed, remark)


def _add(facts: Facts, kind: str, cells: list[str]) -> None:
    """Add an owner, a footnote or a row to its filing."""
    if kind == "owner":
        facts.owners.append(tuple(_padded(cells, len(OWNER_ID) + len(OWNER_ROLES))))
    elif kind == "note":
        facts.notes.append((cells[0], cells[1]))
    elif kind in ROWS:
        facts.rows.append(Row(kind, tuple(_padded(cells, len(LINE)))))
    else:
        raise ValueError(f"facts: a line of no known kind: {kind}")


def _padded(cells: list[str], width: int) -> list[str]:
    """Give back the empty cells that the end of a line leaves out."""
    return cells + [""] * (width - len(cells))


def write(companies: Iterable[Company], filings: Iterable[Facts]) -> str:
    """Write companies and filings as the text of a file of facts."""
    lines = [*_preamble()]
    lines += [
        _line("company", company.cik, company.ticker, company.exchange, company.clock, company.name)
        for company in companies
    ]
    for facts in filings:
        lines += ["", *_block(facts)]
    return "\n".join(lines) + "\n"


def _block(facts: Facts) -> Iterator[str]:
    """Write one filing as its lines."""
    opening = (facts.accession, facts.source, facts.filed, facts.accepted, facts.box, facts.signed, facts.remark)
    yield _line("filing", *opening, *facts.head, *facts.issuer)
    for owner in facts.owners:
        yield _line("owner", *owner)
    for row in facts.rows:
        yield _line(row.kind, *row.cells)
    for note in facts.notes:
        yield _line("note", *note)


def _line(*cells: str) -> str:
    """Write one line; empty cells at its end are left out."""
    return "\t".join(" ".join(cell.split()) for cell in cells).rstrip("\t")


def _preamble() -> Iterator[str]:
    """Say in the file itself what its columns are."""
    yield "# Facts of filings that the SEC published; made by `python -m tests.edgar.extract`, not by hand."
    yield "# A cell is as filed; value@F1,F2 names the footnotes of that value; trailing empty cells are left out."
    yield "# company: cik ticker exchange clock name"
    yield "# filing: accession source filed accepted aff10b5One signed remark " + " ".join(HEAD + ISSUER)
    yield "# owner: " + " ".join(OWNER_ID + OWNER_ROLES)
    yield "# nt nh dt dh (non-derivative, derivative; transaction, holding): " + " ".join(c.name for c in LINE)
    yield "# note: id kinds (see sentences.py)"
