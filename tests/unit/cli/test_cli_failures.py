"""How the command ends when something is wrong: sentences, request ids, exit codes."""

import csv
import io
import json
import socket
from collections.abc import Iterator

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo

from cli.version import VERSION
from tests.unit.cli.canned import REQUEST_ID, Canned, field_invalid, refuse
from tests.unit.cli.conftest import Run


def unavailable(context: grpc.ServicerContext) -> None:
    """Fail a call as Envoy does while no upstream is up."""
    context.abort(grpc.StatusCode.UNAVAILABLE, "no healthy upstream")


def test_an_unknown_ticker_is_not_found(run: Run) -> None:
    """The service's sentence with the request id on standard error, nothing on standard output, exit code 3."""
    result = run("form4", "ZZZZ")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == f"ZZZZ: No company has the ticker ZZZZ. (request id {REQUEST_ID})\n"


@pytest.mark.parametrize(
    ("words", "exit_code"), [(["AAPL", "ZZZZ", "NEW"], 1), (["ZZZZ", "YYYY"], 3), (["AAPL", "NEW"], 0)]
)
def test_one_failed_ticker_does_not_end_the_others(run: Run, words: list[str], exit_code: int) -> None:
    """Known tickers are shown, unknown ones named; 1 says that some failed, 3 that none was found."""
    result = run("form4", *words)
    assert result.exit_code == exit_code
    assert [line[:4] for line in result.stdout.splitlines() if "  CIK " in line] == [
        f"{word:4}" for word in words if word in {"AAPL", "NEW"}
    ]
    assert [line[:4] for line in result.stderr.splitlines()] == [word for word in words if word in {"ZZZZ", "YYYY"}]


def test_several_tickers_are_a_list_of_messages(run: Run) -> None:
    """Also when one of them fails; one ticker is an object."""
    assert [one["ticker"] for one in json.loads(run("form4", "AAPL", "ZZZZ", "NEW", "--json").stdout)] == [
        "AAPL",
        "NEW",
    ]
    assert json.loads(run("form4", "ZZZZ", "YYYY", "--json").stdout) == []
    assert json.loads(run("form4", "AAPL", "--json").stdout)["ticker"] == "AAPL"
    assert run("form4", "ZZZZ", "--json").stdout == ""


def test_several_tickers_stand_under_one_header(run: Run) -> None:
    """The CSV of two companies is one table; that one is loading is said on standard error."""
    result = run("form4", "AAPL", "NEW", "AAPL", "--csv")
    assert [row["ticker"] for row in csv.DictReader(io.StringIO(result.stdout))] == ["AAPL"] * 8
    assert result.stderr.startswith("NEW: Loading: ")


def test_a_refused_field_is_named_as_its_option(run: Run, canned: Canned) -> None:
    """A person who typed `-d` is told about `-d`."""
    canned.failures.append(lambda context: field_invalid(context, "days", "must be at most 36500"))
    result = run("form4", "AAPL", "-d", "36500")
    assert result.exit_code == 2
    assert result.stderr == f"AAPL: -d: must be at most 36500 (request id {REQUEST_ID})\n"


def test_a_read_is_tried_again_while_the_service_restarts(run: Run, canned: Canned) -> None:
    """UNAVAILABLE twice and then an answer is an answer."""
    canned.failures.extend([unavailable] * 2)
    assert run("scan", "search", "brk b").exit_code == 0
    assert len(canned.requests) == 3


def test_other_failures_are_not_tried_again(run: Run, canned: Canned) -> None:
    """What is refused for good is refused at once."""
    canned.failures.append(lambda context: field_invalid(context, "q", "is odd"))
    assert run("scan", "search", "x").exit_code == 2
    assert len(canned.requests) == 1


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, 5),
        (grpc.StatusCode.PERMISSION_DENIED, 5),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 4),
        (grpc.StatusCode.DEADLINE_EXCEEDED, 4),
        (grpc.StatusCode.INTERNAL, 1),
        (grpc.StatusCode.UNIMPLEMENTED, 1),
        (grpc.StatusCode.OUT_OF_RANGE, 2),
    ],
)
def test_every_code_has_its_exit_code(run: Run, canned: Canned, code: grpc.StatusCode, exit_code: int) -> None:
    """Scripts tell denied from slow from wrong; people get one line with the request id, and no traceback."""
    canned.failures.append(lambda context: refuse(context, code, "no\x1b[31m\ngood"))
    result = run("health")
    assert result.exit_code == exit_code
    assert len(result.stderr.splitlines()) == 1
    assert REQUEST_ID in result.stderr
    assert "\x1b" not in result.stderr
    assert "Traceback" not in result.output


