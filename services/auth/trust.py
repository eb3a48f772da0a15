"""Tell who judges tokens by what: keys, what has ended, and the services' own tokens."""

import datetime as dt
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from google.protobuf.timestamp_pb2 import Timestamp
from grpc import ServicerContext
from sectracker.auth.v1.key_service_pb2 import Key, ListKeysRequest, ListKeysResponse
from sectracker.auth.v1.key_service_pb2_grpc import KeyServiceServicer
from sectracker.auth.v1.trust_service_pb2 import (
    Ended,
    GetTrustRequest,
    GetTrustResponse,
    IssueServiceTokenRequest,
    IssueServiceTokenResponse,
)
from sectracker.auth.v1.trust_service_pb2_grpc import TrustServiceServicer

from services.auth import audit
from services.auth.domain import AUDIT_DAYS
from services.auth.keys import Keyring, PublicKey
from services.auth.repository import ended, logins, signing_keys
from services.auth.repository.ended import KEPT, EndedRow
from services.auth.tokens import SERVICE_SECONDS, Issuer
from services.chassis.db import Sessions
from services.chassis.errors import InvalidField, TokenInvalid
from services.chassis.logs import get_logger

WIPE_SECONDS = 5.0
PRUNE_SECONDS = 60.0
NO_SECRET = "\0" * 32  # what an unknown service is compared with, and what nobody can send

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Feed:
    """Know what has ended; inside auth this is the source of trust, for others `TrustServicer` tells it."""

    sessions: Sessions
    keys: Keyring
    audit_days: int = AUDIT_DAYS

    def get(self, request: GetTrustRequest) -> GetTrustResponse:
        """Return the keys, and what has ended since the last time.

        Raises: InvalidField for a moment that is none; DependencyUnavailable before the keys were read.
        """
        keys = [key(one) for one in self.keys.published]
        with self.sessions.read() as session:
            until = ended.now(session)
            oldest = until - KEPT
            asked = moment(request) if request.HasField("since") else oldest
            rows = ended.since(session, max(asked, oldest))
        return GetTrustResponse(keys=keys, ended=map(told, rows), until=stamp(until))

    def wipe(self) -> None:
        """Forget the successors of refresh tokens whose grace has ended."""
        with self.sessions() as session:
            logins.wipe(session)

    def prune(self) -> None:
        """Delete what nobody asks for any more, each kind in a transaction of its own."""
        for forget in (ended.prune, logins.prune, signing_keys.forget):
            with self.sessions() as session:
                forget(session)
        for _ in range(audit.BATCHES):
            with self.sessions() as session:
                if not audit.prune(session, self.audit_days):
                    return


@dataclass(frozen=True, slots=True)
class TrustServicer(TrustServiceServicer):
    """Answer the services of this installation."""

    feed: Feed
    issuer: Issuer = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)

    def IssueServiceToken(  # noqa: N802 - the contract's name
        self,
        request: IssueServiceTokenRequest,
        context: ServicerContext,  # noqa: ARG002 - gRPC's
    ) -> IssueServiceTokenResponse:
        """Trade a service's secret for its token."""
        secret = self.secrets.get(request.service, NO_SECRET)
        if not hmac.compare_digest(secret.encode(), request.secret.encode()):
            log.warning("service secret refused", service=request.service)
            raise TokenInvalid
        return IssueServiceTokenResponse(token=self.issuer.service(request.service), expires_in=SERVICE_SECONDS)

    def GetTrust(self, request: GetTrustRequest, context: ServicerContext) -> GetTrustResponse:  # noqa: ARG002, N802
        """Tell the keys, and what has ended."""
        return self.feed.get(request)


@dataclass(frozen=True, slots=True)
class KeyServicer(KeyServiceServicer):
    """Tell everybody the public keys."""

    keys: Keyring

    def ListKeys(self, request: ListKeysRequest, context: ServicerContext) -> ListKeysResponse:  # noqa: ARG002, N802
        """List the keys, newest first."""
        return ListKeysResponse(keys=map(key, self.keys.published))


def key(one: PublicKey) -> Key:
    """Say a key as RFC 8037 writes it."""
    x = urlsafe_b64encode(one.public).rstrip(b"=").decode()
    return Key(kty="OKP", crv="Ed25519", alg="EdDSA", use="sig", kid=one.kid, x=x)


def told(row: EndedRow) -> Ended:
    """Say what has ended."""
    at = stamp(row.ended_at)
    if row.everybody:
        return Ended(everybody=True, ended_at=at)
    if row.user_id is not None:
        return Ended(user_id=str(row.user_id), ended_at=at)
    return Ended(login_id=str(row.login_id), ended_at=at)


def moment(request: GetTrustRequest) -> dt.datetime:
    """Return the moment that is asked from.

    Raises: InvalidField for seconds that no calendar has.
    """
    try:
        return request.since.ToDatetime(dt.UTC)
    except (ValueError, OverflowError):
        raise InvalidField("since", "is no moment") from None


def stamp(at: dt.datetime) -> Timestamp:
    """Return a moment as a message."""
    made = Timestamp()
    made.FromDatetime(at)
    return made
