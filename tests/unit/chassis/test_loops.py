"""Loops: rounds go on after an error and end when told."""

import threading
from time import monotonic, sleep

from services.chassis.loops import Loops


def test_an_error_ends_the_round_and_not_the_loop() -> None:
    """A function that fails is called again."""
    rounds, enough = [], threading.Event()

    def work() -> None:
        rounds.append(1)
        if len(rounds) == 3:
            enough.set()
        raise KeyError

    loops = Loops()
    loops.every(0.001, work)
    loops.start()
    assert enough.wait(5)
    loops.stop()
    seen = len(rounds)
    sleep(0.02)
    assert seen == len(rounds)


def test_a_resting_loop_ends_at_once() -> None:
    """Stopping does not wait for the rest between two rounds."""
    started = threading.Event()
    loops = Loops()
    loops.every(3600, started.set, name="rare")
    loops.start()
    assert started.wait(5)
    begun = monotonic()
    loops.stop()
    assert monotonic() - begun < 1
    assert not [thread for thread in threading.enumerate() if thread.name == "loop rare"]
