"""What is public: an explicit list, and paths in the order in which they are looked up."""

import re

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from sectracker.filings.v1 import tracking_service_pb2
from sectracker.form4.v1 import feed_service_pb2, ownership_service_pb2
from sectracker.watchlist.v1 import webhook_service_pb2

from gateway.descriptor import descriptor_set, public_files, transcoded_services
from gateway.surface import PUBLIC, Exposed, Template, clusters, endpoints

# Everything that the contract has for people, served or not.
WHOLE = (
    *PUBLIC,
    Exposed(tracking_service_pb2.DESCRIPTOR.services_by_name["TrackingService"], "filings"),
    Exposed(feed_service_pb2.DESCRIPTOR.services_by_name["FeedService"], "form4"),
    Exposed(webhook_service_pb2.DESCRIPTOR.services_by_name["WebhookService"], "watchlist"),
)
OWNERSHIP = Exposed(ownership_service_pb2.DESCRIPTOR.services_by_name["OwnershipService"], "form4")


def pool(files: FileDescriptorSet) -> DescriptorPool:
    """Return a pool with nothing but these files; it refuses a set that is not whole."""
    made = DescriptorPool()
    for file in files.file:
        made.Add(file)
    return made


def test_public_rpcs_are_these() -> None:
    """The door serves these RPCs, and a change of the list is meant."""
    assert [rpc.path for exposed in PUBLIC for rpc in exposed.rpcs()] == [
        "/sectracker.auth.v1.AuthService/Register",
        "/sectracker.auth.v1.AuthService/Login",
        "/sectracker.auth.v1.AuthService/Refresh",
        "/sectracker.auth.v1.AuthService/ExchangeKey",
        "/sectracker.auth.v1.AuthService/Logout",
        "/sectracker.auth.v1.AuthService/GetMe",
        "/sectracker.auth.v1.AuthService/UpdateMe",
        "/sectracker.auth.v1.AuthService/CreateApiKey",
        "/sectracker.auth.v1.AuthService/RevokeApiKey",
        "/sectracker.auth.v1.KeyService/ListKeys",
        "/sectracker.filings.v1.CompanyService/Search",
        "/sectracker.filings.v1.CompanyService/Get",
        "/sectracker.form4.v1.Form4Service/GetCompanyActivity",
        "/sectracker.form4.v1.Form4Service/GetSummary",
        "/sectracker.form4.v1.Form4Service/GetMarketActivity",
        "/sectracker.watchlist.v1.WatchlistService/List",
        "/sectracker.watchlist.v1.WatchlistService/Add",
        "/sectracker.watchlist.v1.WatchlistService/Remove",
        "/sectracker.watchlist.v1.WatchlistService/GetActivity",
        "/sectracker.gateway.v1.HealthService/Check",
    ]


def test_what_only_services_may_call_is_never_public() -> None:
    """Listing an internal service by mistake gives it no RPC and no path."""
    assert OWNERSHIP.rpcs() == []
    assert endpoints([OWNERSHIP]) == []


def test_a_word_comes_before_a_variable() -> None:
    """Of two paths that match the same request, the one with a word in that place is tried first."""
    found = [template for template, _ in endpoints(WHOLE)]
    for place, template in enumerate(found):
        for later in found[place + 1 :]:
            assert not re.fullmatch(template.regex, later.text), f"{template.text} swallows {later.text}"


def test_a_path_with_several_verbs_is_one_path() -> None:
    """Verbs of one path stand together, so that Allow can name them all."""
    verbs = {template.text: [endpoint.verb for endpoint in found] for template, found in endpoints(WHOLE)}
    assert verbs["/api/v1/auth/me"] == ["GET", "PATCH"]
    assert verbs["/api/v1/watchlist"] == ["GET", "POST"]


def test_a_path_that_is_claimed_twice_is_refused() -> None:
    """Two RPCs at one verb and path are a mistake in the contract."""
    with pytest.raises(ValueError, match="claimed twice"):
        endpoints([*PUBLIC, PUBLIC[0]])


@pytest.mark.parametrize(
    ("path", "is_matched"),
    [
        ("/api/v1/form4/AAPL/summary", True),
        ("/api/v1/form4/AAPL/summary/", True),
        ("/api/v1/form4/BRK.B/summary", True),
        ("/api/v1/form4//summary", False),
        ("/api/v1/form4/A/B/summary", False),
        ("/api/v1/form4/AAPL/summary//", False),
        ("/api/v1/form4/AAPL/summaryx", False),
    ],
)
def test_a_variable_is_one_segment(path: str, is_matched: bool) -> None:
    """A template matches whole segments, with or without a slash at the end."""
    assert bool(re.fullmatch(Template("/api/v1/form4/{ticker}/summary").regex, path)) is is_matched


@pytest.mark.parametrize("text", ["/a/{b=**}", "/a/{b}:cancel", "/a/*", "/a/x{b}"])
def test_a_template_of_another_kind_is_refused(text: str) -> None:
    """What the routes could not match is refused when it is written, not when it is asked for."""
    with pytest.raises(ValueError, match="neither a word"):
        Template(text)


def test_descriptor_set_is_whole() -> None:
    """Every import is there, before what imports it; for the whole contract as well."""
    for surface in (PUBLIC, WHOLE):
        assert pool(descriptor_set(surface)).FindMessageTypeByName("google.rpc.ErrorInfo")


def test_rest_rules_are_moved_to_the_sibling() -> None:
    """REST reaches a shared answer by the sibling alone; an answer of one's own stays where it is."""
    assert transcoded_services(WHOLE) == [
        "sectracker.auth.v1.AuthService",
        "sectracker.watchlist.v1.WatchlistService",
        "sectracker.filings.v1.TrackingService",
        "sectracker.form4.v1.FeedService",
        "sectracker.watchlist.v1.WebhookService",
        "sectracker.auth.v1.KeyServiceRest",
        "sectracker.filings.v1.CompanyServiceRest",
        "sectracker.form4.v1.Form4ServiceRest",
        "sectracker.gateway.v1.HealthServiceRest",
    ]
    sibling = pool(descriptor_set()).FindMethodByName("sectracker.form4.v1.Form4ServiceRest.GetSummary")
    assert sibling.input_type.full_name == "sectracker.form4.v1.GetSummaryRequest"
    assert sibling.output_type.full_name == "google.api.HttpBody"


def test_public_files_name_nothing_internal() -> None:
    """What tools may read describes no internal RPC, nor a message that only those take."""
    found = pool(FileDescriptorSet(file=public_files()))
    assert list(found.FindServiceByName("sectracker.filings.v1.CompanyService").methods_by_name) == ["Search", "Get"]
    for name in ("BatchGetRequest", "BatchGetResponse", "ListTickersRequest", "ListTickersResponse"):
        with pytest.raises(KeyError):
            found.FindMessageTypeByName(f"sectracker.filings.v1.{name}")
    assert found.FindMessageTypeByName("sectracker.filings.v1.Company")


def test_building_a_set_leaves_the_stubs_alone() -> None:
    """Rules are moved in a copy: the stubs' own descriptors still have them."""
    descriptor_set()
    assert next(iter(PUBLIC[3].rpcs())).rule.get == "/api/v1/form4/{ticker}"


def test_clusters_are_named_once() -> None:
    """Services that share processes share a cluster."""
    assert clusters(WHOLE) == ["auth", "filings", "form4", "watchlist", "gateway"]
