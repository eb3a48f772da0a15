"""TrustService/GetTrust: what tokens are judged by."""

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.auth.v1.trust_service_pb2 import GetTrustRequest
from sectracker.auth.v1.trust_service_pb2_grpc import TrustServiceStub

from services.auth.domain import EndReason
from services.auth.repository import logins
from tests.contract.auth.token_house import Auth
from tests.contract.serving import INVALID, UNAUTHENTICATED, refused

DENIED = grpc.StatusCode.PERMISSION_DENIED
AGO = "UPDATE ended SET ended_at = ended_at - :seconds * interval '1 second'"


def test_keys_and_what_has_ended(auth: Auth) -> None:
    """All keys come, and logins, users and everybody as they ended, each with its moment, oldest first."""
    user_id, pair = auth.user()
    auth.tokens.logins.logout(user_id, pair.login_id, pair.refresh_token)
    with auth.tokens.sessions() as session:
        logins.end_of_user(session, user_id, EndReason.DEACTIVATED)
        logins.end_everybody(session, EndReason.REVOKED)
    answer = auth.told().GetTrust(GetTrustRequest())
    assert [one.kid for one in answer.keys] == [one.kid for one in auth.tokens.keyring.published]
    assert [one.WhichOneof("tokens") for one in answer.ended] == ["login_id", "user_id", "everybody"]
    assert [answer.ended[0].login_id, answer.ended[1].user_id] == [str(pair.login_id), str(user_id)]
    moments = [one.ended_at.ToNanoseconds() for one in answer.ended] + [answer.until.ToNanoseconds()]
    assert moments == sorted(moments)


def test_what_ended_thirty_seconds_before_is_told_again(auth: Auth) -> None:
    """What was stamped before it was committed is not missed; what is older is not told twice."""
    user_id, pair = auth.user()
    auth.tokens.logins.logout(user_id, pair.login_id, pair.refresh_token)
    told = auth.told()
    since = told.GetTrust(GetTrustRequest()).until
    for seconds, count in ((0, 1), (28, 1), (4, 0)):
        auth.tokens.sql(AGO, seconds=seconds)
        assert len(told.GetTrust(GetTrustRequest(since=since)).ended) == count


def test_nothing_is_older_than_tokens_can_be(auth: Auth) -> None:
    """Whoever asks from long ago is told of the last 20 minutes; what is older is deleted."""
    user_id, pair = auth.user()
    auth.tokens.logins.logout(user_id, pair.login_id, pair.refresh_token)
    told = auth.told()
    assert len(told.GetTrust(GetTrustRequest(since=Timestamp())).ended) == 1
    auth.tokens.sql(AGO, seconds=1231)
    assert len(told.GetTrust(GetTrustRequest(since=Timestamp())).ended) == 0
    auth.tokens.feed.prune()
    assert auth.tokens.row("SELECT count(*) FROM ended") == (0,)


def test_who_logs_in_again_is_let_in_again(auth: Auth) -> None:
    """After everybody's tokens have ended, a new login is good at once."""
    user_id, pair = auth.user()
    with auth.tokens.sessions() as session:
        logins.end_everybody(session, EndReason.REVOKED)
    with refused(UNAUTHENTICATED, "LOGIN_ENDED"):
        TrustServiceStub(auth.carrying(pair.access_token)).GetTrust(GetTrustRequest())
    again = auth.tokens.begin(user_id)
    assert auth.trust.claims(again.access_token).login_id == str(again.login_id)


def test_a_moment_that_is_none_is_refused(auth: Auth) -> None:
    """Seconds that no calendar has are refused by the name of the field."""
    with refused(INVALID, "FIELD_INVALID", field="since"):
        auth.told().GetTrust(GetTrustRequest(since=Timestamp(seconds=2**60)))


def test_only_services_may_ask(auth: Auth) -> None:
    """A stranger and a user are not told."""
    _, pair = auth.user()
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        TrustServiceStub(auth.anybody).GetTrust(GetTrustRequest())
    with refused(DENIED, "ACCESS_DENIED"):
        TrustServiceStub(auth.carrying(pair.access_token)).GetTrust(GetTrustRequest())
