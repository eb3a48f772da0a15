"""State, passwords, logs and folders on a disk."""

import os
import socket
from pathlib import Path

import pytest

from deploy.local import logfile, postgres, state
from deploy.local.machine import free_ports, is_free, is_same, started
from deploy.local.passwords import NAMES, passwords
from deploy.local.places import Places
from deploy.local.postgres import Programs
from deploy.local.refusal import Refusal
from deploy.local.stack import check_door
from deploy.local.state import Known, Stack


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """Return places below a folder with a space in its name."""
    made = Places(run=tmp_path / "a run", data=tmp_path / "a data")
    made.make()
    return made


def test_the_state_file_comes_back_as_written(where: Places) -> None:
    """What the supervisor writes is what the other commands read."""
    told = Stack("ready", Known("supervisor", "ready", 1, 2.0), {"envoy": 1}, "small", processes=[Known("a", "ready")])
    state.write(where, told)
    assert state.read(where) == told


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"processes": []}', '{"processes": [{"from": "later"}]}'])
def test_a_state_file_of_another_kind_is_none(where: Places, text: str) -> None:
    """A damaged state file, or one of another version, is as good as none."""
    where.state.write_text(text)
    assert state.read(where) is None


def test_passwords_are_kept_and_private(where: Places) -> None:
    """Passwords are made once, all different, and nobody else can read them."""
    made = passwords(where)
    assert set(made) == set(NAMES)
    assert len(set(made.values())) == len(NAMES)
    assert passwords(where) == made
    assert where.passwords.stat().st_mode & 0o777 == 0o600


def test_a_data_folder_that_others_may_write_is_refused(where: Places) -> None:
    """In a folder that everybody may write to, somebody may have put something."""
    where.data.chmod(0o777)
    with pytest.raises(Refusal, match="somebody else"):
        where.make()


def test_a_large_log_moves_aside_and_goes_on(tmp_path: Path) -> None:
    """A log that is too large keeps its old lines in `.1`, and its writer goes on in the emptied file."""
    log = tmp_path / "a.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old\n" * 10)
        assert not logfile.rotate(log, largest=40)
        writer.write(b"last\n")
        assert logfile.rotate(log, largest=40)
        writer.write(b"new\n")
    assert log.read_bytes() == b"new\n"
    assert (tmp_path / "a.log.1").read_bytes().endswith(b"old\nlast\n")


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    """The tail is short, whatever the log holds."""
    log = tmp_path / "a.log"
    log.write_bytes(b"first\n" * 20_000 + b"\xff last but one\nlast\n")
    assert logfile.tail(log, lines=2) == "    \ufffd last but one\n    last"
    assert logfile.tail(tmp_path / "none.log", lines=2) == ""


def test_a_taken_port_is_told_with_its_holder() -> None:
    """When the gateway's port is taken, the sentence says by whom and what to do."""
    port = next(free_ports())
    assert is_free(port)
    told = f"Port {port} .* is taken by .*process {os.getpid()}.*GATEWAY_PORT={port + 1}"
    with socket.create_server(("127.0.0.1", port)), pytest.raises(Refusal, match=told):
        check_door(port)


def test_a_process_is_known_by_its_start() -> None:
    """A number alone is no identity: a later process may get it."""
    me = started(os.getpid())
    assert me is not None
    assert is_same(os.getpid(), me)
    assert not is_same(os.getpid(), me - 60)


def test_data_of_another_version_are_refused(tmp_path: Path) -> None:
    """A cluster that another major version made is not touched, and the sentence says which."""
    (tmp_path / "PG_VERSION").write_text("9\n")
    with pytest.raises(Refusal, match="was made by PostgreSQL 9"):
        postgres.make_cluster(Programs(tmp_path, None), tmp_path, "5ec7e7")
