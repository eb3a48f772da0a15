"""AuthService/Login: e-mail and password for tokens, and nothing for guessers."""

import bcrypt
import grpc
import pytest
from sectracker.auth.v1.auth_service_pb2 import GetMeRequest, LoginRequest

from tests.contract.auth.people_house import ADA, ELSEWHERE, HER_PASSWORD, HOME, People
from tests.contract.chassis.trial import refusal_of
from tests.contract.serving import INVALID, UNAUTHENTICATED, refused

LIMITED = grpc.StatusCode.RESOURCE_EXHAUSTED
WRONG = "not her password"


def fails(people: People, times: int, email: str = ADA, address: str = HOME) -> None:
    """Guess so many times, and be told each time that it is wrong."""
    for _ in range(times):
        with refused(UNAUTHENTICATED, "CREDENTIALS_WRONG"):
            people.log_in(email, WRONG, address)


def is_limited(people: People, email: str = ADA, password: str = HER_PASSWORD, address: str = HOME) -> None:
    """Try, and be told to come back later, even with the right password."""
    with refused(LIMITED, "RATE_LIMITED", limit="login"):
        people.log_in(email, password, address)


def test_right_credentials_get_tokens(people: People) -> None:
    """In any spelling of the address; every login is one of its own."""
    made = people.register()
    first = people.at().Login(LoginRequest(email="ADA@Example.com", password=HER_PASSWORD))
    assert (first.token_type, first.expires_in) == ("bearer", 900)
    assert people.at(access_token=first.access_token).GetMe(GetMeRequest()).id == made.user.id
    assert people.tokens.row("SELECT count(*) FROM logins") == (2,)
    assert people.tokens.events() == ["registered", "logged_in"]


@pytest.mark.parametrize("is_active", [True, False])
def test_failures_look_alike(people: People, is_active: bool) -> None:
    """An unknown address, a wrong password and an inactive account get the same answer; the trail knows the account."""
    made = people.register()
    people.tokens.sql("UPDATE users SET is_active = :is_active", is_active=is_active)
    told = []
    for email, password in ((ADA, WRONG if is_active else HER_PASSWORD), ("nobody@example.com", WRONG)):
        with pytest.raises(grpc.RpcError) as caught:
            people.log_in(email, password)
        told.append(refusal_of(caught.value))
    assert [(one.code, one.info.reason, one.message) for one in told] == [
        (UNAUTHENTICATED, "CREDENTIALS_WRONG", "E-mail or password is wrong.")
    ] * 2
    rows = "SELECT array_agg(coalesce(user_id::text, '') ORDER BY id) FROM audit WHERE event = 'login_failed'"
    assert people.tokens.row(rows) == ([made.user.id, ""],)


def test_what_was_typed_is_in_no_trail(people: People) -> None:
    """Neither the address of nobody nor a password is kept anywhere."""
    fails(people, 1, "typo.of.a.password@example.com")
    assert people.tokens.row("SELECT detail, user_id FROM audit") == ({}, None)


def test_bcrypt_is_verified_and_upgraded(people: People) -> None:
    """A user imported with bcrypt logs in, also with a password longer than bcrypt reads, and has argon2id then."""
    long = "0123456789" * 9
    stored = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()
    people.tokens.user(ADA, password_hash=stored)
    fails(people, 1)
    assert people.log_in(password=long)
    (now,) = people.tokens.row("SELECT password_hash FROM users")
    assert str(now).startswith("$argon2id$")
    assert people.log_in(password=long)
    with refused(UNAUTHENTICATED, "CREDENTIALS_WRONG"):
        people.log_in(password=long[:72])


def test_a_hash_that_nobody_can_read_lets_nobody_in(people: People) -> None:
    """An account that was imported with something else answers as one that is not there."""
    people.tokens.user(ADA, password_hash="$1$abcdefgh$0123456789")
    fails(people, 1)


