"""What the command takes for granted about the contract."""

from typing import Any

import pytest
from google.protobuf import descriptor_pool
from google.protobuf.message import Message
from sectracker.filings.v1.company_service_pb2 import CompanyServiceSearchRequest
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetMarketActivityRequest

from cli import options, scan
from cli.client import SERVICES, reads
from cli.errors import OPTIONS


@pytest.mark.parametrize(
    ("request_type", "field", "most"),
    [
        (GetCompanyActivityRequest, "count", options.COMPANY_PAGE),
        (GetCompanyActivityRequest, "days", options.MAX_COMPANY_DAYS),
        (GetMarketActivityRequest, "count", options.MARKET_PAGE),
        (GetMarketActivityRequest, "days", options.MAX_MARKET_DAYS),
        (CompanyServiceSearchRequest, "limit", scan.MAX_RESULTS),
    ],
)
def test_limits_are_the_contracts(request_type: type[Message], field: str, most: int) -> None:
    """A page is as large as the contract allows, and no option refuses what the service would take."""
    rule: Any = descriptor_pool.Default().FindExtensionByName("buf.validate.field")
    assert request_type.DESCRIPTOR.fields_by_name[field].GetOptions().Extensions[rule].int32.lte == most


def test_every_field_that_may_be_refused_has_its_option() -> None:
    """A refusal names what was typed, not what was sent; page tokens, `as_of` and `date_basis` are not typed."""
    fields = {
        field.name
        for request in (GetCompanyActivityRequest, GetMarketActivityRequest, CompanyServiceSearchRequest)
        for field in request.DESCRIPTOR.fields
    }
    assert fields - set(OPTIONS) == {"page_token", "as_of", "date_basis"}


def test_only_reads_are_tried_again() -> None:
    """The calls that are retried are those without side effects, and all that the command makes are among them."""
    names = {(entry["service"].rpartition(".")[2], entry["method"]) for entry in reads(SERVICES)}
    made = {
        ("Form4Service", "GetCompanyActivity"),
        ("Form4Service", "GetMarketActivity"),
        ("CompanyService", "Search"),
        ("HealthService", "Check"),
    }
    assert made <= names
