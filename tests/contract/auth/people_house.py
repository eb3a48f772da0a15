"""auth as people meet it: the real server, tables and hashes, guesses counted in this process."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import grpc
from sectracker.auth.v1.auth_service_pb2 import LoginRequest, RegisterRequest, RegisterResponse
from sectracker.auth.v1.auth_service_pb2_grpc import AuthServiceStub

from services.auth.change_account import Accounts
from services.auth.decoys import Decoys
from services.auth.guesses import Budgets, Guesses
from services.auth.log_in import Entrance
from services.auth.passwords import Hasher, Passwords
from services.auth.register import Registration
from services.auth.servicer import AuthServicer
from services.chassis.counters import LocalCounters
from services.chassis.db import Sessions
from services.chassis.house import House
from services.chassis.identity import CLIENT_HEADER
from services.chassis.server import Server
from services.chassis.trust import Trust
from services.chassis.windows import parse
from tests.contract.chassis.trial import settings
from tests.contract.serving import listening
from tests.integration.auth.house import Tokens, standing
from tests.support.identity import bearer, carrying

AUTH = "sectracker.auth.v1.AuthService"
ADA, HER_PASSWORD = "ada@example.com", "a difference engine"
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"
HASHER = Hasher(19_456)
FEW = Budgets(parse("3/15m"), parse("4/15m"), parse("5/15m"), parse("100/1m"), parse("1/30s"))


@dataclass(frozen=True, slots=True)
class People:
    """A running auth, and what stands behind it."""

    tokens: Tokens
    trust: Trust
    entrance: Entrance
    channel: grpc.Channel

    def at(self, address: str = HOME, access_token: str = "") -> AuthServiceStub:
        """Return AuthService for somebody at an address, who may have a token, as the gateway forwards it."""
        self.trust.refresh()
        who = bearer(access_token) if access_token else ()
        return AuthServiceStub(carrying(self.channel, (*who, (CLIENT_HEADER, address))))

    def register(self, email: str = ADA, password: str = HER_PASSWORD, address: str = HOME) -> RegisterResponse:
        """Register."""
        return self.at(address).Register(RegisterRequest(email=email, password=password))

    def log_in(self, email: str = ADA, password: str = HER_PASSWORD, address: str = HOME) -> str:
        """Log in and return the access token."""
        return self.at(address).Login(LoginRequest(email=email, password=password)).access_token


@contextmanager
def open_to_people(sessions: Sessions, budgets: Budgets = FEW) -> Iterator[People]:
    """Run auth on some sessions."""
    with standing(sessions) as tokens:
        trust, passwords = Trust(tokens.feed.get), Passwords(HASHER)
        trust.refresh()
        guesses = Guesses(LocalCounters(), budgets, b"guesses")
        entrance = Entrance(sessions, passwords, guesses, Decoys(b"decoys", HASHER.hash("")), tokens.logins)
        registration, accounts = (
            Registration(sessions, passwords, tokens.logins),
            Accounts(sessions, passwords, guesses),
        )
        servicer = AuthServicer(registration, entrance, accounts, tokens.logins, tokens.api_keys)
        server = Server(settings(threads=6), {AUTH: servicer}, House("auth", trust))
        with listening(server) as channel, closing(passwords):
            yield People(tokens, trust, entrance, channel)
