"""What the command takes for granted about the contract."""

from typing import Any

import pytest
from google.protobuf import descriptor_pool
from google.protobuf.message import Message
from sectracker.auth.v1.auth_service_pb2 import LoginRequest, LogoutRequest, RefreshRequest, RegisterRequest
from sectracker.filings.v1.company_service_pb2 import CompanyServiceSearchRequest
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetMarketActivityRequest
from sectracker.watchlist.v1.watchlist_service_pb2 import AddRequest, GetActivityRequest, RemoveRequest

from cli import options, scan
from cli.client import SERVICES, for_strangers, repeatable
from cli.errors import OPTIONS

REQUESTS: tuple[type[Message], ...] = (
    *(GetCompanyActivityRequest, GetMarketActivityRequest, CompanyServiceSearchRequest),
    *(RegisterRequest, LoginRequest, RefreshRequest, LogoutRequest),
    *(AddRequest, RemoveRequest, GetActivityRequest),
)


@pytest.mark.parametrize(
    ("request_type", "field", "most"),
    [
        (GetCompanyActivityRequest, "count", options.COMPANY_PAGE),
        (GetCompanyActivityRequest, "days", options.MAX_COMPANY_DAYS),
        (GetMarketActivityRequest, "count", options.MARKET_PAGE),
        (GetMarketActivityRequest, "days", options.MAX_MARKET_DAYS),
        (CompanyServiceSearchRequest, "limit", scan.MAX_RESULTS),
        (GetActivityRequest, "count", options.WATCHLIST_PAGE),
        (GetActivityRequest, "days", options.MAX_WATCHLIST_DAYS),
    ],
)
def test_limits_are_the_contracts(request_type: type[Message], field: str, most: int) -> None:
    """A page is as large as the contract allows, and no option refuses what the service would take."""
    rule: Any = descriptor_pool.Default().FindExtensionByName("buf.validate.field")
    assert request_type.DESCRIPTOR.fields_by_name[field].GetOptions().Extensions[rule].int32.lte == most


def test_every_field_that_may_be_refused_has_its_option() -> None:
    """A refusal names what was typed, not what was sent; tokens, `as_of` and `date_basis` are not typed."""
    fields = {field.name for request in REQUESTS for field in request.DESCRIPTOR.fields}
    assert fields - set(OPTIONS) == {"page_token", "refresh_token", "as_of", "date_basis"}


def test_only_what_may_be_repeated_is_tried_again() -> None:
    """All reads are; a password is never sent twice for one question, and no key made twice."""
    names = {(entry["service"].rpartition(".")[2], entry["method"]) for entry in repeatable(SERVICES)}
    assert not names & {("AuthService", name) for name in ("Register", "Login", "UpdateMe", "CreateApiKey")}
    made = {
        ("Form4Service", "GetCompanyActivity"),
        ("Form4Service", "GetMarketActivity"),
        ("CompanyService", "Search"),
        ("HealthService", "Check"),
        ("AuthService", "Refresh"),
        ("WatchlistService", "GetActivity"),
    }
    assert made <= names


def test_who_makes_an_account_or_logs_in_is_a_stranger() -> None:
    """No credentials go with the calls that ask for some, nor with a renewal, which would begin another."""
    paths = {f"/sectracker.auth.v1.AuthService/{name}" for name in ("Register", "Login", "Refresh")}
    assert {path for path in for_strangers(SERVICES) if "AuthService" in path} == paths
