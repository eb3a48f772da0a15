"""Say RPCs as operations: what they are called, who may call, what they answer."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from protos.openapi import errors, prose
from protos.openapi.bindings import Binding, bindings
from protos.openapi.contract import Contract, ContractError, Method
from protos.openapi.parameters import body, parameters
from protos.openapi.reasons import ERRORS, REFERENCE, Reasons, sibling
from protos.openapi.schemas import Schemas, Side, message_rules

Schema = dict[str, Any]

BYTES = "google.api.HttpBody"
ACCESS = "sectracker.api.v1.Access"
NOT_SERVED = "Not served yet: the gateway answers 404."

# What people may call; an RPC for services alone has no HTTP rule.
TOKEN: Schema = {"bearer_token": []}
KEY: Schema = {"api_key": []}
NOTHING: Schema = {}
SECURITY = {
    "ACCESS_ANYONE": [NOTHING, TOKEN, KEY],
    "ACCESS_STRANGER": [NOTHING],
    "ACCESS_KEY": [KEY],
    "ACCESS_USER": [TOKEN, KEY],
    "ACCESS_OWNER": [TOKEN, KEY],
    "ACCESS_OPERATOR": [TOKEN, KEY],
}


@dataclass(frozen=True, slots=True)
class Surface:
    """Hold what operations are made of; `served` has the full names of the services that the gateway routes."""

    contract: Contract
    reasons: Reasons
    schemas: Schemas
    served: Collection[str]

    def paths(self) -> Schema:
        """Return every path with its operations, in alphabetical order.

        Raises: ContractError when two RPCs share a verb and path, or one that is not for people has an HTTP rule.
        """
        found: dict[str, Schema] = {}
        for method in (method for service in self.contract.services for method in service.methods):
            for number, binding in enumerate(bindings(method), 1):
                if method.access not in SECURITY:
                    raise ContractError(f"{method.service}/{method.name} has an HTTP rule and is not for people")
                item = found.setdefault(binding.path, {})
                if binding.verb in item:
                    raise ContractError(f"{binding.verb} {binding.path} belongs to two RPCs")
                item[binding.verb] = self.operation(method, binding, number)
        return dict(sorted(found.items()))

    def operation(self, method: Method, binding: Binding, number: int) -> Schema:
        """Return one operation; the id of an RPC's second binding ends in 2, and so on."""
        service = method.service.rpartition(".")[2]
        request = self.contract.messages[method.request]
        is_served = method.service in self.served
        parts: Schema = {
            "operationId": f"{service}_{method.name}{'' if number == 1 else number}",
            "tags": [service],
            "summary": prose.first_sentence(prose.text(method.comment))[0].removesuffix("."),
            "description": self.description(method, is_served=is_served),
            "parameters": parameters(self.schemas, request, binding),
            "requestBody": body(self.schemas, request, binding),
            "responses": {"200": self.success(method)} | errors.responses(self.contract, self.reasons, method),
            "security": SECURITY[method.access],
            "x-sectracker-rpc": f"{method.service}/{method.name}",
            "x-sectracker-access": method.access.removeprefix("ACCESS_").lower(),
            "x-sectracker-served": None if is_served else False,
        }
        return {name: part for name, part in parts.items() if part is not None and part != []}

    def description(self, method: Method, *, is_served: bool) -> str:
        """Return the comment after its first sentence, who may call, how old answers may be, if it is not served."""
        _, rest = prose.first_sentence(prose.text(method.comment))
        kept = [one for one in rest.split("\n\n") if one and not is_list_of_errors(one)]
        access = next(value for value in self.contract.enums[ACCESS].values if value.name == method.access)
        kept += message_rules(self.contract.messages[method.request])
        kept.append(f"Who may call: {lower_first(prose.text(access.comment))}")
        if shared := method.options.get("[sectracker.api.v1.shared_answer]"):
            kept.append(f"The answer is the same for everybody and at most {shared['lifetime_ms']} ms old.")
        return "\n\n".join(kept if is_served else [*kept, NOT_SERVED])

    def success(self, method: Method) -> Schema:
        """Return the answer with status 200."""
        if method.response == BYTES:
            return self.bytes(method)
        message = self.schemas.declared(method.response)
        said = prose.text(message.comment)
        schema = self.schemas.message(message.name, Side.response) if message.fields else {"type": "object"}
        if method.is_stream:  # the transcoder prints a stream of messages as one list
            schema = {"type": "array", "items": schema}
        return {"description": said, "content": {"application/json": {"schema": schema}}}

    def bytes(self, method: Method) -> Schema:
        """Return an answer of bytes: the server-sent events of a typed stream, or a document as it is."""
        events = method.options.get("[sectracker.api.v1.events_of]")
        if events is None:
            return {"description": "The document, with its own media type.", "content": {"*/*": {}}}
        event = sibling(self.contract, method, str(events)).response
        media = {"schema": {"type": "string"}, "x-sectracker-event": self.schemas.message(event, Side.response)}
        said = f"Server-sent events; the data of each is one `{event.rpartition('.')[2]}` in JSON."
        return {"description": said, "content": {"text/event-stream": media}}


def is_list_of_errors(paragraph: str) -> bool:
    """Return whether a paragraph only names errors, which the responses say; a reference to another RPC says more."""
    return paragraph.startswith(ERRORS) and not REFERENCE.match(paragraph.removeprefix(ERRORS))


def lower_first(sentence: str) -> str:
    """Return a sentence as it goes on behind a colon."""
    return sentence[:1].lower() + sentence[1:]
