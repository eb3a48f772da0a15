"""Two users and every RPC of the public surface: neither reads, changes or detects what is the other's.

A row for each RPC: what it names that belongs to somebody, and how the other one tries to reach it. An RPC without
its row fails the suite, so whoever adds one has to say what it names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from sectracker.api.v1 import options_pb2

from gateway.surface import PUBLIC, Rpc
from tests.e2e.stack.asking import ANSWER_SECONDS, change, channel
from tests.e2e.stack.people import Person, reason, register
from tests.support.stack import Running

Json = dict[str, Any]
# What differs between two refusals of the same kind, and says nothing of whose the thing is.
PASSING = {"request_id"}
OF_SOMEBODY = {options_pb2.ACCESS_USER, options_pb2.ACCESS_OWNER, options_pb2.ACCESS_KEY, options_pb2.ACCESS_OPERATOR}


@dataclass(frozen=True, slots=True)
class Named:
    """An RPC that names something of a user.

    Shape: `of` are the fields that reach the owner's thing, `of_nobody` those that reach nothing.
    """

    of: Callable[[Person], Json]
    of_nobody: Json


# What names nothing but the caller, whoever that is: there is no id to put another's in.
OWN = "the caller alone"
# What names public things alone: companies, tickers, the installation.
NOTHING = "nothing of a user"
WATCHED, UNWATCHED = "MSFT", "TSLA"
# The small EDGAR has nothing of the last days, so something is filed for a company that no other test reads.
FILED = "ASML"
TWO_FILINGS = """
SET search_path = filings;
INSERT INTO filings
  (accession_number, form_type, filed_on, accepted_raw, accepted_at, primary_document, description, items)
  SELECT format('0000937966-99-00000%s', number), '8-K', current_date, '', now(), 'a.htm', '', '{}'
  FROM generate_series(1, 2) AS number;
INSERT INTO filing_companies (cik, accession_number)
  SELECT '0000937966', accession_number FROM filings WHERE accession_number LIKE '0000937966-99-%'
"""

ROWS: dict[str, Named | str] = {
    "auth.v1.AuthService/Register": OWN,
    "auth.v1.AuthService/Login": OWN,
    "auth.v1.AuthService/Refresh": OWN,  # whoever has the token is its login's owner
    "auth.v1.AuthService/ExchangeKey": OWN,
    "auth.v1.AuthService/Logout": Named(
        of=lambda owner: {"refresh_token": owner.refresh_token}, of_nobody={"refresh_token": "str_nobody"}
    ),
    "auth.v1.AuthService/GetMe": OWN,
    "auth.v1.AuthService/UpdateMe": OWN,
    "auth.v1.AuthService/CreateApiKey": OWN,
    "auth.v1.AuthService/RevokeApiKey": OWN,
    "auth.v1.KeyService/ListKeys": NOTHING,
    "filings.v1.CompanyService/Search": NOTHING,
    "filings.v1.CompanyService/Get": NOTHING,
    "form4.v1.Form4Service/GetCompanyActivity": NOTHING,
    "form4.v1.Form4Service/GetSummary": NOTHING,
    "form4.v1.Form4Service/GetMarketActivity": NOTHING,
    "gateway.v1.HealthService/Check": NOTHING,
    "watchlist.v1.WatchlistService/List": OWN,
    "watchlist.v1.WatchlistService/Add": NOTHING,
    "watchlist.v1.WatchlistService/Remove": Named(
        of=lambda _owner: {"ticker": WATCHED}, of_nobody={"ticker": UNWATCHED}
    ),
    "watchlist.v1.WatchlistService/GetActivity": OWN,
}
SURFACE = {f"{rpc.path[1:].removeprefix('sectracker.')}": rpc for exposed in PUBLIC for rpc in exposed.rpcs()}
REACHING = [name for name, row in ROWS.items() if isinstance(row, Named)]
PRIVATE = [
    name for name, rpc in SURFACE.items() if rpc.method.GetOptions().Extensions[options_pb2.access] in OF_SOMEBODY
]


@pytest.fixture
def owner(running_stack: Running) -> Person:
    """Return somebody who has a login, a key and a watched company."""
    person = register(running_stack)
    assert person.ask("POST", "watchlist", json={"ticker": WATCHED}).is_success
    assert person.ask("POST", "auth/api-key", json={}).is_success
    return person


@pytest.fixture
def stranger(running_stack: Running) -> Person:
    """Return somebody else, who has nothing."""
    return register(running_stack)


def state(person: Person) -> list[Json]:
    """Return all that a person can see to be theirs."""
    return [
        person.ask("GET", path).raise_for_status().json() for path in ("auth/me", "watchlist", "watchlist/activity")
    ]


def by_rest(person: Person, rpc: Rpc, fields: Json) -> object:
    """Call an RPC over REST and return all that tells something: the status and the body."""
    endpoint = next(rpc.endpoints())
    path, rest = endpoint.template.text.removeprefix("/api/v1/"), dict(fields)
    for variable in endpoint.template.variables:
        path = path.replace(f"{{{variable}}}", str(rest.pop(variable)))
    options: Json = {"json": rest} if rpc.rule.body else {"params": rest}
    answer = person.ask(endpoint.verb, path, **options)
    return answer.status_code, without_passing(answer.json(), fields)


def by_grpc(person: Person, rpc: Rpc, fields: Json) -> object:
    """Call an RPC over gRPC and return all that tells something: the code, and the answer or its details."""
    request: Message = GetMessageClass(rpc.method.input_type)(**fields)
    with channel(person.stack) as door:
        try:
            data = raw(door, rpc)(request.SerializeToString(), timeout=ANSWER_SECONDS, metadata=person.metadata())
        except grpc.RpcError as error:
            status = rpc_status.from_call(error) or Status()  # type: ignore[arg-type] # it is the call
            return status.code, without_passing(MessageToDict(status), fields)
    return 0, MessageToDict(GetMessageClass(rpc.method.output_type).FromString(data))


def raw(door: grpc.Channel, rpc: Rpc) -> Callable[..., bytes]:
    """Return an RPC that takes and gives bytes."""
    call: Callable[..., bytes] = door.unary_unary(rpc.path, bytes, bytes)
    return call


def without_passing(told: object, fields: Json) -> object:
    """Return a refusal without what is of the moment, and with the fields that were sent out of its sentences."""
    if isinstance(told, dict):
        return {
            name: without_passing(value, fields) for name, value in told.items() if name not in PASSING | {"requestId"}
        }
    if isinstance(told, list):
        return [without_passing(value, fields) for value in told]
    if isinstance(told, str):
        for name, value in fields.items():
            told = told.replace(str(value), name)
    return told


def test_every_rpc_has_its_row() -> None:
    """Whoever adds an RPC says what of a user it names, and whoever takes one away its row."""
    assert set(ROWS) == set(SURFACE)


def test_an_rpc_that_names_an_owner_has_a_row_that_reaches() -> None:
    """What the contract calls somebody's own is tried with another's id."""
    owned = {
        name
        for name, rpc in SURFACE.items()
        if rpc.method.GetOptions().Extensions[options_pb2.access] == options_pb2.ACCESS_OWNER
    }
    assert owned <= set(REACHING)


@pytest.mark.parametrize("way", [by_rest, by_grpc])
@pytest.mark.parametrize("name", REACHING)
def test_another_users_thing_is_like_nothing(
    owner: Person, stranger: Person, name: str, way: Callable[[Person, Rpc, Json], object]
) -> None:
    """What is the owner's is to a stranger what nobody has: the same answer, word by word, and it stays as it was."""
    row, rpc, before = ROWS[name], SURFACE[name], state(owner)
    assert isinstance(row, Named)
    theirs = way(stranger, rpc, row.of(owner))
    nobodys = way(register(stranger.stack), rpc, row.of_nobody)
    assert theirs == nobodys
    assert state(owner) == before
    assert owner.refresh().status_code == httpx.codes.OK


