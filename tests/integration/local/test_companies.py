"""`up` returns once tickers can be answered for, or says that they cannot."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
import pytest
from sectracker.form4.v1.form4_service_pb2 import GetSummaryRequest

from deploy.local import companies
from deploy.local.companies import NOBODY, SUMMARY, await_companies
from deploy.local.machine import free_ports

NOT_FOUND, UNAVAILABLE = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNAVAILABLE


@dataclass
class Form4:
    """Refuses GetSummary with the codes that a test lays down, the last one again and again."""

    codes: list[grpc.StatusCode]
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def refuse(self, request: GetSummaryRequest, context: grpc.ServicerContext) -> bytes:
        """Refuse."""
        self.asked.append(request.ticker)
        context.abort(self.codes[min(len(self.asked), len(self.codes)) - 1], "as the test says")
        raise AssertionError


@contextmanager
def form4(*codes: grpc.StatusCode) -> Iterator[Form4]:
    """Yield a running stand-in for a process of form4."""
    servicer = Form4(list(codes))
    server = grpc.server(ThreadPoolExecutor(1))
    service, method = SUMMARY.strip("/").split("/")
    handler: grpc.RpcMethodHandler[GetSummaryRequest, bytes] = grpc.unary_unary_rpc_method_handler(
        servicer.refuse, GetSummaryRequest.FromString
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
    servicer.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield servicer
    finally:
        server.stop(None).wait()


def test_waits_until_every_process_knows_the_companies() -> None:
    """Each process is asked until it knows them, and not again."""
    with form4(UNAVAILABLE, NOT_FOUND) as first, form4(UNAVAILABLE, UNAVAILABLE, NOT_FOUND) as second:
        assert await_companies([first.port, second.port])
    assert (len(first.asked), len(second.asked)) == (2, 3)


def test_gives_up_where_the_list_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without EDGAR the stack is up all the same, and says what is missing."""
    monkeypatch.setattr(companies, "WITHIN", 0.5)
    with form4(UNAVAILABLE) as one:
        assert not await_companies([one.port])


def test_asks_for_nobodys_ticker() -> None:
    """What is asked is a question of the contract, for a ticker that no company has."""
    with form4(NOT_FOUND) as one:
        assert await_companies([one.port])
    assert one.asked == ["ZZZZZZ"]
    assert GetSummaryRequest(ticker="ZZZZZZ").SerializeToString() == NOBODY


def test_a_process_that_is_gone_knows_nothing() -> None:
    """What does not listen is asked again, and raises nothing."""
    assert not companies.are_known(next(free_ports()))
