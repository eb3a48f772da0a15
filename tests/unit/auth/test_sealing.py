"""Sealing: what opens, and what does not."""

import pytest

from services.auth.sealing import Seal, SealBroken

SECRET = "a secret for sealing, of tests alone"


def test_what_was_sealed_opens_for_its_owner() -> None:
    """The same secret and owner open it, in another process too; each seal differs."""
    first, second = (Seal(SECRET).close(b"words", b"owner") for _ in range(2))
    assert first != second
    assert Seal(SECRET).open(first, b"owner") == Seal(SECRET).open(second, b"owner") == b"words"


@pytest.mark.parametrize("place", [0, 11, 12, 15, -1])
def test_a_changed_byte_breaks_it(place: int) -> None:
    """Nonce, text and tag are all protected."""
    sealed = bytearray(Seal(SECRET).close(b"words", b"owner"))
    sealed[place] ^= 1
    with pytest.raises(SealBroken):
        Seal(SECRET).open(bytes(sealed), b"owner")


def test_another_secret_another_owner_and_a_stump_do_not_open_it() -> None:
    """A sealed value that is moved to another row is worth nothing there."""
    sealed = Seal(SECRET).close(b"words", b"owner")
    for seal, data, owner in (
        (Seal(SECRET + "."), sealed, b"owner"),
        (Seal(SECRET), sealed, b"other"),
        (Seal(SECRET), sealed[:20], b"owner"),
        (Seal(SECRET), b"", b"owner"),
    ):
        with pytest.raises(SealBroken):
            seal.open(data, owner)
