"""The command as a process of its own: pipes, terminals, signals, locales, completion."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.cli.canned import Canned

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "cli")
PATHS = f"{ROOT}:{ROOT / 'protos' / 'gen'}"
# Colours and weights: the only sequences that a table may hold.
STYLES = re.compile(r"\x1b\[[0-9;]*m")
SECONDS = 30


def environment(canned: Canned, **more: str) -> dict[str, str]:
    """Return the variables of a plain shell, and where the canned server is."""
    kept = {name: os.environ[name] for name in ("PATH", "XDG_CONFIG_HOME", "SECTRACKER_CREDENTIALS")}
    return {**kept, "PYTHONPATH": PATHS, "LANG": "C.UTF-8", "SECTRACKER_URL": canned.url, **more}


def piped(canned: Canned, *words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command with its output in pipes."""
    return subprocess.run(  # noqa: S603 - our own interpreter and module
        [*COMMAND, *words], env=environment(canned, **more), capture_output=True, timeout=SECONDS, check=False
    )


def on_terminal(canned: Canned, *words: str, **more: str) -> tuple[str, int]:
    """Run the command on a pseudo-terminal of 80 columns; return what it shows and its exit code."""
    ours, theirs = pty.openpty()
    variables = environment(canned, **{"TERM": "xterm-256color"} | more)
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [*COMMAND, *words], env=variables, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                block = os.read(ours, 65536)
            except OSError:  # the other side was closed
                break
            shown += block
        exit_code = process.wait(SECONDS)
    os.close(ours)
    return shown.decode(), exit_code


def test_a_pipe_gets_plain_text(canned: Canned) -> None:
    """No control code, even where the environment asks for colour; a long read says nothing on standard error."""
    result = piped(canned, "form4", "MANY", "--all", FORCE_COLOR="1")
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"\x1b" not in result.stdout
    assert result.stdout.count(b"OWNER") >= 250


def test_a_terminal_gets_colours_and_nothing_else(canned: Canned) -> None:
    """Sales are red, purchases green; filings' text cannot add sequences of its own."""
    canned.companies["AAPL"].company_name = "\x1b]0;pwned\x07\x1b[2JApple"
    shown, exit_code = on_terminal(canned, "form4", "AAPL")
    assert exit_code == 0
    assert "\x1b[31m↓ sell" in shown
    assert "\x1b[32m↑ buy" in shown
    plain = STYLES.sub("", shown)
    assert "\x1b" not in plain
    assert "\x07" not in plain
    assert "]0;pwned [2JApple" in plain
    assert max(map(len, plain.splitlines())) <= 80


def test_no_color_is_honoured(canned: Canned) -> None:
    """With NO_COLOR set a terminal gets weights at most."""
    shown, _ = on_terminal(canned, "form4", "AAPL", NO_COLOR="1")
    assert not re.search(r"\x1b\[(3[0-7]|9[0-7]|38)", shown)


def test_a_dumb_terminal_gets_plain_text(canned: Canned) -> None:
    """A terminal that obeys nothing is told nothing."""
    shown, exit_code = on_terminal(canned, "latest", TERM="dumb")
    assert exit_code == 0
    assert "\x1b" not in shown
    assert "Apple Inc." in shown


def test_progress_is_shown_on_a_terminal(canned: Canned) -> None:
    """A read of several pages counts its lines on the way."""
    shown, exit_code = on_terminal(canned, "form4", "MANY", "--all")
    assert exit_code == 0
    assert "100/250" in shown


def test_a_reader_that_goes_away_is_no_error(canned: Canned) -> None:
    """`| head -1` ends the command quietly, as it ends other tools."""
    canned.companies["MANY"].MergeFrom(canned.companies["MANY"])
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [*COMMAND, "form4", *["MANY"] * 8, "--all", "--csv"],
        env=environment(canned),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(SECONDS) == 141
    assert said == b""


def test_an_interrupt_ends_in_130(canned: Canned) -> None:
    """Ctrl-C while waiting leaves no traceback."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [*COMMAND, "form4", "NEW", "--wait"], env=environment(canned), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        until = time.monotonic() + SECONDS
        while not canned.requests and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        try:
            stdout, stderr = process.communicate(timeout=SECONDS)
        finally:
            process.kill()  # one that goes on after all must not be waited for
    assert (process.returncode, stdout, stderr) == (130, b"", b"")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_locale_will_do(canned: Canned, encoding: str) -> None:
    """People get a question mark for what their encoding lacks; programs always get UTF-8."""
    canned.companies["AAPL"].company_name = "Ápple 株"
    table = piped(canned, "form4", "AAPL", PYTHONIOENCODING=encoding)
    assert table.returncode == 0
    assert "Ápple 株".encode(encoding, "replace") in table.stdout
    for form in ("--json", "--csv"):
        assert "Ápple 株".encode() in piped(canned, "form4", "AAPL", form, PYTHONIOENCODING=encoding).stdout


def test_columns_may_be_named(canned: Canned) -> None:
    """COLUMNS narrows what a pipe gets, so that it fits a pager; nonsense in it is ignored."""
    narrow = piped(canned, "form4", "AAPL", COLUMNS="70").stdout.decode()
    assert max(map(len, narrow.splitlines()[3:9])) <= 70
    for nonsense in ("0", "-5", "x", "9" * 30):
        assert piped(canned, "health", COLUMNS=nonsense).returncode == 0


def test_completion_knows_commands_and_options(canned: Canned) -> None:
    """A shell that asks gets the words that may follow."""
    asked = {"_SECTRACKER_COMPLETE": "complete_bash", "COMP_WORDS": "sectracker f", "COMP_CWORD": "1"}
    assert piped(canned, **asked).stdout.split() == [b"form4"]
    asked |= {"COMP_WORDS": "sectracker latest --m", "COMP_CWORD": "2"}
    assert piped(canned, **asked).stdout.split() == [b"--min", b"--max"]
    no_detection = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # which shell started the tests says nothing
    for shell in ("bash", "zsh", "fish"):
        assert b"sectracker" in piped(canned, "--show-completion", shell, **no_detection).stdout


def test_the_stream_of_a_slow_terminal_is_read_to_its_end(canned: Canned) -> None:
    """A table larger than a pipe's buffer arrives whole at a reader that takes its time."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [*COMMAND, "form4", *["MANY"] * 3, "--all"], env=environment(canned), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        select.select([process.stdout], [], [], SECONDS)
        time.sleep(0.2)
        text = process.stdout.read()
    assert text.count(b"Many Lines Corp") == 3
    assert process.returncode == 0
