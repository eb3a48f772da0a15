"""AuthService/Register: a new account."""

import grpc
import pytest
from sectracker.auth.v1.auth_service_pb2 import GetMeRequest

from tests.contract.auth.people_house import ADA, ELSEWHERE, HER_PASSWORD, HOME, People
from tests.contract.serving import INVALID, refused

TAKEN = grpc.StatusCode.ALREADY_EXISTS


def test_an_account_is_made_and_logged_in(people: People) -> None:
    """The answer has the account and tokens that are good; the address is known from now on, and the trail says so."""
    made = people.register("Ada@Example.COM")
    assert (made.user.email, made.user.is_active, made.user.has_api_key) == (ADA, True, False)
    assert made.user.created_at == made.user.updated_at
    assert (made.token_type, made.expires_in, made.refresh_token[:4]) == ("bearer", 900, "str_")
    assert people.at(access_token=made.access_token).GetMe(GetMeRequest()) == made.user
    assert people.tokens.row("SELECT event, address, user_id::text, detail FROM audit") == (
        "registered",
        HOME,
        made.user.id,
        {},
    )
    assert people.tokens.row("SELECT user_id::text, address FROM known_addresses") == (made.user.id, HOME)


def test_the_password_is_stored_as_argon2id(people: People) -> None:
    """What is stored is a hash with 19 MiB of memory, and not the password."""
    people.register()
    (stored,) = people.tokens.row("SELECT password_hash FROM users")
    assert str(stored).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert HER_PASSWORD not in str(stored)


@pytest.mark.parametrize("spelling", [ADA, "ADA@example.com", "ada@EXAMPLE.com"])
def test_a_spelling_of_a_taken_address_is_refused(people: People, spelling: str) -> None:
    """An address is one account in every spelling; nothing of the second attempt is kept."""
    people.register()
    with refused(TAKEN, "EMAIL_TAKEN"):
        people.register(spelling, "another password", ELSEWHERE)
    assert people.tokens.row("SELECT count(*) FROM users") == (1,)
    assert people.tokens.row("SELECT count(*) FROM logins") == (1,)
    assert people.tokens.row("SELECT count(*) FROM known_addresses") == (1,)


def test_what_stands_after_a_plus_is_another_address(people: People) -> None:
    """Hosts differ in what a plus means, so it is not taken away."""
    people.register()
    assert people.register("ada+sec@example.com").user.email == "ada+sec@example.com"


@pytest.mark.parametrize(
    "email",
    [
        "ada",
        "ada@",
        "@example.com",
        "ada@localhost",
        " ada@example.com",
        "ada@example.com ",
        "ada@exam\nple.com",
        "ada\r\nBcc: all@example.com",
        "ada\x7f@example.com",
        "ada\u202e@example.com",
        "ada\u200b@example.com",
        "Ada <ada@example.com>",
        '"ada lovelace"@example.com',
        "ada@[127.0.0.1]",
        "ada@example.com'; DROP TABLE users; --",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 240}.com",
        "a@xn--a.com",
    ],
)
def test_what_is_no_address_is_refused(people: People, email: str) -> None:
    """Control and invisible characters, names, quotes and literals are no address; nothing is stored."""
    with refused(INVALID, "FIELD_INVALID", field="email"):
        people.register(email)
    assert people.tokens.row("SELECT count(*) FROM users") == (0,)


@pytest.mark.parametrize("password", ["seven77", "x" * 129, "with a \0 in it"])
def test_passwords_have_bounds(people: People, password: str) -> None:
    """Shorter than 8 characters, longer than 128 and with NUL are refused before any hash."""
    with refused(INVALID, "FIELD_INVALID", field="password"):
        people.register(password=password)


def test_a_megabyte_is_not_read(people: People) -> None:
    """No question is that large."""
    with refused(INVALID, "MESSAGE_MALFORMED", limit_bytes="65536"):
        people.register(password="x" * 1_000_000)


@pytest.mark.parametrize("password", ["x" * 127 + "é", "😀" * 128, "        ", "pass\nword of mine"])
def test_any_characters_make_a_password(people: People, password: str) -> None:
    """Eight to 128 characters, whatever they are, can be used to register and to log in."""
    people.register(password=password)
    assert people.log_in(password=password)


@pytest.mark.parametrize("password", ["password", "PassWord1", "ADA@EXAMPLE.COM", "iloveyou", "12345678"])
def test_the_first_guesses_are_refused(people: People, password: str) -> None:
    """One of the commonest passwords in any case, and the address itself, are refused."""
    with refused(INVALID, "PASSWORD_TOO_COMMON", field="password"):
        people.register(password=password)


def test_the_name_before_the_at_is_no_password(people: People) -> None:
    """What stands before the @ is as easily guessed as the address."""
    with refused(INVALID, "PASSWORD_TOO_COMMON", field="password"):
        people.register("grace.hopper@example.com", "Grace.Hopper")
