"""How long a process that dies is put up with."""

from deploy.local.child import Patience, reason


def test_pauses_double_up_to_a_limit_and_end() -> None:
    """After each quick death the pause doubles; after the last one there is none."""
    patience = Patience(quick_deaths=6, first_pause=0.5, longest_pause=3)
    assert list(patience.pauses()) == [0.5, 1, 2, 3, 3]


def test_an_end_is_told_in_words() -> None:
    """An exit code and a signal read differently."""
    assert reason(3) == "exit code 3"
    assert reason(-9) == "killed by SIGKILL"
