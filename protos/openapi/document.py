"""Put the OpenAPI document together."""

import json
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from protos.openapi import errors, prose
from protos.openapi.contract import Contract, read
from protos.openapi.operations import Surface
from protos.openapi.reasons import reasons_of
from protos.openapi.schemas import Schemas

Schema = dict[str, Any]

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
INTRODUCTION = """\
SEC filings and insiders' trades, read from EDGAR's documents.

This is the contract of the REST surface, written from the protobuf contract; every operation is also an RPC over gRPC \
and gRPC-Web at the same address.

- JSON is snake_case. Zeros and empty lists are printed; what is absent is left out, and absent is never zero.
- An unknown query parameter is refused. Unknown fields of a body are ignored.
- Every error is an `Error` with a stable reason.
- An operation with `x-sectracker-served: false` is agreed and not served yet.
"""
SECURITY_SCHEMES: Schema = {
    "bearer_token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of a login.",
    },
    "api_key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A user's API key, in place of a token.",
    },
}


def render(descriptors: bytes, served: Collection[str]) -> str:
    """Return the document as JSON text, the same for the same contract.

    Shape: `descriptors` is a serialized FileDescriptorSet with imports and source info; `served` has the full names of
    the services that the gateway routes.
    Raises: ContractError.
    """
    return json.dumps(document(read(descriptors), served), indent=2, ensure_ascii=False) + "\n"


def document(contract: Contract, served: Collection[str]) -> Schema:
    """Return the whole document."""
    reasons = reasons_of(contract)
    schemas = Schemas(contract)
    paths = Surface(contract, reasons, schemas, served).paths()
    return {
        "openapi": "3.1.0",
        "info": info(),
        "servers": [{"url": "/"}],
        "tags": tags(contract, paths),
        "paths": paths,
        "components": {
            "schemas": dict(sorted((schemas.components | errors.SCHEMAS).items())),
            **errors.components(reasons),
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def info() -> Schema:
    """Return what the document is about; version and licence are the project's."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    return {
        "title": "SEC-Tracker",
        "summary": project["description"],
        "description": INTRODUCTION,
        "license": {"name": project["license"], "identifier": project["license"]},
        "version": project["version"],
    }


def tags(contract: Contract, paths: Schema) -> list[Schema]:
    """Return one tag for each service that has an operation, in the contract's order."""
    used = {tag for item in paths.values() for operation in item.values() for tag in operation["tags"]}
    named = ((service.name.rpartition(".")[2], service.comment) for service in contract.services)
    return [{"name": name, "description": prose.text(comment)} for name, comment in named if name in used]