@pytest.mark.parametrize("name", PRIVATE)
def test_without_credentials_there_is_no_answer(running_stack: Running, name: str) -> None:
    """What needs a user answers nobody, whatever is asked, over REST and gRPC."""
    rpc = SURFACE[name]
    with channel(running_stack) as door, pytest.raises(grpc.RpcError) as caught:
        raw(door, rpc)(b"", timeout=ANSWER_SECONDS)
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    for endpoint in rpc.endpoints():
        path = endpoint.template.text.format(**dict.fromkeys(endpoint.template.variables, "AAPL"))
        answer = httpx.request(endpoint.verb, running_stack.url + path, timeout=ANSWER_SECONDS, trust_env=False)
        assert answer.status_code == httpx.codes.UNAUTHORIZED


def test_two_lists_of_one_company_are_two(owner: Person, stranger: Person) -> None:
    """Two who watch the same company have an item each: one may end, and the other stays."""
    stranger.ask("POST", "watchlist", json={"ticker": WATCHED}).raise_for_status()
    stranger.ask("DELETE", f"watchlist/{WATCHED}").raise_for_status()
    assert [item["ticker"] for item in owner.ask("GET", "watchlist").json()["items"]] == [WATCHED]
    assert stranger.ask("GET", "watchlist").json()["items"] == []


def test_a_page_token_is_its_users(owner: Person, stranger: Person) -> None:
    """A token that continues one user's activity continues nobody else's."""
    change(owner.stack, TWO_FILINGS)
    first = {"days": 7, "count": 1}
    for person in (owner, stranger):
        person.ask("DELETE", f"watchlist/{WATCHED}")
        person.ask("POST", "watchlist", json={"ticker": FILED}).raise_for_status()
    pages = [
        person.ask("GET", "watchlist/activity", params=first).raise_for_status().json() for person in (owner, stranger)
    ]
    assert [page["total_filings"] for page in pages] == [2, 2]
    further = first | {"page_token": pages[0]["next_page_token"]}
    refused = stranger.ask("GET", "watchlist/activity", params=further)
    assert (refused.status_code, reason(refused)) == (httpx.codes.BAD_REQUEST, "PAGE_TOKEN_INVALID")
    assert len(owner.ask("GET", "watchlist/activity", params=further).raise_for_status().json()["filings"]) == 1
