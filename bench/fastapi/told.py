"""Read what the bench tells its stacks: the database, the companies and form4's statements."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

DATABASE_URL = os.environ["BENCH_DATABASE_URL"]
CONNECTIONS = 8
"""A worker's; there are two workers."""
COUNT, MOST = 20, 100
MARKET_COUNT, MOST_OF_MARKET, MARKET_DAYS = 50, 200, 30


@dataclass(frozen=True, slots=True)
class Company:
    """Name a company."""

    cik: str
    ticker: str
    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """Hold a statement of form4; `parameters` names its $1, $2, … in order."""

    text: str
    parameters: list[str]

    def values(self, **given: object) -> list[object]:
        """Return the parameters' values in order."""
        return [given[name] for name in self.parameters]


def statements() -> dict[str, Statement]:
    """Return form4's statements by the names of their filters."""
    told = json.loads(Path(os.environ["BENCH_STATEMENTS"]).read_text())
    return {name: Statement(**statement) for name, statement in told.items()}


def companies() -> list[Company]:
    """Return every company."""
    return [Company(*row) for row in json.loads(Path(os.environ["BENCH_COMPANIES"]).read_text())]


COMPANIES = companies()
BY_TICKER = {company.ticker: company for company in COMPANIES}
BY_CIK = {company.cik: company for company in COMPANIES}
