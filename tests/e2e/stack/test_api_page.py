"""The pages that people read first: the commands that they print work, and answer what the pages say."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from deploy.local.demo import COMPANIES, YEARS_OF_SMALL_EDGAR
from deploy.local.places import CHECKOUT
from tests.e2e.stack.asking import ANSWER_SECONDS, get, operate, read, read_until
from tests.support.stack import Running

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")

FRONT_PAGE = (CHECKOUT / "README.md").read_text(encoding="utf-8")
PAGE = (CHECKOUT / "docs/api/README.md").read_text(encoding="utf-8")
PRINTED_URL = "http://127.0.0.1:8080"
# The status of each answer goes to standard error, whatever a command makes of the answer itself.
CURL = """curl() { command curl --write-out '%{stderr}%{http_code}\\n' "$@"; }\n"""
WINDOW = {"start_date": "2018-01-01", "end_date": "2025-12-31"}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What the commands of one block of the page have printed: each answer's status, and the answers that are seen."""

    statuses: list[int]
    answers: list[Json]


def blocks(language: str) -> list[str]:
    """Return the page's blocks of one language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def run(commands: str, url: str) -> Told:
    """Run a block of commands against another door."""
    done = subprocess.run(  # noqa: S603 - commands of our own page
        ["/bin/sh", "-eu", "-c", CURL + commands.replace(PRINTED_URL, url)],
        env={**os.environ, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=ANSWER_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Told([int(line) for line in done.stderr.splitlines()], list(documents(done.stdout)))


def documents(text: str) -> Iterator[Json]:
    """Return the JSON documents that stand one behind the other."""
    while text := text.strip():
        document, end = json.JSONDecoder().raw_decode(text)
        yield document
        text = text[end:]


@pytest.fixture(scope="module", autouse=True)
def read_as_by_the_demo(running_stack: Running) -> None:
    """Have everything read that `make demo` reads: that is what the pages show."""
    operate(running_stack, "refresh", "--years", str(YEARS_OF_SMALL_EDGAR), *COMPANIES)
    for ticker in COMPANIES:
        read_until(running_stack, f"form4/{ticker}", status="ready")


@pytest.fixture(scope="module")
def told(running_stack: Running) -> list[Told]:
    """Return what each block of commands of the page for REST clients prints."""
    assert all(PRINTED_URL in block for block in blocks("sh"))
    return [run(block, running_stack.url) for block in blocks("sh")]


def test_every_command_is_answered(told: list[Told]) -> None:
    """All examples succeed, and the last command is the one that is refused."""
    *examples, refused = [block.statuses for block in told]
    assert {status for statuses in examples for status in statuses} == {200}
    assert refused == [400]


def test_newest_lines_and_the_page_behind_them(running_stack: Running, told: list[Told]) -> None:
    """The first page has three lines of the window; the token that `sed` finds leads to the next three."""
    (first,), (second,) = told[0].answers, told[1].answers
    assert (first["ticker"], len(first["transactions"])) == ("PLTR", 3)
    both = read(running_stack, "form4/PLTR", count=6, **WINDOW)
    assert first["transactions"] + second["transactions"] == both["transactions"]
    assert first["summary"] == second["summary"] == both["summary"]
    assert all("2018-01-01" <= line["filed_on"] <= "2025-12-31" for line in both["transactions"])


def test_trades_of_a_year(told: list[Told]) -> None:
    """The trades are of 2019 by their own date, and none of them is known to be planned."""
    (answer,) = told[2].answers
    assert {line["date_effective"][:4] for line in answer["transactions"]} == {"2019"}
    assert not any(line.get("is_planned") for line in answer["transactions"])


def test_sums_market_and_search(told: list[Told]) -> None:
    """The sums are of a year, the companies have sold for a million or more each, and Palantir is found."""
    sums, market, search = told[3].answers
    assert (sums["ticker"], sums["period_days"]) == ("AAPL", 365)
    assert 0 < len(market["companies"]) <= 10
    assert all(company["total_sells"] >= 1_000_000 for company in market["companies"])
    assert search["results"][0]["ticker"] == "PLTR"


def test_the_refusal_is_the_one_that_is_printed(told: list[Told]) -> None:
    """The printed error is the real one, but for its request id."""
    (answer,), (printed,) = told[4].answers, map(json.loads, blocks("json"))
    printed["details"][2]["request_id"] = answer["details"][2]["request_id"]
    assert answer == printed


@pytest.mark.parametrize("path", re.findall(r"`/api/v1/([^`]+)`", PAGE))
def test_every_path_is_served(running_stack: Running, path: str) -> None:
    """Each path that the page names is there, by any spelling of a ticker, which is answered in the SEC's."""
    answer = get(running_stack, path.replace("{ticker}", "BRK%2FB"))
    assert answer.status_code == httpx.codes.OK
    if "{ticker}" in path:
        assert '"ticker":"BRK-B"' in answer.text


def test_the_front_page_shows_what_the_command_prints(running_stack: Running) -> None:
    """Every line of the table that the README shows is printed; when it was brought up to date is another moment."""
    (sample,) = re.findall(r"^\$ sectracker (.*)\n((?:.+\n|\n(?!\$))*)", FRONT_PAGE, re.MULTILINE)
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "cli", *shlex.split(sample[0]), "--url", running_stack.url],
        env={**os.environ, "COLUMNS": "160"},  # the width of a pipe, whatever runs the tests
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=ANSWER_SECONDS,
        check=True,
    )
    shown = [line for line in sample[1].splitlines() if line not in {"", "…"} and not line.startswith("Ready: ")]
    assert len(shown) == 6
    assert set(shown) <= set(done.stdout.splitlines())


def test_the_front_page_shows_what_rest_answers(running_stack: Running) -> None:
    """Every figure of the answer that the README shows is the one that its curl gets."""
    ((commands, sample),) = re.findall(r"^\$ (curl .*)\n((?:.+\n)*?)```", FRONT_PAGE, re.MULTILINE)
    (answer,) = run(commands, running_stack.url).answers
    shown = dict(re.findall(r'"(\w+)":("[^"]*"|-?[0-9.]+)', sample))
    assert len(shown) == 8
    assert {name: json.loads(text) for name, text in shown.items()}.items() <= answer["companies"][0].items()
