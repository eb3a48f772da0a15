"""Belong to the house: be known to other services by a token of one's own, and know by whose tokens one is called.

Every process that calls or is called has one::

    house = House.of(settings, "form4")
    filings = CompanyServiceStub(house.channel(settings.filings_address, "sectracker.filings.v1.CompanyService"))
    Server(settings, servicers, house).run()      # its loops run with the server's

One that only calls has no server::

    house.start()
    …
    house.stop()
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import grpc
from sectracker.auth.v1.trust_service_pb2 import (
    GetTrustRequest,
    GetTrustResponse,
    IssueServiceTokenRequest,
    IssueServiceTokenResponse,
)
from sectracker.auth.v1.trust_service_pb2_grpc import TrustServiceStub

from services.chassis import client, faults
from services.chassis.config import IdentitySettings, LimitSettings
from services.chassis.credentials import RENEW_SECONDS, ServiceTokens
from services.chassis.identity import AUTHORIZATION, Tokens
from services.chassis.limits import MERGE_SECONDS, Limiter
from services.chassis.logs import get_logger
from services.chassis.loops import Loops
from services.chassis.trust import REFRESH_SECONDS, Trust

TRUST_SERVICE = "sectracker.auth.v1.TrustService"
ANSWER_SECONDS = 1.0  # two rounds of the loops; what takes longer is asked for anew

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class House:
    """What a process knows of the others.

    Shape: auth itself reads what it trusts from its own tables, and has no service tokens: it calls nobody. Where
    nobody is limited, as in a process that only calls, there is no limiter.
    """

    name: str
    trust: Trust
    service_tokens: ServiceTokens | None = None
    limiter: Limiter | None = None
    loops: Loops = field(default_factory=Loops)

    @classmethod
    def of(cls, settings: IdentitySettings, name: str) -> "House":
        """Return the house as a service sees it that is not auth; nothing is asked of anyone yet.

        Shape: callers are limited where the settings say by what.
        """
        auth = TrustServiceStub(client.channel(settings.auth_address, TRUST_SERVICE))
        secret = IssueServiceTokenRequest(service=name, secret=settings.service_secret)
        service_tokens = ServiceTokens(lambda: issue(auth, secret))
        limiter = Limiter.of(settings) if isinstance(settings, LimitSettings) else None
        return cls(name, Trust(source(auth, service_tokens)), service_tokens, limiter)

    @property
    def authenticator(self) -> Tokens:
        """Return what knows the callers of a server by their tokens."""
        return Tokens(self.trust)

    def channel(self, target: str, service: str, *others: str) -> grpc.Channel:
        """Return a channel to one service, or several of one process, on which we say who we are."""
        return client.channel(target, service, *others, identity=self.service_tokens)

    def identified(self, channel: grpc.Channel) -> grpc.Channel:
        """Return a channel of one's own making on which we say who we are."""
        return client.identified(channel, self.service_tokens)

    def join(self, loops: Loops) -> None:
        """Do what a server needs beside its calls in its loops."""
        self.join_as_caller(loops)
        once(self.trust.refresh)
        loops.every(REFRESH_SECONDS, self.trust.refresh, "trust")
        if self.limiter is not None:
            loops.every(MERGE_SECONDS, self.limiter.merge, "limits")

    def join_as_caller(self, loops: Loops) -> None:
        """Do what a process needs that only calls."""
        if self.service_tokens is not None:
            once(self.service_tokens.renew)
            loops.every(RENEW_SECONDS, self.service_tokens.renew, "service token")

    def start(self) -> None:
        """Begin, in a process that has no server."""
        self.join_as_caller(self.loops)
        self.loops.start()

    def stop(self) -> None:
        """End what was begun."""
        self.loops.stop()


def once(function: Callable[[], None]) -> None:
    """Try before anything begins, so that where auth answers nobody is refused at the start; the loop tries again."""
    try:
        function()
    except Exception as error:  # noqa: BLE001 - the loop meets it again, and tells it
        log.info("not known yet", what=function.__qualname__, cause=faults.cause(error))


def issue(auth: TrustServiceStub, request: IssueServiceTokenRequest) -> IssueServiceTokenResponse:
    """Ask auth for our own token.

    Raises: grpc.RpcError while auth does not answer; ValueError when it does not accept our secret.
    """
    try:
        return auth.IssueServiceToken(request, timeout=ANSWER_SECONDS)
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.UNAUTHENTICATED:
            raise
        variable = f"{request.service.upper()}_SERVICE_SECRET"
        raise ValueError(f"auth does not accept {variable}: it has to be the same here and there.") from None


def source(auth: TrustServiceStub, service_tokens: ServiceTokens) -> Callable[[GetTrustRequest], GetTrustResponse]:
    """Return what asks auth, as this service, by what tokens are judged."""

    def ask(request: GetTrustRequest) -> GetTrustResponse:
        """Ask; when auth does not know us, have the next token asked for."""
        metadata = ((AUTHORIZATION, f"Bearer {service_tokens.token()}"),)
        try:
            return auth.GetTrust(request, timeout=ANSWER_SECONDS, metadata=metadata)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNAUTHENTICATED:
                service_tokens.doubt()
            raise

    return ask
