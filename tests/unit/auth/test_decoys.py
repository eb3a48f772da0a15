"""Hashes for addresses without an account."""

from services.auth.decoys import Decoys, decoy, kind_of

ARGON2, BCRYPT = "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$"
USUAL = decoy(ARGON2)


def test_kinds() -> None:
    """A kind is all that says how much work a hash is."""
    assert kind_of(decoy(ARGON2)) == ARGON2
    assert kind_of(decoy(BCRYPT)) == BCRYPT


def test_before_anything_is_known_all_are_of_todays_kind() -> None:
    """A new installation has no other."""
    assert Decoys(b"key", USUAL).hash_for("nobody@example.com") == USUAL


def test_kinds_are_as_frequent_as_among_accounts() -> None:
    """A quarter of the accounts has bcrypt, and so has a quarter of those that are none; each always the same."""
    decoys = Decoys(b"key", USUAL)
    decoys.learn({ARGON2: 300, BCRYPT: 100})
    emails = [f"nobody{number}@example.com" for number in range(4000)]
    drawn = [decoys.hash_for(email) for email in emails]
    assert set(drawn) == {decoy(ARGON2), decoy(BCRYPT)}
    assert 850 < drawn.count(decoy(BCRYPT)) < 1150
    assert drawn == [decoys.hash_for(email) for email in emails]


def test_which_address_has_which_is_nobodys_to_know() -> None:
    """Another installation's key draws otherwise."""
    kinds = {ARGON2: 1, BCRYPT: 1}
    one, other = Decoys(b"one", USUAL), Decoys(b"other", USUAL)
    one.learn(kinds)
    other.learn(kinds)
    emails = [f"nobody{number}@example.com" for number in range(50)]
    assert [one.hash_for(email) for email in emails] != [other.hash_for(email) for email in emails]


def test_kinds_that_nobody_can_verify_are_left_out() -> None:
    """An imported hash of an unknown scheme lets nobody in, and stands for nobody."""
    decoys = Decoys(b"key", USUAL)
    decoys.learn({"$1$": 5, BCRYPT: 0, "": 3})
    assert decoys.hash_for("nobody@example.com") == USUAL
