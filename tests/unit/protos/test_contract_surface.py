"""The protos have the whole surface that was agreed: paths, who may call them, fields, defaults and bounds."""

from typing import Any

import pytest

from protos.openapi.bindings import bindings
from protos.openapi.contract import Contract, Method
from protos.openapi.prose import stated_default

AUTH = "auth.v1.AuthService"
TRACKING = "filings.v1.TrackingService"
COMPANY = "filings.v1.CompanyService"
FORM4 = "form4.v1.Form4Service"
FEED = "form4.v1.FeedService"
WATCHLIST = "watchlist.v1.WatchlistService"
WEBHOOK = "watchlist.v1.WebhookService"
HEALTH = "gateway.v1.HealthService"

ROUTES = [
    ("POST", "/api/v1/auth/register", f"{AUTH}/Register", "stranger"),
    ("POST", "/api/v1/auth/login", f"{AUTH}/Login", "stranger"),
    ("POST", "/api/v1/auth/refresh", f"{AUTH}/Refresh", "stranger"),
    ("POST", "/api/v1/auth/token", f"{AUTH}/ExchangeKey", "key"),
    ("POST", "/api/v1/auth/logout", f"{AUTH}/Logout", "user"),
    ("GET", "/api/v1/auth/me", f"{AUTH}/GetMe", "user"),
    ("PATCH", "/api/v1/auth/me", f"{AUTH}/UpdateMe", "user"),
    ("POST", "/api/v1/auth/api-key", f"{AUTH}/CreateApiKey", "user"),
    ("DELETE", "/api/v1/auth/api-key", f"{AUTH}/RevokeApiKey", "user"),
    ("POST", "/api/v1/track", f"{TRACKING}/Track", "user"),
    ("GET", "/api/v1/track/{job_id}", f"{TRACKING}/GetJob", "owner"),
    ("GET", "/api/v1/track/{job_id}/events", f"{TRACKING}/StreamJob", "owner"),
    ("GET", "/api/v1/track/history", f"{TRACKING}/ListFilings", "user"),
    ("POST", "/api/v1/track/analyze/{filing_id}", f"{TRACKING}/Analyze", "user"),
    ("GET", "/api/v1/track/analysis/{filing_id}", f"{TRACKING}/GetAnalysis", "owner"),
    ("GET", "/api/v1/track/document/{filing_id}", f"{TRACKING}/GetDocument", "user"),
    ("POST", "/api/v1/track/refresh", f"{TRACKING}/RefreshAll", "user"),
    ("GET", "/api/v1/models", f"{TRACKING}/ListModels", "user"),
    ("POST", "/api/v1/models/test", f"{TRACKING}/TestModel", "user"),
    ("GET", "/api/v1/form4/{ticker}", f"{FORM4}/GetCompanyActivity", "anyone"),
    ("GET", "/api/v1/form4/{ticker}/summary", f"{FORM4}/GetSummary", "anyone"),
    ("GET", "/api/v1/form4/latest", f"{FORM4}/GetMarketActivity", "anyone"),
    ("GET", "/api/v1/form4/stream", f"{FEED}/StreamTransactions", "user"),
    ("GET", "/api/v1/watchlist", f"{WATCHLIST}/List", "user"),
    ("POST", "/api/v1/watchlist", f"{WATCHLIST}/Add", "user"),
    ("DELETE", "/api/v1/watchlist/{ticker}", f"{WATCHLIST}/Remove", "user"),
    ("GET", "/api/v1/watchlist/activity", f"{WATCHLIST}/GetActivity", "user"),
    ("POST", "/api/v1/webhooks", f"{WEBHOOK}/CreateEndpoint", "user"),
    ("GET", "/api/v1/webhooks", f"{WEBHOOK}/ListEndpoints", "user"),
    ("POST", "/api/v1/webhooks/{endpoint_id}/rotate-secret", f"{WEBHOOK}/RotateSecret", "owner"),
    ("DELETE", "/api/v1/webhooks/{endpoint_id}", f"{WEBHOOK}/DeleteEndpoint", "owner"),
    ("POST", "/api/v1/webhooks/{endpoint_id}/test", f"{WEBHOOK}/TestEndpoint", "owner"),
    ("GET", "/api/v1/webhooks/{endpoint_id}/deliveries", f"{WEBHOOK}/ListDeliveries", "owner"),
    ("POST", "/api/v1/webhooks/{endpoint_id}/deliveries/{delivery_id}/replay", f"{WEBHOOK}/Replay", "owner"),
    ("GET", "/api/v1/companies/search", f"{COMPANY}/Search", "anyone"),
    ("GET", "/api/v1/companies/{ticker}", f"{COMPANY}/Get", "anyone"),
    ("GET", "/api/v1/health", f"{HEALTH}/Check", "stranger"),
    ("GET", "/.well-known/jwks.json", "auth.v1.KeyService/ListKeys", "stranger"),
]

