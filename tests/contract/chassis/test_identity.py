"""Identity over the wire: real servers that know each other by tokens, with auth there, away, and back."""

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import grpc
import pytest
from sectracker.auth.v1.trust_service_pb2 import (
    GetTrustRequest,
    GetTrustResponse,
    IssueServiceTokenRequest,
    IssueServiceTokenResponse,
)
from sectracker.auth.v1.trust_service_pb2_grpc import TrustServiceStub

from services.chassis import logs
from services.chassis.call import current_caller
from services.chassis.config import IdentitySettings, ProcessSettings
from services.chassis.errors import TokenInvalid
from services.chassis.house import TRUST_SERVICE, House
from services.chassis.logs import LINES
from services.chassis.server import Server
from tests.contract.chassis.trial import (
    SERVICE,
    Client,
    Request,
    Response,
    Servicer,
    connected,
    refusal_of,
    serving,
    settings,
    started,
)
from tests.support.identity import SERVICE_SECONDS, Issuer, bearer

SECRET = "a secret of the house"
USER, LOGIN = str(uuid4()), str(uuid4())
WITHIN_SECONDS = 4.0


class Auth:
    """Stand in for auth on a real port: trust for those who know the secret."""

    def __init__(self) -> None:
        self.issuer, self.issued = Issuer(), 0

    def IssueServiceToken(self, request: IssueServiceTokenRequest, _context: object) -> IssueServiceTokenResponse:  # noqa: N802
        """Issue a token to who knows the secret."""
        if request.secret != SECRET:
            raise TokenInvalid
        self.issued += 1
        return IssueServiceTokenResponse(token=self.issuer.service(request.service), expires_in=SERVICE_SECONDS)

    def GetTrust(self, request: GetTrustRequest, _context: object) -> GetTrustResponse:  # noqa: N802
        """Tell services what tokens are judged by."""
        return self.issuer.get_trust(request)

    @contextmanager
    def running(self, port: int = 0) -> Iterator[Server]:
        """Be there for a while."""
        with started(Server(settings(listen_port=port), {TRUST_SERVICE: self}, self.issuer.house("auth"))) as server:
            yield server


def house(port: int, name: str = "trial", secret: str = SECRET) -> House:
    """Return the house of a service that finds auth at a port."""
    given = IdentitySettings.model_construct(auth_address=f"127.0.0.1:{port}", service_secret=secret)
    return House.of(given, name)


def who(_request: object, _context: object) -> Any:
    """Answer with who calls."""
    caller = current_caller()
    return Response(word=f"{caller.kind} {caller.name} {caller.user_id}")


def refused(call: Callable[[], object]) -> tuple[str, str]:
    """Return the code and the reason of a call that is refused."""
    with pytest.raises(grpc.RpcError) as error:
        call()
    refusal = refusal_of(error.value)
    return refusal.code.name, refusal.info.reason


def becomes(expected: object, look: Callable[[], object]) -> None:
    """Wait until a look sees what is expected, a moment at most."""
    end = time.monotonic() + WITHIN_SECONDS
    while (seen := look()) != expected:
        assert time.monotonic() < end, seen
        time.sleep(0.05)


def ask(client: Client, name: str, token: str) -> object:
    """Call with a token; return who the servicer saw, or the reason of the refusal."""
    try:
        return client.call(name, Request(), metadata=bearer(token), timeout=2).word
    except grpc.RpcError as error:
        return refusal_of(error).info.reason


@pytest.fixture
def stream() -> io.StringIO:
    """The log, as JSON in memory."""
    out = io.StringIO()
    logs.configure(ProcessSettings(log_level="INFO", log_format="json"), out)
    return out


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return the log's lines."""
    LINES.flush()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_users_and_services_are_known_by_what_auth_has_signed() -> None:
    """A server that asks auth by itself lets in whom auth's tokens name."""
    auth = Auth()
    with auth.running() as at, serving(Servicer(do=who), house(at.port)) as server, connected(server) as client:
        assert ask(client, "Mine", auth.issuer.access(USER)) == f"user  {USER}"
        assert ask(client, "Mine", auth.issuer.operator(USER)) == f"operator  {USER}"
        assert ask(client, "Inside", auth.issuer.service("filings")) == "service filings "
        assert ask(client, "Inside", auth.issuer.access(USER)) == "ACCESS_DENIED"
        assert ask(client, "Mine", auth.issuer.service("filings")) == "ACCESS_DENIED"
        assert ask(client, "Mine", Issuer().access(USER)) == "TOKEN_INVALID"
        assert ask(client, "Mine", auth.issuer.access(USER, exp=1)) == "TOKEN_EXPIRED"
        assert ask(client, "Echo", "x") == "TOKEN_INVALID"
        assert client.call("Echo", Request()).word == "anonymous  "


