"""The guides for API users name every reason that something which is served may give."""

import re
from pathlib import Path

from gateway.surface import PUBLIC
from protos.openapi.contract import Contract, Method
from protos.openapi.reasons import refusals_of

GUIDES = Path(__file__).parents[3] / "docs/api"
ROWS = re.compile(r"^\| `([A-Z_]+)` \| \d+ ([A-Z_]+)", re.MULTILINE)
SERVED = {exposed.service.full_name for exposed in PUBLIC}
# What any call may be answered with, whatever its own comment says, and what the door says.
EVERYWHERE = ("sectracker.api.v1.ErrorReason", "sectracker.gateway.v1.ErrorReason")


def told() -> dict[str, str]:
    """Return the reasons that the guides tell of, with their gRPC status."""
    return {
        reason: status
        for page in ("README.md", "accounts.md")
        for reason, status in ROWS.findall((GUIDES / page).read_text(encoding="utf-8"))
    }


def test_every_reason_of_what_is_served_is_told(contract: Contract, methods: dict[str, Method]) -> None:
    """A reason in the comment of a served RPC has its row, with the status that it comes with."""
    missing = {
        (refusal.status, reason)
        for method in methods.values()
        if method.service in SERVED
        for refusal in refusals_of(contract, method)
        for reason in refusal.reasons
        if told().get(reason) != refusal.status
    }
    assert missing == set()


def test_every_reason_that_anything_may_give_is_told(contract: Contract) -> None:
    """What the chassis and the door refuse has its row."""
    names = {value.name for enum in EVERYWHERE for value in contract.enums[enum].values if value.number}
    assert {name.removeprefix("ERROR_REASON_") for name in names} - set(told()) == set()
