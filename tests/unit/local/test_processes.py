"""The table of what runs."""

import itertools
from pathlib import Path

import pytest

from deploy.local import processes
from deploy.local.environment import Ports, Wishes
from deploy.local.passwords import NAMES
from deploy.local.places import Places
from deploy.local.process import Ends, Process
from deploy.local.processes import Plan, part, table

SERVERS = ("postgres", "valkey", "roles")


@pytest.fixture(autouse=True)
def no_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the servers: their commands make files."""
    empty = tuple(Process(name, (name,), Ends()) for name in SERVERS)
    monkeypatch.setattr(processes, "servers", lambda _plan: empty)


def plan(**asked: str) -> Plan:
    """Return a plan that touches nothing."""
    places = Places(run=Path("/nowhere/run"), data=Path("/nowhere/data"))
    return Plan(Wishes.of(asked), places, Ports.pick(8080, itertools.count(20001)), dict.fromkeys(NAMES, "5ec7e7"))


@pytest.mark.parametrize("asked", [{}, {"EDGAR": "live", "SEC_USER_AGENT": "Ada ada@example.org"}])
def test_every_need_is_in_the_table(asked: dict[str, str]) -> None:
    """A process needs only processes that exist, whichever EDGAR is asked for."""
    made = table(plan(**asked))
    names = [process.name for process in made]
    assert len(names) == len(set(names))
    assert {need for process in made for need in process.needs} <= set(names)


def test_needs_have_no_circle() -> None:
    """There is an order in which everything can be started."""
    left = {process.name: set(process.needs) for process in table(plan())}
    while left:
        free = {name for name, needs in left.items() if not needs & left.keys()}
        assert free, f"{sorted(left)} wait for each other"
        left = {name: needs for name, needs in left.items() if name not in free}


def test_the_secs_edgar_replaces_the_small_one() -> None:
    """With EDGAR=live the small EDGAR is not started."""
    live = plan(EDGAR="live", SEC_USER_AGENT="Ada ada@example.org")
    assert "edgar" in {process.name for process in table(plan())}
    assert "edgar" not in {process.name for process in table(live)}


def test_the_small_edgar_is_told_what_it_serves() -> None:
    """A folder and further options reach the small EDGAR's command line."""
    made = next(p for p in table(plan(EDGAR_FOLDER="a folder", EDGAR_OPTIONS="--held-only")) if p.name == "edgar")
    assert made.command[-3:] == ("--folder", "a folder", "--held-only")


def test_two_processes_share_no_port() -> None:
    """Each process has its own port and its own metrics port."""
    ports = [port for process in table(plan()) for port in (process.port, process.metrics_port) if port is not None]
    assert len(ports) == len(set(ports))


def test_a_part_is_what_it_needs_and_no_more() -> None:
    """A named process comes with all that it needs, in the order of the table."""
    chosen = part(table(plan()), ["form4-migrate"])
    assert [process.name for process in chosen] == ["roles", "form4-migrate"]
