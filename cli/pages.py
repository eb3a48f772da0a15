"""Read a list over as many pages as it takes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli.errors import CommandError, ExitCode
from cli.screen import error_console

# A refusal that says when to ask again is waited out up to here, in the midst of a long read.
LONGEST_WAIT_SECONDS = 65.0


class PagedRequest(Protocol):
    """Ask for a page."""

    count: int
    page_token: str


class PagedResponse(Protocol):
    """Hold a page and the token of the next one."""

    next_page_token: str


Request = TypeVar("Request", bound=PagedRequest)
Response = TypeVar("Response", bound=PagedResponse)
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Listing(Generic[Request, Response]):
    """Say how to read one list.

    Shape: `size` says how large a page to ask for when so many rows are still wanted, None for all; `append` moves a
    further page's rows behind those of the first answer; `count` says how many of its rows are wanted ones; `total`
    says how many there are in all.
    """

    fetch: Callable[[Request], Response]
    size: Callable[[int | None], int]
    append: Callable[[Response, Response], None]
    count: Callable[[Response], int]
    total: Callable[[Response], int]


def fitting(most: int) -> Callable[[int | None], int]:
    """Return a size of pages that never reads a row too many; a page token holds for any `count`."""
    return lambda left: most if left is None else min(left, most)


def full(most: int) -> Callable[[int | None], int]:
    """Return the size of the largest pages, for lists of which most rows may not be wanted ones."""
    return lambda _: most


def read(listing: Listing[Request, Response], request: Request, wanted: int | None, label: str) -> Response:
    """Return the first page's answer with the rows of the further pages appended, until there are as many as wanted.

    Raises: CommandError; also when a server repeats a page token, which would never end.
    """
    request.count = listing.size(wanted)
    answer = listing.fetch(request)
    if not is_short(listing, answer, wanted):
        return answer
    total = min(listing.total(answer), wanted or listing.total(answer))
    with progress(label, listing.count(answer), total) as advance:
        while is_short(listing, answer, wanted):
            request.page_token = answer.next_page_token
            request.count = listing.size(None if wanted is None else wanted - listing.count(answer))
            page = patiently(listing.fetch, request)
            if page.next_page_token == request.page_token:
                raise CommandError("the service repeats a page; the list cannot be read whole", ExitCode.SOME_FAILED)
            listing.append(answer, page)
            answer.next_page_token = page.next_page_token
            advance(listing.count(answer))
    return answer


def is_short(listing: Listing[Request, Response], answer: Response, wanted: int | None) -> bool:
    """Say whether a further page is there and wanted."""
    return bool(answer.next_page_token) and (wanted is None or listing.count(answer) < wanted)


def patiently(fetch: Callable[[Request], Response], request: Request) -> Response:
    """Return a page; a refusal that names a short wait is waited out once."""
    try:
        return fetch(request)
    except CommandError as refused:
        if refused.retry_after is None or refused.retry_after > LONGEST_WAIT_SECONDS:
            raise
        time.sleep(refused.retry_after)
    return fetch(request)


@contextmanager
def progress(label: str, done: int, total: int) -> Iterator[Advance]:
    """Show on a terminal's standard error how far a read is; nothing elsewhere."""
    console = error_console()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, completed=done, total=total)
        yield lambda done: bar.update(task, completed=done)
