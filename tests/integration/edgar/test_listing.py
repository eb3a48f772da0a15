"""Check that a company's filings are listed page by page, and no page too many is asked for."""

from datetime import date
from typing import Any

import orjson
import pytest

from services.filings.domain import OWNERSHIP_FORMS, Priority
from services.filings.edgar.client import EdgarClient
from services.filings.edgar.errors import NotFound
from services.filings.edgar.listing import ListedFilings, list_filings
from services.filings.edgar.settings import EdgarSettings
from services.identifiers import Cik
from tests.integration.edgar.conftest import MakeSettings
from tests.integration.edgar.scripted import ScriptedServer, answer

CIK = Cik("320193")
PAGES = ["CIK0000320193-submissions-001.json", "CIK0000320193-submissions-002.json"]
pytestmark = pytest.mark.usefixtures("warm")


def columns(*rows: tuple[str, str, str]) -> dict[str, list[str]]:
    """Make a page of rows of accession number, form and filing date."""
    numbers, forms, dates = zip(*rows, strict=True)
    return {"accessionNumber": list(numbers), "form": list(forms), "filingDate": list(dates)}


NEWEST = columns(
    ("0000320193-23-000001", "4", "2023-03-01"),
    ("0000320193-23-000003", "4/A", "2023-05-01"),
    ("0000320193-23-000002", "10-K", "2023-04-01"),
    ("0000320193-21-000009", "3", "2021-01-01"),
)
OLDER = columns(("0000320193-21-000009", "3", "2021-01-01"), ("0000320193-20-000001", "5", "2020-06-01"))
FILES = [
    {"name": PAGES[0], "filingFrom": "2020-01-01", "filingTo": "2021-01-01"},
    {"name": PAGES[1], "filingFrom": "2010-01-01", "filingTo": "2019-12-31"},
]


def newest_page() -> bytes:
    """Answer with the newest page."""
    return answer(200, orjson.dumps({"cik": "320193", "filings": {"recent": NEWEST, "files": FILES}}))


def older_page(rows: dict[str, Any] = OLDER) -> bytes:
    """Answer with an older page."""
    return answer(200, orjson.dumps(rows))


async def listed(settings: EdgarSettings, since: date) -> list[ListedFilings]:
    """List everything since a day."""
    async with EdgarClient(settings) as client:
        pages = list_filings(client, CIK, forms=OWNERSHIP_FORMS, since=since, priority=Priority.USER)
        return [page async for page in pages]


async def test_a_near_horizon_takes_one_request(server: ScriptedServer, settings: MakeSettings) -> None:
    """Pages that end before the day are not fetched; rows are newest first, of the exact forms, none older."""
    server.answers = [newest_page()]
    (page,) = await listed(settings(server.url), date(2022, 1, 1))
    assert [row.accession_number for row in page.rows] == ["0000320193-23-000003", "0000320193-23-000001"]
    assert len(server.requests) == 1


async def test_older_pages_are_read_as_far_as_needed(server: ScriptedServer, settings: MakeSettings) -> None:
    """The page that reaches into the horizon is fetched, the next is not, and no filing comes twice."""
    server.answers = [newest_page(), older_page()]
    first, second = await listed(settings(server.url), date(2020, 1, 1))
    assert [row.form for row in first.rows] == ["4/A", "4", "3"]
    assert [row.accession_number for row in second.rows] == ["0000320193-20-000001"]
    assert [request.path for request in server.requests][1:] == [f"/submissions/{PAGES[0]}"]


async def test_a_page_is_fetched_when_it_is_asked_for(server: ScriptedServer, settings: MakeSettings) -> None:
    """Whoever stops after the first page has made one request."""
    server.answers = [newest_page()]
    async with EdgarClient(settings(server.url)) as client:
        pages = list_filings(client, CIK, forms=OWNERSHIP_FORMS, since=date(2000, 1, 1), priority=Priority.BACKGROUND)
        assert (await anext(pages)).rows
        await pages.aclose()
    assert len(server.requests) == 1


async def test_a_page_that_is_not_there_fails_nothing(server: ScriptedServer, settings: MakeSettings) -> None:
    """A listed page that is a 404 is named, and the ones after it are read."""
    server.answers = [newest_page(), answer(404), older_page(columns(("0000320193-10-000001", "4", "2010-06-01")))]
    pages = await listed(settings(server.url), date(2000, 1, 1))
    assert [page.missing_page for page in pages] == ["", PAGES[0], ""]
    assert [row.form for row in pages[2].rows] == ["4"]


async def test_a_cik_that_never_filed_is_not_found(server: ScriptedServer, settings: MakeSettings) -> None:
    """The first page's 404 is the answer."""
    server.answers = [answer(404)]
    with pytest.raises(NotFound):
        await listed(settings(server.url), date(2000, 1, 1))
