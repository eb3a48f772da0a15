"""TrustService/IssueServiceToken: a service's own secret for a token that names it."""

from sectracker.auth.v1.trust_service_pb2 import (
    GetTrustRequest,
    IssueServiceTokenRequest,
    IssueServiceTokenResponse,
)
from sectracker.auth.v1.trust_service_pb2_grpc import TrustServiceStub

from tests.contract.auth.token_house import SECRETS, Auth
from tests.contract.serving import INVALID, UNAUTHENTICATED, refused


def issue(auth: Auth, service: str, secret: str) -> IssueServiceTokenResponse:
    """Ask for a token."""
    return TrustServiceStub(auth.anybody).IssueServiceToken(IssueServiceTokenRequest(service=service, secret=secret))


def test_a_service_gets_its_token(auth: Auth) -> None:
    """The token names the service, lives an hour, and is good for what only services may."""
    answer = issue(auth, "form4", SECRETS["form4"])
    claims = auth.trust.claims(answer.token)
    assert (claims.is_service, claims.subject, answer.expires_in) == (True, "form4", 3600)
    assert claims.expires_at - claims.issued_at == 3600
    assert TrustServiceStub(auth.carrying(answer.token)).GetTrust(GetTrustRequest()).keys


def test_any_other_secret_is_refused(auth: Auth) -> None:
    """Another service's secret, part of one, and any at all for a service that nobody knows, are refused alike."""
    secret = SECRETS["form4"]
    for service, given in (
        ("form4", SECRETS["filings"]),
        ("form4", secret[:-1]),
        ("form4", secret + "."),
        ("nobody", secret),
        ("watchlist", "x"),
    ):
        with refused(UNAUTHENTICATED, "TOKEN_INVALID"):
            issue(auth, service, given)


def test_bad_input_names_the_field(auth: Auth) -> None:
    """A name that no service has, an empty secret and one with NUL are refused by the name of the field."""
    for service, secret, field in (
        ("Form4!", "x", "service"),
        ("", "x", "service"),
        ("form4", "", "secret"),
        ("nobody", "\0" * 32, "secret"),
    ):
        with refused(INVALID, "FIELD_INVALID", field=field):
            issue(auth, service, secret)
