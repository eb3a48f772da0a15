"""Be somebody at the door: a person with an account, at an address of their own."""

import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from tests.e2e.stack.asking import ANSWER_SECONDS
from tests.support.stack import Running

PASSWORD = "correct horse battery staple"
# All of 127.0.0.0/8 leads to this machine, so each test, and each attacker, has addresses that nobody else uses up.
NUMBERS: Iterator[int] = count(secrets.randbelow(1 << 20) + 257)
LOCK = threading.Lock()


def fresh_address() -> str:
    """Return an address that has not been used before."""
    with LOCK:
        number = next(NUMBERS)
    return f"127.{1 + number // 62500 % 250}.{number // 250 % 250}.{1 + number % 250}"


def client(stack: Running, address: str = "", **headers: str) -> httpx.Client:
    """Return an HTTP client that comes from an address; without one, from a fresh one."""
    # The door of a test speaks no TLS, and reading the machine's certificates takes longer than most answers.
    transport = httpx.HTTPTransport(local_address=address or fresh_address(), verify=False)
    return httpx.Client(base_url=f"{stack.url}/api/v1/", transport=transport, timeout=ANSWER_SECONDS, headers=headers)


def fresh_email() -> str:
    """Return an e-mail address that nobody has registered."""
    return f"person-{secrets.token_hex(6)}@example.com"


@dataclass(slots=True)
class Person:
    """Somebody with an account, who comes from one address, and the newest tokens of one login."""

    stack: Running
    email: str
    password: str = PASSWORD
    address: str = field(default_factory=fresh_address)
    id: str = ""
    access_token: str = ""
    refresh_token: str = ""

    def log_in(self) -> httpx.Response:
        """Log in and keep the tokens, where there are any."""
        with client(self.stack, self.address) as http:
            answer = http.post("auth/login", json={"email": self.email, "password": self.password})
        self.take(answer)
        return answer

    def refresh(self) -> httpx.Response:
        """Trade the refresh token for a new pair and keep it."""
        with client(self.stack, self.address) as http:
            answer = http.post("auth/refresh", json={"refresh_token": self.refresh_token})
        self.take(answer)
        return answer

    def take(self, answer: httpx.Response) -> None:
        """Keep the tokens of an answer that has some."""
        if answer.is_success:
            self.access_token, self.refresh_token = answer.json()["access_token"], answer.json()["refresh_token"]

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request with the access token."""
        with client(self.stack, self.address, authorization=f"Bearer {self.access_token}") as http:
            return http.request(method, path, **options)

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """Return what a gRPC call of this person carries."""
        return (("authorization", f"Bearer {self.access_token}"),)

    def another_login(self) -> "Person":
        """Return the same person with a login of its own."""
        other = Person(self.stack, self.email, self.password, self.address, self.id)
        answer = other.log_in()
        assert answer.is_success, answer.text
        return other


def register(stack: Running) -> Person:
    """Return somebody new, logged in."""
    person = Person(stack, fresh_email())
    with client(stack, person.address) as http:
        answer = http.post("auth/register", json={"email": person.email, "password": person.password})
    assert answer.status_code == httpx.codes.OK, answer.text
    person.take(answer)
    person.id = answer.json()["user"]["id"]
    return person


def reason(answer: httpx.Response) -> str:
    """Return why a request was refused; every refusal has the contract's shape."""
    told = answer.json()
    assert set(told) == {"code", "message", "details"}, told
    return str(told["details"][0]["reason"])
