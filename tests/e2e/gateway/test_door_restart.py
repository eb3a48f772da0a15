"""Restart the real form4, one process after the other, under load and behind the real door."""

import os
import signal
import time

from tests.e2e.gateway.load import load
from tests.e2e.stack.asking import until
from tests.support.stack import Running

BACK_SECONDS = 60.0


def restart(stack: Running, name: str, how: signal.Signals) -> None:
    """End a process, politely or not, and wait until the supervisor has started it again."""
    before = stack.process(name)
    assert before.pid is not None
    os.kill(before.pid, how)
    until(lambda: is_back(stack, name, before.restarts), BACK_SECONDS)
    time.sleep(1)  # Envoy looks twice a second


def is_back(stack: Running, name: str, restarts: int) -> bool:
    """Say whether a process was started once more and is ready."""
    now = stack.process(name)
    return (now.restarts, now.state) == (restarts + 1, "ready")


def test_restart_of_one_of_two_form4_processes_fails_no_request(running_stack: Running) -> None:
    """One is stopped, the other one is killed when the first is back, and every request is answered."""
    with load(running_stack.url, "/api/v1/form4/AAPL") as answers:
        time.sleep(0.5)
        restart(running_stack, "form4-1", signal.SIGTERM)
        restart(running_stack, "form4-2", signal.SIGKILL)
    assert set(answers) == {"200"}
    assert answers["200"] > 200
