"""Read what `sectracker form4` shows of one company."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

from rich.text import Text
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetCompanyActivityResponse
from sectracker.form4.v1.transaction_pb2 import Insider, Transaction

from cli import pages, screen
from cli.client import Door
from cli.errors import CommandError, ExitCode
from cli.options import COMPANY_PAGE, Window
from cli.text import clean

Status = GetCompanyActivityResponse.Status
POLL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Question:
    """Hold what is asked about every ticker.

    Shape: `count` is None for all lines, `recent` None for all insiders, `wait` None for no waiting.
    Unit: wait is seconds.
    """

    window: Window
    count: int | None = None
    recent: int | None = None
    hide_planned: bool = False
    wait: float | None = None

    def request(self, ticker: str) -> GetCompanyActivityRequest:
        """Return the request about one ticker, for a page of any size."""
        request = GetCompanyActivityRequest(ticker=ticker, hide_planned=self.hide_planned)
        self.window.put(request)
        if self.window.is_transaction_date:
            request.date_basis = GetCompanyActivityRequest.DateBasis.transaction
        return request


def read_company(door: Door, question: Question, ticker: str) -> GetCompanyActivityResponse:
    """Return one ticker's answer with as many lines as are asked for, over as many pages as it takes.

    Raises: CommandError.
    """
    if question.wait is None:
        return read_lines(door, question, ticker)
    until = time.monotonic() + question.wait
    while True:
        wait_until_ready(door, question, ticker, until)
        answer = read_lines(door, question, ticker)
        if answer.status == Status.ready:
            return answer
        # Answers are kept for a second, each page size for itself: this one was older than the one that said ready.
        pause(question, until)


def read_lines(door: Door, question: Question, ticker: str) -> GetCompanyActivityResponse:
    """Return one ticker's answer as it is now.

    Raises: CommandError.
    """
    listing = pages.Listing(
        fetch=partial(door.call, door.form4.GetCompanyActivity),
        size=pages.fitting(COMPANY_PAGE) if question.recent is None else pages.full(COMPANY_PAGE),
        append=lambda answer, page: answer.transactions.extend(page.transactions),
        count=lambda answer: len(chosen(answer, question.recent)),
        total=lambda answer: answer.summary.transaction_count,
    )
    answer = pages.read(listing, question.request(ticker), question.count, ticker)
    return answer if question.recent is None else of_newest(answer, question.recent, question.count)


def of_newest(answer: GetCompanyActivityResponse, recent: int, count: int | None) -> GetCompanyActivityResponse:
    """Return an answer with the newest insiders alone, and so many of their lines.

    There is no token of a next page: it would pass over lines that were read and left out.
    """
    result = GetCompanyActivityResponse()
    result.CopyFrom(answer)
    result.next_page_token = ""
    del result.transactions[:], result.insiders[:]
    result.transactions.extend(chosen(answer, recent)[:count])
    result.insiders.extend(newest(answer.insiders, recent))
    return result


def chosen(answer: GetCompanyActivityResponse, recent: int | None) -> Sequence[Transaction]:
    """Return the lines of the newest so many insiders, first or joint owners of them; None is everybody."""
    if recent is None:
        return answer.transactions
    insiders = newest(answer.insiders, recent)
    ciks, names = {one.cik for one in insiders}, {one.name for one in insiders}
    return [line for line in answer.transactions if line.owner_cik in ciks or names.intersection(line.joint_owners)]


def newest(insiders: Sequence[Insider], recent: int) -> list[Insider]:
    """Return the insiders with the newest lines, newest first; of the same day the one with the larger sums."""
    return sorted(insiders, key=lambda one: one.last_date, reverse=True)[:recent]


def wait_until_ready(door: Door, question: Question, ticker: str, until: float) -> None:
    """Ask again and again until a company has been read.

    Raises: CommandError, also when it takes too long.
    """
    request = question.request(ticker)
    request.count = 1
    with spinner(f"{clean(ticker)} is loading"):
        while door.call(door.form4.GetCompanyActivity, request).status != Status.ready:
            pause(question, until)


def pause(question: Question, until: float) -> None:
    """Let a moment pass.

    Unit: until is seconds of the monotonic clock.
    Raises: CommandError when there is no time left for it.
    """
    if time.monotonic() + POLL_SECONDS > until:
        sentence = f"still loading after {question.wait:.0f} s; without --wait you see what is there"
        raise CommandError(sentence, ExitCode.UNAVAILABLE)
    time.sleep(POLL_SECONDS)


def spinner(label: str) -> AbstractContextManager[object]:
    """Show on a terminal's standard error that something goes on; nothing elsewhere."""
    console = screen.error_console()
    return console.status(Text(label)) if console.is_terminal else nullcontext()
