"""What a person is told about a stack."""

from pathlib import Path

from deploy.local.places import Places
from deploy.local.progress import Progress, overview, welcome
from deploy.local.state import Known, Stack


def stack(*processes: Known, phase: str = "ready") -> Stack:
    """Return a stack as its state file would tell it."""
    return Stack(phase, Known("supervisor", "ready", 1, 0.0), {"envoy": 8099}, "small", processes=list(processes))


def test_each_change_is_told_once() -> None:
    """A state is told when it is taken, not every time that somebody looks."""
    lines: list[str] = []
    progress = Progress(lines.append)
    starting, ready = Known("envoy", "starting", port=8099), Known("envoy", "ready", port=8099)
    for seen in (starting, ready, ready):
        progress(stack(seen))
    assert len(lines) == 1
    assert lines[0].split()[2:] == ["envoy", "ready", "port", "8099"]


def test_a_restart_is_told_again() -> None:
    """A process that comes back is told although it was told before."""
    lines: list[str] = []
    progress = Progress(lines.append)
    progress(stack(Known("worker", "ready")))
    progress(stack(Known("worker", "restarting", restarts=1, message="ended (exit code 1)")))
    progress(stack(Known("worker", "ready", restarts=1)))
    assert [line.split()[3] for line in lines] == ["ready", "restarting", "ready"]
    assert lines[1].endswith("ended (exit code 1)")


def test_what_never_ran_is_not_told_to_have_stopped() -> None:
    """Stopping before everything has started tells of what had."""
    lines: list[str] = []
    Progress(lines.append)(stack(Known("envoy", "stopped"), phase="stopping"))
    assert lines == []


def test_the_welcome_says_where() -> None:
    """After `up` one knows the address, what answers there and how to stop it."""
    said = welcome(stack(), Places(Path("/run"), Path("/data")))
    assert "http://127.0.0.1:8099/api/v1/health" in said
    assert "make down" in said


def test_the_overview_says_that_a_supervisor_is_gone() -> None:
    """States of a stack whose supervisor died are not believed."""
    said = overview(stack(Known("envoy", "ready", port=8099)))
    assert said.splitlines()[1].split()[:2] == ["envoy", "gone"]
