"""Answers: kept for their lifetime, made once, bounded by count and bytes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from services.chassis.cache import Answers
from services.chassis.errors import DeadlineExceeded


def make(answers: Answers, name: bytes, data: bytes, lifetime: float = 60.0) -> bytes:
    """Make an answer that takes no time."""
    return answers.make(("/a/b", name), lifetime, 1.0, lambda: data)


def test_an_answer_is_kept_for_its_lifetime() -> None:
    """Until its time is over an answer is found, then it is not."""
    answers = Answers()
    make(answers, b"request", b"answer", lifetime=0.05)
    assert answers.find(("/a/b", b"request")) == b"answer"
    assert answers.find(("/a/c", b"request")) is None
    sleep(0.06)
    assert answers.find(("/a/b", b"request")) is None


def test_an_answer_is_made_once_for_all_who_ask() -> None:
    """Many threads that ask for the same at the same time cause one making, and get the same bytes."""
    answers, made, everybody_asks = Answers(), [], threading.Barrier(8)

    def maker() -> bytes:
        made.append(1)
        sleep(0.05)
        return b"answer"

    def ask(_number: int) -> bytes:
        everybody_asks.wait()
        return answers.make(("/a/b", b""), 60.0, 5.0, maker)

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(ask, range(8)))
    assert got == [b"answer"] * 8
    assert len(made) == 1


def test_an_error_reaches_all_who_wait_and_is_not_kept() -> None:
    """Whoever waited gets the maker's error; whoever asks later has it made again."""
    answers, is_making, may_fail = Answers(), threading.Event(), threading.Event()

    def fail() -> bytes:
        is_making.set()
        may_fail.wait(5)
        raise KeyError

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(answers.make, ("/a/b", b""), 60.0, 5.0, fail)
        is_making.wait(5)
        second = pool.submit(make, answers, b"", b"never used")
        sleep(0.02)
        may_fail.set()
        assert isinstance(first.exception(5), KeyError)
        assert isinstance(second.exception(5), KeyError)
    assert make(answers, b"", b"made again") == b"made again"


def test_who_waits_gives_up_at_its_own_deadline() -> None:
    """A call with little time left does not wait for another's slow answer."""
    answers, is_making, may_end = Answers(), threading.Event(), threading.Event()

    def slow() -> bytes:
        is_making.set()
        may_end.wait(5)
        return b"answer"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(answers.make, ("/a/b", b""), 60.0, 5.0, slow)
        is_making.wait(5)
        with pytest.raises(DeadlineExceeded):
            answers.make(("/a/b", b""), 60.0, 0.02, slow)
        may_end.set()
        assert first.result(5) == b"answer"


def test_the_oldest_answers_go_when_there_are_too_many() -> None:
    """Count is bounded; making an answer anew makes it the youngest."""
    answers = Answers(max_answers=2)
    make(answers, b"1", b"one", lifetime=0)
    make(answers, b"2", b"two")
    make(answers, b"1", b"one")
    make(answers, b"3", b"three")
    assert answers.find(("/a/b", b"2")) is None
    assert answers.find(("/a/b", b"1")) == b"one"
    assert len(answers) == 2


def test_the_oldest_answers_go_when_they_are_too_large() -> None:
    """Bytes are bounded, requests counted with their answers, and no single answer takes the room of all others."""
    answers = Answers(max_bytes=1000)
    for number in range(20):
        make(answers, b"%010d" % number, b"x" * 100)
    assert len(answers) == 9
    assert answers.bytes == 990
    make(answers, b"large", b"x" * 500)
    assert answers.find(("/a/b", b"large")) is None
    assert len(answers) == 9
