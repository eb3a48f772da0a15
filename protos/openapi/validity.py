"""Check that a document is what the OpenAPI Initiative calls OpenAPI 3.1."""

import json

from openapi_spec_validator import OpenAPIV31SpecValidator


def faults(text: str) -> list[str]:
    """Return what is wrong with a document, one line a fault with its place; none when it is valid."""
    errors = OpenAPIV31SpecValidator(json.loads(text)).iter_errors()
    return sorted(f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in errors)
