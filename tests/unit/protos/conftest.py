"""The contract as the protos say it, and the OpenAPI document that follows from it."""

import json
from typing import Any

import pytest

from protos.generate import descriptor_set
from protos.openapi.contract import Contract, Method, read
from protos.openapi.document import render
from protos.openapi.reasons import Reasons, reasons_of


@pytest.fixture(scope="session")
def descriptors(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the descriptor set of the protos in the checkout."""
    return descriptor_set(tmp_path_factory.mktemp("protoc")).SerializeToString()


@pytest.fixture(scope="session")
def contract(descriptors: bytes) -> Contract:
    """Return the contract."""
    return read(descriptors)


@pytest.fixture(scope="session")
def methods(contract: Contract) -> dict[str, Method]:
    """Return every RPC by its name below `sectracker.`, as form4.v1.Form4Service/GetSummary."""
    found = (method for service in contract.services for method in service.methods)
    return {f"{method.service.removeprefix('sectracker.')}/{method.name}": method for method in found}


@pytest.fixture(scope="session")
def reasons(contract: Contract) -> Reasons:
    """Return every reason of every error_reason.proto."""
    return reasons_of(contract)


@pytest.fixture(scope="session")
def document(descriptors: bytes) -> dict[str, Any]:
    """Return the OpenAPI document of an installation that serves Form4Service alone."""
    parsed: dict[str, Any] = json.loads(render(descriptors, {"sectracker.form4.v1.Form4Service"}))
    return parsed