def test_a_login_makes_its_address_known_and_fifty_are_kept(people: People) -> None:
    """The oldest addresses are forgotten."""
    made = people.register()
    people.tokens.sql(
        "INSERT INTO known_addresses SELECT :user, '10.0.0.' || n, now() - make_interval(days => n) "
        "FROM generate_series(1, 60) n",
        user=made.user.id,
    )
    people.log_in(address="2001:db8:1:2:3:4:5:6")
    kept = "SELECT count(*), bool_or(address = '2001:db8:1:2::'), bool_or(address = '10.0.0.49') FROM known_addresses"
    assert people.tokens.row(kept) == (50, True, False)


def test_guesses_from_a_known_address_end(people: People) -> None:
    """After so many wrong passwords the right one is not looked at either, and the client is told when to come back."""
    people.register()
    fails(people, 3)
    with pytest.raises(grpc.RpcError) as caught:
        people.log_in()
    assert isinstance(caught.value, grpc.Call)
    headers = {name: value for name, value in caught.value.initial_metadata() or ()}  # noqa: C416 - mypy sees no pairs
    assert 800 < int(headers["retry-after"]) <= 900


def test_right_passwords_use_nothing_up(people: People) -> None:
    """An owner logs in as often as everybody's limits allow, and failures before stay counted."""
    people.register()
    fails(people, 2)
    for _ in range(5):
        people.log_in()
    fails(people, 1)
    is_limited(people)


def test_guesses_from_one_strange_address_end(people: People) -> None:
    """They are counted over all accounts, known and unknown ones alike."""
    people.register()
    fails(people, 2, ADA, ELSEWHERE)
    fails(people, 2, "nobody@example.com", ELSEWHERE)
    is_limited(people, address=ELSEWHERE)
    is_limited(people, "nobody@example.com", WRONG, ELSEWHERE)


@pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
def test_guesses_from_many_strange_addresses_end(people: People, email: str) -> None:
    """After so many to one account a trickle is left, for addresses that have not guessed yet."""
    people.register()
    for number in range(5):
        fails(people, 1, email, f"203.0.113.{number}")
    fails(people, 1, email, "203.0.113.100")
    is_limited(people, email, WRONG, "203.0.113.101")
    is_limited(people, email, WRONG, "203.0.113.1")


def test_others_cannot_lock_the_owner_out(people: People) -> None:
    """While strangers have used up every budget of an account, its owner logs in from where they always do."""
    people.register()
    for number in range(6):
        fails(people, 1, ADA, f"203.0.113.{number}")
    is_limited(people, password=WRONG, address="203.0.113.200")
    assert people.log_in()


def test_an_owner_on_a_journey_gets_through(people: People) -> None:
    """From a new address the right password takes the trickle, and gives it back."""
    people.register()
    for number in range(5):
        fails(people, 1, ADA, f"203.0.113.{number}")
    assert people.log_in(address="198.51.100.9")
    assert people.log_in(address="198.51.100.10")


def test_addresses_of_one_customer_are_one(people: People) -> None:
    """IPv6 addresses of the same /64 share a budget."""
    people.register()
    for number in range(4):
        fails(people, 1, ADA, f"2001:db8::{number:x}")
    is_limited(people, address="2001:db8::ffff")
    assert people.log_in(address="2001:db8:0:1::1")


@pytest.mark.parametrize("email", ["ada", "ada\x00@example.com", "ada\n@example.com", "' OR 1=1 --"])
def test_what_is_no_address_is_refused(people: People, email: str) -> None:
    """The field is named."""
    with refused(INVALID, "FIELD_INVALID", field="email"):
        people.log_in(email)


@pytest.mark.parametrize("password", ["", "x" * 129])
def test_passwords_have_bounds(people: People, password: str) -> None:
    """An empty one and a longer one than anybody can have are refused before any hash."""
    with refused(INVALID, "FIELD_INVALID", field="password"):
        people.log_in(password=password)


def test_a_megabyte_is_not_read(people: People) -> None:
    """No question is that large."""
    with refused(INVALID, "MESSAGE_MALFORMED", limit_bytes="65536"):
        people.log_in(password="x" * 1_000_000)
