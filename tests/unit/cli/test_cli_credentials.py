"""Where logins are kept: a private file, the user's keyring, and what is refused."""

import os
import time
from pathlib import Path

import pytest

from cli.credentials import folder, stores
from cli.credentials.login import Login
from cli.credentials.stores import FileStore, KeyringStore, find_keyring
from cli.credentials.wallet import Wallet
from cli.endpoint import parse_url
from cli.errors import CommandError

DOOR, OTHER = "http://127.0.0.1:8080", "https://sec.example:443"
DESKTOP = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "PYTHON_KEYRING_BACKEND")
ADA = Login("ada@example.com", "access-a", "str_a", 1000.0)
BOB = Login("bob@example.com", "access-b", "str_b", 2000.0)


class Keyring:
    """Keep passwords in memory, slowly or not at all where that is wanted."""

    name = "a keyring"
    priority = 5.0

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.is_locked = False
        self.seconds = 0.0

    def answer(self) -> None:
        """Take time, or refuse."""
        time.sleep(self.seconds)
        if self.is_locked:
            raise OSError("Failed to unlock the collection!\x1b[2J")

    def get_password(self, service: str, door: str) -> str | None:
        """Return a password."""
        self.answer()
        return self.kept.get((service, door))

    def set_password(self, service: str, door: str, text: str) -> None:
        """Keep a password."""
        self.answer()
        self.kept[service, door] = text

    def delete_password(self, service: str, door: str) -> None:
        """Keep one no longer."""
        self.answer()
        del self.kept[service, door]


def test_each_door_has_its_login(config: Path) -> None:
    """Two doors in one file do not know of each other, and what goes takes nothing along."""
    store = FileStore()
    assert store.load(DOOR) is None
    store.save(DOOR, ADA)
    store.save(OTHER, BOB)
    assert (store.load(DOOR), store.load(OTHER)) == (ADA, BOB)
    store.forget(DOOR)
    store.forget(DOOR)
    assert (store.load(DOOR), store.load(OTHER)) == (None, BOB)
    assert sorted(file.name for file in (config / "sectracker").iterdir()) == ["credentials.json", "credentials.lock"]


def test_asking_makes_no_folder(config: Path) -> None:
    """Who never logs in finds nothing of ours among their settings."""
    assert FileStore().load(DOOR) is None
    FileStore().forget(DOOR)
    assert not config.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(config: Path, mode: int) -> None:
    """Secrets that others may have read are not used as if nothing were."""
    FileStore().save(DOOR, ADA)
    (config / "sectracker" / "credentials.json").chmod(mode)
    with pytest.raises(CommandError, match="cannot be used for credentials: open to others: chmod"):
        FileStore().load(DOOR)


def test_a_link_is_refused(config: Path, tmp_path: Path) -> None:
    """Neither the file nor its folder may be a symbolic link, and a link's target is not written."""
    FileStore().save(DOOR, ADA)
    file = config / "sectracker" / "credentials.json"
    file.rename(tmp_path / "elsewhere.json")
    file.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(CommandError, match="a symbolic link"):
        FileStore().load(DOOR)
    file.unlink()
    (config / "sectracker").rename(tmp_path / "folder")
    (config / "sectracker").symlink_to(tmp_path / "folder")
    with pytest.raises(CommandError, match="a symbolic link"):
        FileStore().save(DOOR, ADA)


def test_what_is_no_file_is_refused(config: Path) -> None:
    """A pipe in the file's place is not waited for, a folder not read."""
    FileStore().save(DOOR, ADA)
    file = config / "sectracker" / "credentials.json"
    file.unlink()
    os.mkfifo(file, 0o600)
    with pytest.raises(CommandError, match="no file of credentials"):
        FileStore().load(DOOR)
    file.unlink()
    file.mkdir(mode=0o700)
    with pytest.raises(CommandError, match="cannot be used"):
        FileStore().load(DOOR)


def test_what_somebody_else_made_is_refused(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of another user is not trusted with a token."""
    FileStore().save(DOOR, ADA)
    monkeypatch.setattr(os, "geteuid", lambda: 987_654)
    with pytest.raises(CommandError, match="not yours"):
        FileStore().load(DOOR)


def test_a_folder_that_others_write_is_refused(config: Path) -> None:
    """Whoever can write the folder can put a file of theirs into it."""
    FileStore().save(DOOR, ADA)
    (config / "sectracker").chmod(0o777)
    with pytest.raises(CommandError, match="written by others"):
        FileStore().load(DOOR)


@pytest.mark.parametrize(
    "text", ["", "{", "5", '{"doors": 1}', "[" * 100_000, '{"doors": {"http://127.0.0.1:8080": 5}}']
)
def test_a_file_that_is_broken_is_a_sentence(config: Path, text: str) -> None:
    """Nothing in the file ends in a traceback, and it is not written over."""
    FileStore().save(DOOR, ADA)
    file = config / "sectracker" / "credentials.json"
    file.write_text(text)
    with pytest.raises(CommandError, match="log in again"):
        FileStore().load(DOOR)
    assert file.read_text() == text


def test_a_file_is_written_whole_or_not_at_all(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full leaves the file before, and nothing half-written beside it."""
    FileStore().save(DOOR, ADA)

    def full(_: int) -> None:
        """Fail as a full disk does."""
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CommandError, match="no space left on device"):
        FileStore().save(DOOR, BOB)
    assert FileStore().load(DOOR) == ADA
    assert len(list((config / "sectracker").iterdir())) == 2


