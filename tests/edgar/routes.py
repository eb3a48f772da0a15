"""Find the answer for a path: both hosts of the SEC on one tree, since their routes do not collide."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.edgar.answer import Answer, not_found
from tests.edgar.archive import beside_folders, in_folder
from tests.edgar.catalog import Catalog
from tests.edgar.daily_index import daily_index
from tests.edgar.feed import latest
from tests.edgar.submissions import older_page, submissions
from tests.edgar.tickers import tickers, tickers_with_exchange


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is served: a catalog, how many filings a listing holds before its older pages, and which real rows.

    Shape: with held_only a real listing keeps only the rows whose filings are held here.
    """

    catalog: Catalog
    recent: int
    held_only: bool = False


Query = Mapping[str, str]
Route = Callable[[Holdings, tuple[str, ...], Query], Answer]


def _tickers(held: Holdings, _parts: tuple[str, ...], _query: Query) -> Answer:
    """Answer for company_tickers.json."""
    return tickers(held.catalog)


def _tickers_with_exchange(held: Holdings, _parts: tuple[str, ...], _query: Query) -> Answer:
    """Answer for company_tickers_exchange.json."""
    return tickers_with_exchange(held.catalog)


def _submissions(held: Holdings, parts: tuple[str, ...], _query: Query) -> Answer:
    """Answer for a filer's main file."""
    return submissions(held.catalog, parts[0], held.recent, held_only=held.held_only)


def _older_page(held: Holdings, parts: tuple[str, ...], _query: Query) -> Answer:
    """Answer for an older page of a filer."""
    return older_page(held.catalog, parts[0], int(parts[1]), held.recent, held_only=held.held_only)


def _in_folder(held: Holdings, parts: tuple[str, ...], _query: Query) -> Answer:
    """Answer for a file in a filing's folder."""
    return in_folder(held.catalog, *parts)


def _beside_folders(held: Holdings, parts: tuple[str, ...], _query: Query) -> Answer:
    """Answer for a file next to a filing's folder."""
    return beside_folders(held.catalog, *parts)


def _latest(held: Holdings, _parts: tuple[str, ...], query: Query) -> Answer:
    """Answer for the feed of the latest filings."""
    return latest(held.catalog, query)


def _daily_index(held: Holdings, parts: tuple[str, ...], _query: Query) -> Answer:
    """Answer for a daily index."""
    year, quarter, kind, day = parts
    return daily_index(held.catalog, int(year), int(quarter), kind, day)


ROUTES: tuple[tuple[re.Pattern[str], Route], ...] = tuple(
    (re.compile(pattern, re.ASCII), route)
    for pattern, route in (
        (r"/files/company_tickers\.json", _tickers),
        (r"/files/company_tickers_exchange\.json", _tickers_with_exchange),
        (r"/submissions/CIK(\d{10})\.json", _submissions),
        (r"/submissions/CIK(\d{10})-submissions-(\d{3})\.json", _older_page),
        (r"/Archives/edgar/data/(\d{1,10})/(\d{18})(?:/|$)(.*)", _in_folder),
        (r"/Archives/edgar/data/(\d{1,10})/(\d{10}-\d{2}-\d{6})(\.txt|-index\.html?)", _beside_folders),
        (r"/cgi-bin/browse-edgar", _latest),
        (r"/Archives/edgar/daily-index/(\d{4})/QTR([1-4])/(form|company|master|crawler)\.(\d{8})\.idx", _daily_index),
    )
)


def find(held: Holdings, path: str, query: Query) -> Answer:
    """Answer for a path and its query."""
    for pattern, route in ROUTES:
        if found := pattern.fullmatch(path):
            return route(held, found.groups(), query)
    return not_found()