# RPCs without REST: the typed streams beside the server-sent events, what operators call, what services call.
WITHOUT_REST = {
    f"{TRACKING}/WatchJob": "owner",
    f"{FEED}/WatchTransactions": "user",
    f"{TRACKING}/ListJobs": "operator",
    f"{TRACKING}/CancelJob": "operator",
    f"{TRACKING}/RetryJob": "operator",
    f"{COMPANY}/BatchGet": "service",
    f"{COMPANY}/ListTickers": "service",
    "form4.v1.OwnershipService/Ingest": "service",
    "form4.v1.OwnershipService/SetCoverage": "service",
    "form4.v1.OwnershipService/ListTransactionsByIssuers": "service",
    "filings.v1.RefreshService/RequestRefresh": "service",
    "filings.v1.FilingsService/ListByIssuers": "service",
    "watchlist.v1.DeliveryService/Enqueue": "service",
    "auth.v1.TrustService/IssueServiceToken": "stranger",
    "auth.v1.TrustService/GetTrust": "service",
    "auth.v1.EdgeService/Check": "stranger",
}

TOKENS = "access_token refresh_token token_type expires_in"
SUMS = "buy_count sell_count total_buys total_sells net"
FIELDS = [
    (f"{AUTH}/Register", "email password", f"user {TOKENS}"),
    (f"{AUTH}/Login", "email password", TOKENS),
    (f"{AUTH}/Refresh", "refresh_token", TOKENS),
    (f"{AUTH}/ExchangeKey", "", "access_token token_type expires_in"),
    (f"{AUTH}/Logout", "refresh_token", ""),
    (f"{AUTH}/UpdateMe", "email password current_password", "id email is_active created_at updated_at has_api_key"),
    (f"{AUTH}/CreateApiKey", "", "api_key message"),
    (f"{AUTH}/RevokeApiKey", "", ""),
    (
        f"{TRACKING}/Track",
        "ticker forms analyze force check_only webhook_url request_id",
        "job_id status webhook_secret",
    ),
    (
        f"{TRACKING}/GetJob",
        "job_id",
        "job_id status progress message ticker filings analysis error created_at started_at completed_at",
    ),
    (f"{TRACKING}/ListFilings", "ticker form_type limit offset page_token", "filings total next_page_token"),
    (f"{TRACKING}/Analyze", "filing_id force model", "job_id status"),
    (
        f"{TRACKING}/GetAnalysis",
        "filing_id",
        "model_used sentiment analysis_text key_findings tokens_used created_at",
    ),
    (
        f"{FORM4}/GetCompanyActivity",
        "ticker count hide_planned days start_date end_date date_basis as_of page_token",
        "ticker company_name cik status coverage_start transactions insiders summary last_updated next_page_token",
    ),
    (f"{FORM4}/GetSummary", "ticker days", f"{SUMS} period_days last_updated"),
    (
        f"{FORM4}/GetMarketActivity",
        "count days start_date end_date hide_planned min_amount max_amount min_buys min_sells active page_token",
        "companies buying_companies selling_companies total_companies total_transactions last_updated next_page_token",
    ),
    (f"{FEED}/WatchTransactions", "tickers min_amount types cursor", "cursor transaction"),
    (f"{WATCHLIST}/List", "", "items total"),
    (f"{WATCHLIST}/Add", "ticker", "ticker cik company_name added_at"),
    (f"{WATCHLIST}/Remove", "ticker", ""),
    (f"{WATCHLIST}/GetActivity", "days", "filings transactions summary"),
    (f"{WEBHOOK}/CreateEndpoint", "url", "endpoint secret"),
    (f"{COMPANY}/Search", "q limit", "results"),
    (f"{HEALTH}/Check", "", "status version database cache sec_api services"),
]

MESSAGES = [
    ("filings.v1.Company", "ticker cik name"),
    ("form4.v1.Insider", f"cik name role {SUMS} last_date"),
    ("form4.v1.CompanyTotals", f"ticker company_name {SUMS} signal top_insiders"),
    (
        "form4.v1.Transaction",
        "date owner_name role type is_planned planned_source shares price amount accession_number",
    ),
]

