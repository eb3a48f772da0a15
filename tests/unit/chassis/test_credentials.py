"""A service's own token: had before it is needed, renewed in time, and good to its end while auth is away."""

import grpc
import pytest
from sectracker.auth.v1.trust_service_pb2 import IssueServiceTokenResponse

from services.chassis import credentials, faults
from services.chassis.credentials import NoServiceToken, ServiceTokens
from tests.support.clock import Clock


class Auth:
    """Count the tokens that were issued, and be away when a test says so."""

    def __init__(self, life: int = 3600) -> None:
        self.life, self.issued, self.is_away = life, 0, False

    def issue(self) -> IssueServiceTokenResponse:
        """Issue the next token."""
        if self.is_away:
            raise grpc.RpcError
        self.issued += 1
        return IssueServiceTokenResponse(token=f"token {self.issued}", expires_in=self.life)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Put a clock in place of the machine's."""
    made = Clock()
    monkeypatch.setattr(credentials, "monotonic", made)
    return made


def test_without_a_token_a_call_fails_at_once() -> None:
    """It is auth that is away, for whoever asked us."""
    with pytest.raises(NoServiceToken) as error:
        ServiceTokens(Auth().issue).token()
    told = faults.refusal(error.value)
    assert (told.code, told.metadata) == (grpc.StatusCode.UNAVAILABLE, {"dependency": "auth"})


def test_it_is_renewed_before_its_key_is_forgotten(clock: Clock) -> None:
    """After ten minutes, and not before."""
    auth = Auth()
    tokens = ServiceTokens(auth.issue)
    tokens.renew()
    clock.now += 599
    tokens.renew()
    assert tokens.token() == "token 1"
    clock.now += 2
    tokens.renew()
    assert tokens.token() == "token 2"


def test_one_of_a_short_life_is_renewed_at_its_half(clock: Clock) -> None:
    """Whatever life auth gives it."""
    auth = Auth(life=60)
    tokens = ServiceTokens(auth.issue)
    tokens.renew()
    clock.now += 31
    tokens.renew()
    assert auth.issued == 2


def test_the_old_one_goes_on_while_auth_is_away(clock: Clock) -> None:
    """To its end, and no longer."""
    auth = Auth()
    tokens = ServiceTokens(auth.issue)
    tokens.renew()
    auth.is_away = True
    clock.now += 3599
    with pytest.raises(grpc.RpcError):
        tokens.renew()
    assert tokens.token() == "token 1"
    clock.now += 1
    with pytest.raises(NoServiceToken):
        tokens.token()


def test_who_is_not_known_asks_for_another_but_not_again_and_again(clock: Clock) -> None:
    """Keys may have been made anew; a call that is refused is no reason to flood auth."""
    auth = Auth()
    tokens = ServiceTokens(auth.issue)
    tokens.renew()
    tokens.doubt()
    tokens.renew()
    assert auth.issued == 1
    clock.now += 10
    tokens.renew()
    tokens.renew()
    assert auth.issued == 2
