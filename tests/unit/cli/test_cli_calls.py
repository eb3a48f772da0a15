"""The command against a server of canned answers: what it asks, what it prints, how it ends."""

import csv
import io
import json

import pytest
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetMarketActivityRequest
from sectracker.form4.v1.transaction_pb2 import CompanyTotals
from sectracker.gateway.v1.health_service_pb2 import CheckResponse

from tests.unit.cli.canned import Canned
from tests.unit.cli.conftest import Run

DateBasis = GetCompanyActivityRequest.DateBasis


def asked_company(canned: Canned) -> GetCompanyActivityRequest:
    """Return the last request, which is about a company."""
    request = canned.requests[-1]
    assert isinstance(request, GetCompanyActivityRequest)
    return request


def asked_market(canned: Canned) -> GetMarketActivityRequest:
    """Return the last request, which is about the market."""
    request = canned.requests[-1]
    assert isinstance(request, GetMarketActivityRequest)
    return request


def test_a_company_is_shown(run: Run) -> None:
    """One ticker, one table, exit code 0, and not one control code in a pipe."""
    result = run("form4", "AAPL")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("AAPL  Apple Inc.  CIK 0000320193\n")
    assert "COOK TIMOTHY D" in result.stdout
    assert "\x1b" not in result.stdout


def test_options_become_fields_of_the_request(run: Run, canned: Canned) -> None:
    """`-hp`, `-d` and `--count` are what the contract calls hide_planned, days and count; no date is sent unasked."""
    assert run("form4", "AAPL", "-hp", "-d", "30", "--count", "50").exit_code == 0
    assert asked_company(canned) == GetCompanyActivityRequest(ticker="AAPL", hide_planned=True, days=30, count=50)


@pytest.mark.parametrize("period", ["1/5/2026 - 2/6/2026", "2026-01-05 - 2026-02-06"])
def test_a_period_is_of_transaction_dates(run: Run, canned: Canned, period: str) -> None:
    """`-tp` asks by the date of the transaction, whatever the spelling."""
    assert run("form4", "AAPL", "-tp", period).exit_code == 0
    assert asked_company(canned) == GetCompanyActivityRequest(
        ticker="AAPL", count=20, start_date="2026-01-05", end_date="2026-02-06", date_basis=DateBasis.transaction
    )


def test_start_and_end_are_filing_dates(run: Run, canned: Canned) -> None:
    """`--start` and `--end` leave the date basis as it is."""
    assert run("form4", "AAPL", "--start", "2026-01-05", "--end", "2/6/2026").exit_code == 0
    request = asked_company(canned)
    assert (request.start_date, request.end_date, request.date_basis) == ("2026-01-05", "2026-02-06", 0)


@pytest.mark.parametrize(
    ("words", "field", "amount"),
    [
        (["-min", "500k"], "min_amount", 5e5),
        (["-min", "+500k"], "min_buys", 5e5),
        (["-min", "-500k"], "min_sells", 5e5),
        (["-min=-1.5M"], "min_sells", 1.5e6),
        (["--min", "+1.5m"], "min_buys", 1.5e6),
        (["-max", "2M"], "max_amount", 2e6),
    ],
)
def test_thresholds_may_look_like_options(
    run: Run, canned: Canned, words: list[str], field: str, amount: float
) -> None:
    """`-min -500k` is a threshold on sales, and no unknown option."""
    assert run("latest", *words).exit_code == 0
    expected = GetMarketActivityRequest(count=50, days=30)
    setattr(expected, field, amount)
    assert asked_market(canned) == expected


def test_thresholds_of_several_kinds_go_together(run: Run, canned: Canned) -> None:
    """Purchases and sales may both be asked for, one kind only once."""
    assert run("latest", "7", "-min", "+1k", "-min", "-2k", "-m", "-hp", "-d", "7").exit_code == 0
    assert asked_market(canned) == GetMarketActivityRequest(
        count=7, days=7, min_buys=1000, min_sells=2000, active=True, hide_planned=True
    )
    assert run("latest", "-min", "+1k", "-min", "+2k").exit_code == 2


def numbers(text: str) -> list[str]:
    """Return the accession numbers of a CSV."""
    return [row["accession_number"][-6:] for row in csv.DictReader(io.StringIO(text))]


@pytest.mark.parametrize(
    ("words", "lines", "sizes"),
    [
        (["--count", "20"], 20, [20]),
        (["--count", "100"], 100, [100]),
        (["--count", "101"], 101, [100, 1]),
        (["--count", "150"], 150, [100, 50]),
        (["--count", "249"], 249, [100, 100, 49]),
        (["--count", "9999"], 250, [100, 100, 100]),
        (["--all"], 250, [100, 100, 100]),
    ],
)
def test_pages_are_read_until_there_is_enough(
    run: Run, canned: Canned, words: list[str], lines: int, sizes: list[int]
) -> None:
    """Every line comes once and in order, in as few pages as the contract allows, and none is read in vain."""
    result = run("form4", "MANY", "--csv", *words)
    assert numbers(result.stdout) == [f"{number:06}" for number in range(lines)]
    assert [request.count for request in canned.requests if isinstance(request, GetCompanyActivityRequest)] == sizes


