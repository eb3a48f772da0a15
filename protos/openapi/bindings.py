"""Read google.api.http: the REST bindings of an RPC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from protos.openapi.contract import ContractError, Method

VERBS = ("get", "put", "post", "delete", "patch")
WHOLE = "*"
# `=*` says what a plain variable means anyway: one segment.
VARIABLE = re.compile(r"\{([^}=]+)(?:=\*)?\}")


@dataclass(frozen=True, slots=True)
class Binding:
    """Hold one HTTP rule of an RPC: `body` is "*", the name of a field, or empty."""

    verb: str
    path: str
    variables: tuple[str, ...]
    body: str


def bindings(method: Method) -> Iterator[Binding]:
    """Yield every HTTP rule of an RPC, additional ones after the first.

    Raises: ContractError for what OpenAPI or the transcoder has no way to say: custom verbs, variables that span
    segments, response_body.
    """
    rule = method.options.get("[google.api.http]")
    for one in [rule, *rule.get("additional_bindings", ())] if rule else ():
        verb = next((verb for verb in VERBS if verb in one), None)
        if verb is None or "response_body" in one:
            raise ContractError(f"{method.service}/{method.name} has an HTTP rule without an OpenAPI form: {one}")
        path = VARIABLE.sub(r"{\1}", one[verb])
        if "=" in path or "*" in path:
            raise ContractError(f"{method.service}/{method.name} has a variable that spans segments: {path}")
        yield Binding(verb, path, tuple(VARIABLE.findall(path)), one.get("body", ""))