def test_two_credentials_are_none() -> None:
    """GRPC lets a header come twice; which one counts must not be a question of who reads it."""
    issuer = Issuer()
    token = bearer(issuer.access(USER))
    with serving(Servicer(do=who), issuer.house("trial")) as server, connected(server) as client:
        for name in ("Mine", "Echo"):
            twice = (*token, *token)
            assert refused(lambda: client.call(name, Request(), metadata=twice))[1] == "TOKEN_INVALID"  # noqa: B023
        large = bearer("x" * 100_000)
        with pytest.raises(grpc.RpcError):
            client.call("Mine", Request(), metadata=large)
        assert client.call("Mine", Request(), metadata=token).word == f"user  {USER}"


def test_a_login_that_has_ended_is_out_within_two_seconds() -> None:
    """At every process, also with a token that was good a moment ago."""
    auth = Auth()
    token, other = auth.issuer.access(USER, LOGIN), auth.issuer.access(USER)
    with auth.running() as at, serving(Servicer(do=who), house(at.port)) as server, connected(server) as client:
        assert ask(client, "Mine", token) == f"user  {USER}"
        began = time.monotonic()
        auth.issuer.end(login_id=LOGIN)
        becomes("LOGIN_ENDED", lambda: ask(client, "Mine", token))
        assert time.monotonic() - began < 2
        assert ask(client, "Echo", token) == "LOGIN_ENDED"
        assert ask(client, "Mine", other) == f"user  {USER}"


def test_a_server_that_starts_before_auth_reads_and_refuses_tokens(stream: io.StringIO) -> None:
    """Anonymous reads go on, tokens are for later, and one line says why; when auth comes, all is well."""
    auth = Auth()
    with auth.running() as at:
        port = at.port
    with serving(Servicer(do=who), house(port)) as server, connected(server) as client:
        assert client.call("Echo", Request()).word == "anonymous  "
        token = auth.issuer.access(USER)
        refusal = refused(lambda: client.call("Mine", Request(), metadata=bearer(token)))
        assert refusal == ("UNAVAILABLE", "DEPENDENCY_UNAVAILABLE")
        with auth.running(port):
            becomes(f"user  {USER}", lambda: ask(client, "Mine", token))
        assert ask(client, "Mine", auth.issuer.access(USER)) == f"user  {USER}"
    failed = [line["loop"] for line in told(stream) if line["event"] == "loop round failed"]
    assert 1 <= failed.count("trust") <= 2


def test_what_was_known_stands_while_auth_is_away() -> None:
    """Tokens are verified, and who had logged out stays out."""
    auth = Auth()
    auth.issuer.end(login_id=LOGIN)
    with auth.running() as at:
        known = house(at.port)
        server = serving(Servicer(do=who), known)
        running = server.__enter__()
    try:
        with connected(running) as client:
            time.sleep(0.7)
            assert known.trust.age() > 0.6
            assert ask(client, "Mine", auth.issuer.access(USER)) == f"user  {USER}"
            assert ask(client, "Mine", auth.issuer.access(USER, LOGIN)) == "LOGIN_ENDED"
    finally:
        server.__exit__(None, None, None)


def test_a_user_goes_through_the_house_by_his_own_token(stream: io.StringIO) -> None:
    """A service that calls another in a user's call passes his token on; a third hears of him too."""
    issuer = Issuer()
    with (
        serving(Servicer(do=who), issuer.house("third")) as third,
        passing_on(issuer, "second", third) as second,
        passing_on(issuer, "first", second) as first,
        connected(first) as client,
    ):
        answered = client.call("Mine", Request(), metadata=bearer(issuer.access(USER)))
        assert answered.word == f"service second {USER}"
        assert refused(lambda: client.call("Mine", Request()))[1] == "CREDENTIALS_MISSING"
        assert client.call("Echo", Request()).word == "service second "
    calls = [line for line in told(stream) if line["event"] == "call" and line["code"] == "OK"]
    assert [(line["caller"], line.get("user")) for line in calls[:3]] == [
        ("second", USER),
        ("first", USER),
        (USER, None),
    ]