def test_several_pages_are_printed_as_one_message(run: Run) -> None:
    """The JSON has all lines, and the token of the page behind the last one."""
    whole = json.loads(run("form4", "MANY", "--json", "--all").stdout)
    assert (len(whole["transactions"]), whole["next_page_token"]) == (250, "")
    part = json.loads(run("form4", "MANY", "--json", "--count", "101").stdout)
    assert (len(part["transactions"]), part["next_page_token"]) == (101, "101")


def test_the_market_is_paged_too(run: Run, canned: Canned) -> None:
    """`latest N` beyond a page reads on."""
    canned.market.companies.extend([CompanyTotals(company_name=f"C{number}") for number in range(447)])
    result = run("latest", "450", "--json")
    assert [one["company_name"] for one in json.loads(result.stdout)["companies"]][-1] == "C446"
    assert [request.count for request in canned.requests if isinstance(request, GetMarketActivityRequest)] == [
        200,
        200,
        50,
    ]
    assert len(json.loads(run("latest", "401", "--json").stdout)["companies"]) == 401


def test_the_newest_insiders_are_found_across_pages(run: Run) -> None:
    """`-r 1` shows the lines of the insider with the newest line alone, as many as asked for."""
    rows = list(csv.DictReader(io.StringIO(run("form4", "MANY", "-r", "1", "--count", "60", "--csv").stdout)))
    assert {row["owner_name"] for row in rows} == {"OWNER 2"}
    assert len(rows) == 60
    answer = json.loads(run("form4", "MANY", "-r", "1", "--all", "--json").stdout)
    assert [insider["name"] for insider in answer["insiders"]] == ["OWNER 2"]
    assert len(answer["transactions"]) == 125
    assert answer["summary"]["transaction_count"] == 250


def test_a_server_that_repeats_its_pages_is_not_followed_for_ever(run: Run, canned: Canned) -> None:
    """The same page token twice ends the read with a sentence."""
    canned.repeats_pages = True
    result = run("form4", "AAPL", "--all")
    assert (result.exit_code, result.stdout, len(canned.requests)) == (1, "", 2)
    assert result.stderr == "AAPL: the service repeats a page; the list cannot be read whole\n"


def test_a_loading_company_can_be_waited_for(run: Run, canned: Canned) -> None:
    """`--wait` asks until the status is ready, then shows the table."""
    canned.loading_for = 3
    result = run("form4", "AAPL", "--wait")
    assert (result.exit_code, len(canned.requests)) == (0, 5)
    assert "Ready: filings since 2024-11-24 are read" in result.stdout


def test_an_answer_that_was_kept_does_not_end_the_waiting(run: Run, canned: Canned) -> None:
    """When the lines come with an older answer that still says loading, `--wait` reads them again."""
    canned.older_for = 1
    result = run("form4", "AAPL", "--wait", "--json")
    assert (result.exit_code, len(canned.requests)) == (0, 4)
    assert json.loads(result.stdout)["status"] == "ready"


def test_waiting_has_an_end(run: Run) -> None:
    """A company that stays loading ends in exit code 4 and a sentence."""
    result = run("form4", "NEW", "--wait", "--wait-timeout", "1")
    assert (result.exit_code, result.stdout) == (4, "")
    assert result.stderr == "NEW: still loading after 1 s; without --wait you see what is there\n"


def test_a_search_joins_its_words(run: Run, canned: Canned) -> None:
    """`scan search brk b` needs no quotes; finding nothing is said, and is no failure."""
    result = run("scan", "search", "brk", "b", "--limit", "3")
    assert "BRK-B   0001067983  BERKSHIRE HATHAWAY INC" in result.stdout
    assert str(canned.requests[-1]) == 'q: "brk b"\nlimit: 3\n'
    del canned.found.results[:]
    result = run("scan", "search", "[red]x")
    assert (result.exit_code, result.stdout) == (0, "No company resembles '[red]x'.\n")


def test_a_search_is_printed_for_programs(run: Run) -> None:
    """JSON has the message, CSV a row a company."""
    assert json.loads(run("scan", "search", "b", "--json").stdout)["results"][0]["ticker"] == "BRK-B"
    assert run("scan", "search", "b", "--csv").stdout.splitlines()[:2] == [
        "ticker,cik,name",
        "BRK-B,0001067983,BERKSHIRE HATHAWAY INC",
    ]


@pytest.mark.parametrize(
    ("status", "exit_code"), [("healthy", 0), ("degraded", 1), ("unhealthy", 4), ("unspecified", 4)]
)
def test_health_is_an_exit_code_too(run: Run, canned: Canned, status: str, exit_code: int) -> None:
    """A monitor needs no parsing; a person sees each part."""
    canned.state.status = CheckResponse.Status.Value(status)
    result = run("health")
    assert result.exit_code == exit_code
    assert f"status           {status}" in result.stdout
    assert "service filings  connected" in result.stdout
    assert json.loads(run("health", "--json").stdout)["status"] == status
    assert run("health", "--csv").stdout.splitlines()[:2] == ["part,state", f"status,{status}"]
