"""Trust: what has ended, what stands while auth is away, and what is kept."""

import time
from uuid import UUID, uuid4

import grpc
import pytest
from sectracker.auth.v1.key_service_pb2 import Key
from sectracker.auth.v1.trust_service_pb2 import GetTrustRequest, GetTrustResponse

from services.chassis import trust as trust_module
from services.chassis.errors import DependencyUnavailable, LoginEnded, TokenExpired, TokenInvalid
from services.chassis.trust import ENDED_SECONDS, Trust, began_at
from tests.support.identity import Issuer

USER = str(uuid4())


def trusting(issuer: Issuer) -> Trust:
    """Return trust that has heard of an issuer."""
    trust = Trust(issuer.get_trust)
    trust.refresh()
    return trust


def login_at(seconds: float) -> str:
    """Return the id of a login that began at a moment."""
    number = int(seconds * 1000) << 80 | 7 << 76 | 2 << 62 | uuid4().int & (2**62 - 1)
    return str(UUID(int=number))


def test_before_the_first_answer_no_token_can_be_judged() -> None:
    """That is auth's absence, not the token's fault; afterwards it is good."""
    issuer = Issuer(away=grpc.RpcError())
    trust, token = Trust(issuer.get_trust), issuer.access(USER)
    with pytest.raises(grpc.RpcError):
        trust.refresh()
    with pytest.raises(DependencyUnavailable) as error:
        trust.claims(token)
    assert error.value.metadata == {"dependency": "auth"}
    assert trust.age() == float("inf")
    issuer.away = None
    trust.refresh()
    assert trust.claims(token).subject == USER
    assert trust.age() < 1


def test_what_was_known_stands_while_auth_is_away() -> None:
    """New tokens of known keys are good, and what has ended stays ended."""
    issuer, login = Issuer(), str(uuid4())
    issuer.end(login_id=login)
    trust = trusting(issuer)
    issuer.away = grpc.RpcError()
    with pytest.raises(grpc.RpcError):
        trust.refresh()
    assert trust.claims(issuer.access(USER)).subject == USER
    with pytest.raises(LoginEnded):
        trust.claims(issuer.access(USER, login))


def test_a_login_ends_with_all_its_tokens() -> None:
    """Whenever they were issued; the user's other logins go on."""
    issuer, login = Issuer(), str(uuid4())
    trust = trusting(issuer)
    token, other = issuer.access(USER, login), issuer.access(USER)
    assert trust.claims(token)
    issuer.end(login_id=login)
    trust.refresh()
    with pytest.raises(LoginEnded):
        trust.claims(token)
    with pytest.raises(LoginEnded):
        trust.claims(issuer.access(USER, login, iat=time.time() + 3))
    assert trust.claims(other)


@pytest.mark.parametrize("what", [{"user_id": USER}, {"everybody": True}])
def test_who_logs_in_again_in_the_same_second_is_let_in(what: dict[str, object]) -> None:
    """A token's second is too coarse: the login's own id says that it began after the end."""
    issuer, second = Issuer(), int(time.time())
    before, after = (issuer.access(USER, login_at(second + part), iat=second) for part in (0.2, 0.4))
    trust = trusting(issuer)
    assert trust.claims(before)
    issuer.end(second + 0.3, **what)
    trust.refresh()
    with pytest.raises(LoginEnded):
        trust.claims(before)
    assert trust.claims(after)
    with pytest.raises(LoginEnded):  # a clock that is ahead makes no old login a new one
        trust.claims(issuer.access(USER, login_at(second + 0.2), iat=second + 2))
    with pytest.raises(LoginEnded):  # an id that tells no time leaves what the token says
        trust.claims(issuer.access(USER, str(uuid4()), iat=second))
    assert trust.claims(issuer.access(USER, str(uuid4()), iat=second + 1))


def test_a_user_ends_alone() -> None:
    """Another user's tokens stay good, and so do those of services when everybody's end."""
    issuer = Issuer()
    issuer.end(user_id=USER)
    trust = trusting(issuer)
    with pytest.raises(LoginEnded):
        trust.claims(issuer.access(USER))
    other = issuer.access()
    assert trust.claims(other)
    issuer.end(everybody=True)
    trust.refresh()
    with pytest.raises(LoginEnded):
        trust.claims(other)
    assert trust.claims(issuer.service("form4")).subject == "form4"


def test_a_kept_token_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was verified once is good to its end only; what is passed on inside the house a little longer."""
    issuer = Issuer()
    trust, end = trusting(issuer), int(time.time()) + 60
    token = issuer.access(USER, exp=end)
    assert trust.claims(token)
    monkeypatch.setattr(trust_module, "time", lambda: end + 4.9)
    assert trust.claims(token)
    monkeypatch.setattr(trust_module, "time", lambda: end + 5.0)
    with pytest.raises(TokenExpired):
        trust.claims(token)
    assert trust.claims(token, trust_module.PASSED_ON_LEEWAY_SECONDS)
    with pytest.raises(TokenExpired):
        trust.claims(token)


def test_a_withdrawn_key_takes_its_tokens_with_it() -> None:
    """Tokens that were verified and kept are worth nothing once their key is."""
    issuer = Issuer()
    trust, token = trusting(issuer), issuer.access(USER)
    assert trust.claims(token)
    issuer.kid = "second"
    trust.refresh()
    with pytest.raises(TokenInvalid):
        trust.claims(token)
    assert trust.claims(issuer.access(USER))


def test_what_ended_long_ago_is_forgotten() -> None:
    """Its tokens have expired, so memory does not grow for ever."""
    issuer, old, new = Issuer(), str(uuid4()), str(uuid4())
    issuer.end(time.time() - ENDED_SECONDS - 1, login_id=old)
    issuer.end(login_id=new)
    trust = trusting(issuer)
    assert trust.claims(issuer.access(USER, old))
    with pytest.raises(LoginEnded):
        trust.claims(issuer.access(USER, new))


def test_kept_tokens_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many logins there are, only so many are kept, and all of them are good."""
    monkeypatch.setattr(trust_module, "MAX_KEPT", 20)
    issuer = Issuer()
    trust = trusting(issuer)
    tokens = [issuer.access(USER) for _ in range(50)]
    for token in tokens:
        assert trust.claims(token)
    assert len(trust._known.tokens) <= 20  # type: ignore[union-attr]
    assert trust.claims(tokens[0])


def test_only_what_is_new_is_asked_for() -> None:
    """The first question has no beginning, the next one begins where the last answer ended."""
    issuer, asked = Issuer(), []

    def source(request: GetTrustRequest) -> GetTrustResponse:
        asked.append(request.HasField("since"))
        answer = issuer.get_trust(request)
        answer.keys.append(Key(kty="RSA", kid="unknown kinds are left out"))
        return answer

    trust = Trust(source)
    trust.refresh()
    trust.refresh()
    assert asked == [False, True]
    assert trust.claims(issuer.access(USER))


def test_a_login_tells_when_it_began() -> None:
    """A UUIDv7 has the milliseconds in front; others tell nothing."""
    assert began_at(login_at(1_700_000_000.25)) == 1_700_000_000.25
    assert began_at(str(uuid4())) == 0