ENUMS = [
    (
        "form4.v1.Transaction.Type",
        "buy sell grant disposition tax exercise conversion expiry gift inheritance small plan other",
    ),
    ("form4.v1.GetCompanyActivityResponse.Status", "loading ready"),
    ("form4.v1.GetCompanyActivityRequest.DateBasis", "filing transaction"),
    ("form4.v1.Planned.Source", "box footnote"),
    ("filings.v1.Job.Status", "queued processing complete failed"),
    ("filings.v1.Analysis.Sentiment", "bullish bearish neutral"),
    ("gateway.v1.CheckResponse.Status", "healthy degraded unhealthy"),
    ("gateway.v1.SecApi.State", "reachable throttled unknown"),
]

BOUNDS = [
    (f"{FORM4}/GetCompanyActivity", "count", (20, 100)),
    (f"{FORM4}/GetSummary", "days", (30, 365)),
    (f"{FORM4}/GetMarketActivity", "count", (50, 200)),
    (f"{TRACKING}/ListFilings", "limit", (50, 200)),
    (f"{COMPANY}/Search", "limit", (10, 50)),
    (f"{WATCHLIST}/GetActivity", "days", (7, 90)),
]


def fields(contract: Contract, name: str) -> set[str]:
    """Return the names of a message's fields."""
    return {field.name for field in contract.messages[name].fields}


def test_every_route_is_there_and_no_other(methods: dict[str, Method]) -> None:
    """REST has the agreed verbs and paths, each at its RPC, and nothing that was not agreed."""
    found = {
        (binding.verb.upper(), binding.path, name) for name, method in methods.items() for binding in bindings(method)
    }
    assert found == {(verb, path, name) for verb, path, name, _ in ROUTES}


def test_everybody_who_may_call_is_agreed(methods: dict[str, Method]) -> None:
    """Each RPC says who may call it, as agreed; those that services call have no route by the test above."""
    agreed = {name: who for _, _, name, who in ROUTES} | WITHOUT_REST
    assert {name: method.access.removeprefix("ACCESS_").lower() for name, method in methods.items()} == agreed


@pytest.mark.parametrize(("rpc", "request_fields", "response_fields"), FIELDS)
def test_messages_have_the_agreed_fields(
    contract: Contract, methods: dict[str, Method], rpc: str, request_fields: str, response_fields: str
) -> None:
    """Request and response of an RPC have every field that was agreed."""
    method = methods[rpc]
    assert set(request_fields.split()) <= fields(contract, method.request)
    assert set(response_fields.split()) <= fields(contract, method.response)


@pytest.mark.parametrize(("message", "names"), MESSAGES)
def test_parts_have_the_agreed_fields(contract: Contract, message: str, names: str) -> None:
    """What responses are made of has every field that was agreed."""
    assert set(names.split()) <= fields(contract, f"sectracker.{message}")


@pytest.mark.parametrize(("enum", "words"), ENUMS)
def test_enums_have_the_agreed_words(contract: Contract, enum: str, words: str) -> None:
    """An enum prints exactly the agreed lower-case words, behind a zero that is never sent."""
    values = [value.name for value in contract.enums[f"sectracker.{enum}"].values]
    assert values == ["unspecified", *words.split()]


@pytest.mark.parametrize(("rpc", "name", "bounds"), BOUNDS)
def test_numbers_have_the_agreed_default_and_bound(
    contract: Contract, methods: dict[str, Method], rpc: str, name: str, bounds: tuple[int, int]
) -> None:
    """A number's comment states the agreed default, and its rule refuses what is outside the agreed range."""
    field = next(field for field in contract.messages[methods[rpc].request].fields if field.name == name)
    default, maximum = bounds
    assert stated_default(field.comment) == default
    assert field.rules == {"int32": {"gte": 1, "lte": maximum}}


def test_passwords_have_the_agreed_length(contract: Contract) -> None:
    """A new password has 8 to 128 characters."""
    rules: dict[str, Any] = {"string": {"min_len": "8", "max_len": "128"}}
    for message in ("RegisterRequest", "UpdateMeRequest"):
        field = next(one for one in contract.messages[f"sectracker.auth.v1.{message}"].fields if one.name == "password")
        assert field.rules == rules


def test_no_more_types_can_be_asked_for_than_there_are(contract: Contract) -> None:
    """A follower names each type of transaction at most once; the rule grows with the types."""
    words = len(contract.enums["sectracker.form4.v1.Transaction.Type"].values) - 1
    request = contract.messages["sectracker.form4.v1.WatchTransactionsRequest"]
    rules = next(field.rules for field in request.fields if field.name == "types")
    assert rules == {"repeated": {"max_items": str(words), "items": {"enum": {"defined_only": True}}}}