@contextmanager
def passing_on(issuer: Issuer, name: str, behind: Server) -> Iterator[Server]:
    """Run a service that answers each call with what the one behind answers to the same."""
    home = issuer.house(name)
    with home.channel(f"127.0.0.1:{behind.port}", SERVICE) as channel:

        def do(_request: object, context: grpc.ServicerContext) -> Any:
            rpc = "Mine" if current_caller().user_id else "Inside"
            del context
            return Client(channel).call(rpc, Request())

        with serving(Servicer(do=do), home) as server:
            yield server


def test_a_login_that_ends_on_the_way_is_told_as_ended() -> None:
    """The user hears that his login has ended, not that something broke inside."""
    issuer, behind = Issuer(), Issuer()
    behind.private, behind.kid = issuer.private, issuer.kid
    behind.end(login_id=LOGIN)
    with (
        serving(Servicer(do=who), behind.house("behind")) as back,
        passing_on(issuer, "first", back) as first,
        connected(first) as client,
    ):
        assert ask(client, "Mine", issuer.access(USER, LOGIN)) == "LOGIN_ENDED"
        assert ask(client, "Mine", issuer.access(USER, str(uuid4()))) == f"service first {USER}"


def test_a_service_without_a_token_fails_quickly() -> None:
    """What needs another service says at once that auth is missing; outside calls, as in workers, too."""
    home = house(1)
    with (
        serving(Servicer(do=who)) as behind,
        home.channel(f"127.0.0.1:{behind.port}", SERVICE) as channel,
        serving(Servicer(do=lambda _request, _context: Client(channel).call("Inside", Request())), home) as server,
        connected(server) as client,
    ):
        began = time.monotonic()
        with pytest.raises(grpc.RpcError) as error:
            client.call("Echo", Request())
        assert time.monotonic() - began < 0.3
        refusal = refusal_of(error.value)
        assert (refusal.info.reason, dict(refusal.info.metadata)) == ("DEPENDENCY_UNAVAILABLE", {"dependency": "auth"})
        with pytest.raises(grpc.RpcError) as outside:
            Client(channel).call("Inside", Request())
        assert outside.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_worker_says_which_service_it_is_and_nothing_else() -> None:
    """Outside any call there is no user to act for."""
    auth = Auth()
    with auth.running() as at, serving(Servicer(do=who), house(at.port, "form4")) as server:
        home = house(at.port, "filings")
        home.start()
        try:
            with home.channel(f"127.0.0.1:{server.port}", SERVICE) as channel:
                assert Client(channel).call("Inside", Request()).word == "service filings "
                future: Any = channel.unary_unary(f"/{SERVICE}/Inside", Request.SerializeToString, Response.FromString)
                assert future.future(Request()).result(2).word == "service filings "
        finally:
            home.stop()


def test_a_wrong_secret_is_told_by_its_variable(stream: io.StringIO) -> None:
    """Whoever set it reads which one it is, and not what it is."""
    auth = Auth()
    with auth.running() as at, serving(Servicer(), house(at.port, secret="another secret")):
        becomes(True, lambda: "TRIAL_SERVICE_SECRET" in stream.getvalue())
    assert "another secret" not in stream.getvalue()


def test_strangers_may_bring_what_they_like() -> None:
    """Where credentials are not looked at, bad ones and two of them change nothing."""
    auth = Auth()
    with auth.running() as at, grpc.insecure_channel(f"127.0.0.1:{at.port}") as channel:
        stub = TrustServiceStub(channel)
        request = IssueServiceTokenRequest(service="form4", secret=SECRET)
        for metadata in ((), bearer("x"), (*bearer("x"), *bearer("y")), (("x-sectracker-user-token", "x"),)):
            assert stub.IssueServiceToken(request, metadata=metadata).token


def test_new_keys_are_met_with_new_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """When auth forgets the key of a service's token, the service is known again within moments."""
    monkeypatch.setattr("services.chassis.credentials.LEAST_BEFORE_RENEWAL_SECONDS", 0.0)
    auth = Auth()
    with auth.running() as at, serving(Servicer(do=who), house(at.port)) as server, connected(server) as client:
        assert ask(client, "Mine", auth.issuer.access(USER)) == f"user  {USER}"
        auth.issuer.kid = "second"
        becomes(f"user  {USER}", lambda: ask(client, "Mine", auth.issuer.access(USER)))
        assert auth.issued >= 2
