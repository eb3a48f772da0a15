"""The audit trail: from where things were done, and for how long it tells of them."""

from collections.abc import Callable

import grpc
import pytest
from sectracker.auth.v1.auth_service_pb2 import (
    CreateApiKeyRequest,
    LogoutRequest,
    RefreshRequest,
    RevokeApiKeyRequest,
    UpdateMeRequest,
)
from sqlalchemy import text

from services.auth import audit
from services.auth.domain import Event
from services.auth.trust import Feed
from services.chassis.db import Sessions
from tests.contract.auth.people_house import HER_PASSWORD, People, open_to_people
from tests.integration.auth.house import Tokens

OPERATORS = {
    Event.USER_CREATED,
    Event.USER_DEACTIVATED,
    Event.LIMITS_SET,
    Event.ALL_REVOKED,
    Event.SIGNING_KEY_ROTATED,
}
FILL = (
    "INSERT INTO audit (at, event, address)"
    " SELECT now() - make_interval(days => :days), 'logged_in', '' FROM generate_series(1, :rows)"
)


def test_the_trail_forgets_what_is_older_than_a_year_and_a_month(tokens: Tokens) -> None:
    """Rows older than 400 days go with the other things that nobody asks for; younger ones stay."""
    for days in (401, 399):
        tokens.sql(FILL, days=days, rows=1)
    tokens.feed.prune()
    assert tokens.row("SELECT extract(day FROM now() - at)::int FROM audit") == (399,)


def test_the_days_are_a_setting(tokens: Tokens) -> None:
    """An installation may remember for a shorter time."""
    tokens.sql(FILL, days=101, rows=1)
    Feed(tokens.sessions, tokens.keyring, audit_days=100).prune()
    assert tokens.events() == []


def test_much_is_forgotten_in_parts(tokens: Tokens) -> None:
    """A round deletes no more than fits into its batches, each in a transaction of its own; the next one goes on."""
    most = audit.BATCH * audit.BATCHES
    tokens.sql(FILL, days=500, rows=most + 7)
    with tokens.sessions() as session:
        audit.record(session, Event.LOGGED_IN)
    tokens.feed.prune()
    assert tokens.row("SELECT count(*) FROM audit") == (8,)
    tokens.feed.prune()
    assert tokens.row("SELECT count(*) FROM audit") == (1,)


def fails(call: Callable[[], object]) -> None:
    """Call, and be refused."""
    with pytest.raises(grpc.RpcError):
        call()


def do_everything(people: People, address: str) -> None:
    """Do once, from an address, whatever the trail tells of people."""
    pair = people.register(address=address)
    ada = people.at(address, pair.access_token)
    ada.CreateApiKey(CreateApiKeyRequest())
    ada.RevokeApiKey(RevokeApiKeyRequest())
    fails(lambda: people.log_in(password="wrong", address=address))
    fails(lambda: ada.UpdateMe(UpdateMeRequest(current_password="wrong", email="ada@example.org")))
    ada.UpdateMe(UpdateMeRequest(current_password=HER_PASSWORD, email="ada@example.org", password="another engine"))
    people.log_in("ada@example.org", "another engine", address)
    second = ada.Refresh(RefreshRequest(refresh_token=pair.refresh_token)).refresh_token
    ada.Logout(LogoutRequest(refresh_token=ada.Refresh(RefreshRequest(refresh_token=second)).refresh_token))
    reused = people.register("bob@example.com", address=address).refresh_token
    bob = people.at(address)
    bob.Refresh(RefreshRequest(refresh_token=bob.Refresh(RefreshRequest(refresh_token=reused)).refresh_token))
    fails(lambda: bob.Refresh(RefreshRequest(refresh_token=reused)))


def test_an_address_is_told_in_one_form(sessions: Sessions) -> None:
    """Whatever is done, and however the address is spelled, the trail has the part of it that one customer has."""
    with open_to_people(sessions) as people:
        do_everything(people, "2001:DB8:0:1::7")
        with people.tokens.sessions() as session:
            told = session.execute(text("SELECT DISTINCT event, address FROM audit")).all()
    assert {event for event, _ in told} == set(Event) - OPERATORS
    assert {address for _, address in told} == {"2001:db8:0:1::"}