def test_details_that_are_no_status_do_no_harm(run: Run, canned: Canned) -> None:
    """Garbage in the trailers is left out, and the request id is taken from the headers then."""

    def garbage(context: grpc.ServicerContext) -> None:
        context.set_trailing_metadata((("grpc-status-details-bin", b"\xff\xff"), ("x-request-id", "from-header")))
        context.abort(grpc.StatusCode.NOT_FOUND, "gone")

    canned.failures.append(garbage)
    result = run("health")
    assert result.exit_code == 3
    assert result.stderr == f"{canned.url} failed: gone (request id from-header)\n"


def test_a_limit_in_the_midst_of_a_long_read_is_waited_out(run: Run, canned: Canned) -> None:
    """A refusal that names a short wait ends no read of many pages, and ends a first call with the time to wait."""

    def limit(context: grpc.ServicerContext) -> None:
        refuse(
            context,
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "Too many requests.",
            RetryInfo(retry_delay=Duration(nanos=10**7)),
        )

    canned.failures.extend([lambda _: None, limit])
    result = run("form4", "MANY", "--all", "--csv")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 251)
    canned.failures.append(limit)
    assert run("latest").exit_code == 4


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Yield a port on which nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_service_that_is_down_is_named(run: Run, closed_port: int) -> None:
    """The sentence has the URL and the cause; exit code 4."""
    result = run("health", "--url", f"http://127.0.0.1:{closed_port}")
    assert result.exit_code == 4
    assert f"http://127.0.0.1:{closed_port} cannot be reached: " in result.stderr
    assert "Connection refused" in result.stderr


def test_a_door_without_a_service_behind_it_is_told_from_no_door(run: Run, canned: Canned) -> None:
    """Envoy's own answer has a request id in its headers: the address is right, so it is not questioned."""

    def upstream_gone(context: grpc.ServicerContext) -> None:
        context.set_trailing_metadata((("x-request-id", "envoys"),))
        context.abort(grpc.StatusCode.UNAVAILABLE, "upstream connect error")

    canned.failures.extend([upstream_gone] * 4)
    result = run("health")
    assert (result.exit_code, len(canned.requests)) == (4, 4)
    assert result.stderr == (
        f"{canned.url} is up, but the service behind it does not answer; try again in a moment. (request id envoys)\n"
    )


def test_a_service_that_does_not_answer_is_left_in_time(run: Run) -> None:
    """A listener that accepts and says nothing ends in exit code 4 after --timeout."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        result = run("health", "--url", f"http://127.0.0.1:{silent.getsockname()[1]}", "--timeout", "0.3")
    assert result.exit_code == 4
    assert "did not answer in time" in result.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["form4"], "Missing argument 'TICKER'"),
        (["form4", "AAPL", "-tp", "soon"], "-tp: 'soon' is no period"),
        (["form4", "AAPL", "-tp", "today", "-d", "3"], "give one of them, not -d and -tp"),
        (["form4", "AAPL", "--start", "2026-02-30"], "--start: there is no 2/30 in 2026"),
        (["form4", "AAPL", "--start", "2026-02-02", "--end", "2026-02-01"], "2026-02-01 is before 2026-02-02"),
        (["form4", "AAPL", "-d", "0"], "'-d' / '--days'"),
        (["form4", "AAPL", "-r", "x"], "'-r' / '--recent'"),
        (["form4", "AAPL", "--json", "--csv"], "give one of them, not both"),
        (["form4", "AAPL", "--url", "ftp://x"], "'ftp://x' is no base URL"),
        (["form4", "AAPL", "--url", "http://x/api"], "is no base URL"),
        (["form4", "AAPL", "--url", "http://x:99999999"], "--url: "),
        (["latest", "-min", "lots"], "-min: 'lots' is no amount"),
        (["latest", "-min"], "'-min' requires an argument"),
        (["latest", "-hx"], "No such option"),
        (["nope"], "No such command 'nope'"),
    ],
)
def test_a_wrong_command_line_is_refused_before_anything_is_asked(
    run: Run, canned: Canned, words: list[str], sentence: str
) -> None:
    """Exit code 2, a sentence that names the option, and no call."""
    result = run(*words)
    assert (result.exit_code, canned.requests) == (2, [])
    assert sentence in result.stderr


def test_every_help_lists_the_exit_codes(run: Run) -> None:
    """Whoever writes a script reads `--help`."""
    for words in (
        ["--help"],
        ["form4", "-h"],
        ["latest", "-h"],
        ["health", "-h"],
        ["scan", "-h"],
        ["scan", "search", "-h"],
    ):
        result = run(*words)
        assert result.exit_code == 0
        assert "130  interrupted" in result.stdout


def test_the_version_is_printed(run: Run) -> None:
    """`--version` asks no service."""
    assert run("--version").stdout == f"sectracker {VERSION}\n"


def test_a_fault_of_our_own_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who meets a bug gets no traceback unless they ask for it."""
    monkeypatch.setattr("cli.health.parts", lambda _: 1 / 0)
    result = run("health")
    assert (result.exit_code, result.stderr.splitlines()) == (
        1,
        ["Unexpected: ZeroDivisionError: division by zero (SECTRACKER_TRACEBACK=1 shows where)"],
    )