def test_a_lock_that_is_held_is_not_waited_for_without_end() -> None:
    """A command that hangs keeps no other from going on."""
    with folder.locked("x.lock", 1) as first, folder.locked("x.lock", 0.1) as second:
        assert (first, second) == (True, False)


def test_a_user_without_a_home_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container with a bare user id nothing is kept, and nothing is missed."""

    def homeless() -> Path:
        """Fail as for a user id that no account has."""
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setattr(Path, "home", homeless)
    assert FileStore().load(DOOR) is None
    with pytest.raises(CommandError, match="XDG_CONFIG_HOME may name another"):
        FileStore().save(DOOR, ADA)


def test_secrets_are_in_no_repr() -> None:
    """What an error or a debugger shows of a login is whose it is."""
    assert "access-a" not in repr(ADA)
    assert "str_a" not in repr(ADA)


@pytest.mark.parametrize("token", ["", "a\nb", "ü", "x" * 10_000])
def test_what_cannot_be_sent_is_no_token(token: str) -> None:
    """A header with a line end in it would be refused by gRPC in words that repeat it."""
    with pytest.raises(ValueError, match="these are no tokens"):
        Login.checked("ada@example.com", token, "str_a", 0)


def test_a_keyring_is_preferred_and_the_file_left() -> None:
    """A login in the keyring takes the place of one in the file."""
    keyring = KeyringStore(Keyring())
    FileStore().save(DOOR, BOB)
    wallet = Wallet((keyring, FileStore()))
    assert wallet.load(DOOR) == BOB
    assert wallet.save(DOOR, ADA) == "the keyring (a keyring)"
    assert (wallet.load(DOOR), FileStore().load(DOOR)) == (ADA, None)
    wallet.forget(DOOR)
    assert wallet.load(DOOR) is None


def test_a_keyring_that_refuses_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A locked keyring leads to the file, in a sentence without anything that a terminal obeys."""
    backend = Keyring()
    backend.is_locked = True
    wallet = Wallet((KeyringStore(backend), FileStore()))
    with pytest.raises(CommandError, match="failed: Failed to unlock the collection!"):
        wallet.load(DOOR)
    assert wallet.save(DOOR, ADA).endswith("credentials.json")
    assert "\x1b" not in capsys.readouterr().err
    assert wallet.load(DOOR) == ADA


def test_the_newest_of_two_logins_is_used() -> None:
    """What was kept in the file while the keyring was away is not forgotten for an older one in the keyring."""
    wallet = Wallet((KeyringStore(Keyring()), FileStore()))
    wallet.save(DOOR, ADA)
    FileStore().save(DOOR, BOB)
    assert wallet.load(DOOR) == BOB


def test_a_keyring_that_hangs_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prompt that nobody sees ends in a sentence."""
    monkeypatch.setattr(stores, "ANSWER_SECONDS", 0.1)
    backend = Keyring()
    backend.seconds = 2.0
    with pytest.raises(CommandError, match=r"failed: no answer\. SECTRACKER_CREDENTIALS=file"):
        KeyringStore(backend).load(DOOR)


@pytest.mark.parametrize("present", [[], ["DISPLAY"], ["DBUS_SESSION_BUS_ADDRESS"]])
def test_no_keyring_is_looked_for_without_a_desktop(monkeypatch: pytest.MonkeyPatch, present: list[str]) -> None:
    """Over SSH and in containers nobody could unlock one, and loading the library would cost 0.3 s."""
    for name in DESKTOP:
        monkeypatch.delenv(name, raising=False)
    for name in present:
        monkeypatch.setenv(name, "x")
    monkeypatch.setattr(stores, "load_backend", lambda: pytest.fail("it was looked for"))
    assert find_keyring(is_asked_for=False) is None


@pytest.mark.parametrize(
    ("priority", "is_asked_for", "is_found"),
    [(5, False, True), (0.5, False, False), (0.5, True, True), (0, True, False)],
)
def test_a_keyring_is_a_real_one(
    monkeypatch: pytest.MonkeyPatch, priority: float, is_asked_for: bool, is_found: bool
) -> None:
    """Backends that keep nothing, or that are plain files of their own, are not taken for one unasked."""
    backend = Keyring()
    monkeypatch.setattr(backend, "priority", priority, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "some.Backend")
    monkeypatch.setattr(stores, "load_backend", lambda: backend)
    assert (find_keyring(is_asked_for=is_asked_for) is not None) == is_found


def test_the_library_is_quiet_where_it_has_no_keyring(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A backend that cannot be loaded leaves no word on the terminal, and the file is used."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("SECTRACKER_CREDENTIALS", "")
    wallet = Wallet.of_user()
    assert [type(store) for store in wallet.stores] == [FileStore]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("choice", "sentence"), [("vault", "neither file nor keyring"), ("keyring", "none is there")])
def test_a_choice_that_cannot_be_met_is_refused(monkeypatch: pytest.MonkeyPatch, choice: str, sentence: str) -> None:
    """Who asks for a keyring gets no file instead."""
    monkeypatch.setenv("SECTRACKER_CREDENTIALS", choice)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    with pytest.raises(CommandError, match=sentence):
        Wallet.of_user()


@pytest.mark.parametrize(
    ("url", "door"),
    [
        ("http://127.0.0.1:8080/", DOOR),
        ("HTTPS://Sec.Example", OTHER),
        ("http://[::1]", "http://[::1]:80"),
    ],
)
def test_a_door_has_one_name(url: str, door: str) -> None:
    """However a URL is typed, its login is found."""
    assert parse_url(url).door == door
