"""Answers: kept for their lifetime or until their topic changes, made once, bounded by count and bytes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest

from services.chassis.cache import Answers, Made, Standing
from services.chassis.errors import DeadlineExceeded


def make(
    answers: Answers, name: bytes, data: bytes, *, lifetime: float = 60.0, topic: str = "", stands: float = 60.0
) -> bytes:
    """Make an answer that takes no time; with a topic it stands."""
    standing = Standing(topic, stands) if topic else None
    return answers.make(("/a/b", name), lifetime, 1.0, lambda: Made(data, standing))


def found(answers: Answers, *names: bytes) -> list[bytes]:
    """Return those of some requests that have a good answer."""
    return [name for name in names if answers.find(("/a/b", name)) is not None]


def test_an_answer_is_kept_for_its_lifetime() -> None:
    """Until its time is over an answer is found, then it is not."""
    answers = Answers()
    make(answers, b"request", b"answer", lifetime=0.05)
    assert answers.find(("/a/b", b"request")) == b"answer"
    assert answers.find(("/a/c", b"request")) is None
    sleep(0.06)
    assert answers.find(("/a/b", b"request")) is None


def test_an_answer_is_as_old_as_its_making() -> None:
    """What took longer to make than it may be kept is given to those who waited, and to nobody afterwards."""
    answers = Answers()

    def slow() -> Made:
        sleep(0.06)
        return Made(b"answer")

    assert answers.make(("/a/b", b"request"), 0.05, 1.0, slow) == b"answer"
    assert answers.find(("/a/b", b"request")) is None


def test_an_answer_is_made_once_for_all_who_ask() -> None:
    """Many threads that ask for the same at the same time cause one making, and get the same bytes."""
    answers, made, everybody_asks = Answers(), [], threading.Barrier(8)

    def maker() -> Made:
        made.append(1)
        sleep(0.05)
        return Made(b"answer")

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

    def fail() -> Made:
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

    def slow() -> Made:
        is_making.set()
        may_end.wait(5)
        return Made(b"answer")

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


def test_an_answer_stands_while_its_topic_is_confirmed() -> None:
    """Its own lifetime is long over; it ends with the confirmation, and the next one brings it back."""
    answers = Answers()
    make(answers, b"apple", b"answer", lifetime=0, topic="apple")
    make(answers, b"nothing", b"answer", lifetime=0)
    assert not found(answers, b"apple", b"nothing")
    answers.confirm((), monotonic() + 0.05)
    assert found(answers, b"apple", b"nothing") == [b"apple"]
    sleep(0.06)
    assert not found(answers, b"apple")
    answers.confirm((), monotonic() + 60)
    assert found(answers, b"apple") == [b"apple"]


def test_a_change_ends_the_answers_about_it_and_no_others() -> None:
    """All answers about a topic go, what they took of the room is free again, and None changes everything."""
    answers, later = Answers(), monotonic() + 60
    for name, topic in ((b"a1", "apple"), (b"a2", "apple"), (b"m", "microsoft"), (b"none", "")):
        make(answers, name, b"answer", topic=topic)
    answers.confirm({"apple", "unheard of"}, later)
    assert found(answers, b"a1", b"a2", b"m", b"none") == [b"m", b"none"]
    assert answers.bytes == len(b"mnone") + 2 * len(b"answer")
    make(answers, b"a1", b"newer", topic="apple")
    answers.confirm(None, later)
    assert found(answers, b"a1", b"m", b"none") == [b"none"]
    assert len(answers) == 1


def test_an_answer_that_was_being_made_during_a_look_does_not_stand() -> None:
    """It may have been read before the change that the look found, and the next look will not find that again."""
    answers = Answers()

    def maker() -> Made:
        answers.confirm({"apple"}, monotonic() + 60)
        return Made(b"read before", Standing("apple", 60))

    answers.make(("/a/b", b"apple"), 0.05, 1.0, maker)
    assert found(answers, b"apple") == [b"apple"]
    sleep(0.06)
    assert not found(answers, b"apple")


def test_an_answer_stands_no_longer_than_it_was_told_to() -> None:
    """Confirmed or not, after these seconds it is made again."""
    answers = Answers()
    answers.confirm((), monotonic() + 60)
    make(answers, b"apple", b"answer", lifetime=0, topic="apple", stands=0.05)
    assert found(answers, b"apple") == [b"apple"]
    sleep(0.06)
    assert not found(answers, b"apple")
