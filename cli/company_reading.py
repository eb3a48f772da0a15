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

    def request(self, ticker: str, count: int) -> GetCompanyActivityRequest:
        """Return the request for a page about one ticker."""
        request = GetCompanyActivityRequest(ticker=ticker, count=count, hide_planned=self.hide_planned)
        self.window.put(request)
        if self.window.is_transaction_date:
            request.date_basis = GetCompanyActivityRequest.DateBasis.transaction
        return request


def read_company(door: Door, question: Question, ticker: str) -> GetCompanyActivityResponse:
    """Return one ticker's answer with as many lines as are asked for, over as many pages as it takes.

    Raises: CommandError.
    """
    if question.wait is not None:
        wait_until_ready(door, question, ticker)
    listing = pages.Listing(
        fetch=partial(door.call, door.form4.GetCompanyActivity),
        append=lambda answer, page: answer.transactions.extend(page.transactions),
        count=lambda answer: len(chosen(answer, question.recent)),
        total=lambda answer: answer.summary.transaction_count,
    )
    # With -r most lines of a page may be other people's, so pages are as large as they may be.
    size = COMPANY_PAGE if question.recent else pages.page_size(question.count, COMPANY_PAGE)
    answer = pages.read(listing, question.request(ticker, size), question.count, ticker)
    return trimmed(answer, question)


def trimmed(answer: GetCompanyActivityResponse, question: Question) -> GetCompanyActivityResponse:
    """Return an answer with the lines and insiders that were asked for.

    The token of the next page goes when lines behind it were read and left out: it would pass them over.
    """
    wanted = chosen(answer, question.recent)[: question.count]
    if len(wanted) < len(answer.transactions):
        answer.next_page_token = ""
    insiders = answer.insiders if question.recent is None else newest(answer.insiders, question.recent)
    result = GetCompanyActivityResponse()
    result.CopyFrom(answer)
    del result.transactions[:], result.insiders[:]
    result.transactions.extend(wanted)
    result.insiders.extend(insiders)
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


def wait_until_ready(door: Door, question: Question, ticker: str) -> None:
    """Ask again and again until a company has been read.

    Raises: CommandError, also when it takes too long.
    """
    assert question.wait is not None
    until = time.monotonic() + question.wait
    request = question.request(ticker, 1)
    with spinner(f"{clean(ticker)} is loading"):
        while door.call(door.form4.GetCompanyActivity, request).status != Status.ready:
            if time.monotonic() + POLL_SECONDS > until:
                sentence = f"still loading after {question.wait:.0f} s; without --wait you see what is there"
                raise CommandError(sentence, ExitCode.UNAVAILABLE)
            time.sleep(POLL_SECONDS)


def spinner(label: str) -> AbstractContextManager[object]:
    """Show on a terminal's standard error that something goes on; nothing elsewhere."""
    console = screen.error_console()
    return console.status(Text(label)) if console.is_terminal else nullcontext()
