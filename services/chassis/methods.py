"""Bind a servicer to its contract: from bytes, by the rules that the proto states, to bytes.

gRPC hands over bytes (no deserializer), so bytes that are no message are our refusal, with a reason, and an answer
that is kept costs no parsing at all.
"""

from collections.abc import Callable, Iterator
from sys import maxsize
from typing import Any

import grpc
from google.api.httpbody_pb2 import HttpBody
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from protovalidate import Validator
from protovalidate import Violation as BrokenRule
from sectracker.api.v1 import options_pb2

from services.chassis.cache import Answers, Made
from services.chassis.call import answering
from services.chassis.errors import DeadlineExceeded, InvalidField, MalformedMessage, TooLarge, Violation
from services.chassis.house import House
from services.chassis.identity import authorize
from services.chassis.limits import Limit, unlimited
from services.chassis.metrics import ANSWERS
from services.chassis.printing import printer

REST_SUFFIX = "Rest"
VALIDATOR = Validator()
# Requests from outside are questions. Only services send documents, up to `max_message_bytes`.
MAX_QUESTION_BYTES = 64 * 1024
# Telling a broken rule takes 25 µs and more, so a request of a megabyte took 5 s to refuse: above this, one is told.
MAX_BYTES_TO_TELL_ALL = 1024

Function = Callable[[Any, grpc.ServicerContext], Any]
Respond = Callable[[Message], bytes]


class Rpc:
    """One RPC of a servicer.

    Raises: ValueError when the contract does not say who may call it, or streams requests.
    """

    def __init__(self, method: MethodDescriptor, function: Function, house: House) -> None:
        options = method.GetOptions()
        self.path = f"/{method.containing_service.full_name}/{method.name}"
        self.access = options.Extensions[options_pb2.access]
        self.lifetime = options.Extensions[options_pb2.shared_answer].lifetime_ms / 1000
        self.is_shared = options.HasExtension(options_pb2.shared_answer)
        self.function = function
        self.authenticator = house.authenticator
        self.limit = self.limit_in(house, options)
        self.request_type = GetMessageClass(method.input_type)
        self.max_bytes = maxsize if self.access == options_pb2.ACCESS_SERVICE else MAX_QUESTION_BYTES
        if self.access == options_pb2.ACCESS_UNSPECIFIED:
            raise ValueError(f"{self.path} does not say who may call it: set the option sectracker.api.v1.access.")
        if method.client_streaming:
            raise ValueError(f"{self.path} streams requests, which the chassis does not serve.")
        VALIDATOR.collect_violations(self.request_type())  # compiles the rules: a wrong one fails here, not in a call

    def limit_in(self, house: House, options: MethodOptions) -> Limit:
        """Return what counts calls, as the contract says.

        Raises: ValueError for a limit that no setting is about.
        """
        if house.limiter is None or options.Extensions[options_pb2.unlimited]:
            return unlimited
        return house.limiter.limit(self.access, options.Extensions[options_pb2.named_limit])

    def admit(self, data: bytes) -> float:
        """Find out who calls, let them pass, count the call, and return the seconds that they will still wait.

        Raises: TokenExpired, TokenInvalid, LoginEnded, CredentialsMissing, AccessDenied; DependencyUnavailable while
        no token can be judged; RateLimited, TooLarge, DeadlineExceeded.
        """
        call = answering()
        call.caller = self.authenticator.authenticate(self.access, call.metadata)
        authorize(self.access, call.caller)
        call.headers = self.limit(call.caller)
        if len(data) > self.max_bytes:
            raise TooLarge(limit_bytes=self.max_bytes)
        remaining = call.time_remaining()
        if remaining <= 0:  # it waited for a thread until nobody waited for it
            raise DeadlineExceeded
        return remaining

    def read(self, data: bytes) -> Message:
        """Return the request, whole and valid.

        Raises: MalformedMessage, InvalidField.
        """
        try:
            request = self.request_type.FromString(data)
        except DecodeError:
            raise MalformedMessage from None
        broken = VALIDATOR.collect_violations(request, fail_fast=len(data) > MAX_BYTES_TO_TELL_ALL)
        if broken:
            raise refusal(broken)
        # After the rules, which bound how much there is to look at. Numbers hold zero bytes too, so look closer then.
        if b"\0" in data:
            refuse_nul(request)
        return request

    def unary(self, data: bytes, context: grpc.ServicerContext) -> bytes:
        """Answer with one message."""
        self.admit(data)
        response: Message = self.function(self.read(data), context)
        return response.SerializeToString()

    def stream(self, data: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        """Answer with messages, one by one."""
        self.admit(data)
        for response in self.function(self.read(data), context):
            yield response.SerializeToString()

    def shared(self, answers: Answers, form: str, respond: Respond) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        """Return a handler that answers in one form from memory, and makes the answer when it is not there."""
        key = self.path + form
        hits = ANSWERS.labels(key, "kept")
        misses = ANSWERS.labels(key, "made")

        def handle(data: bytes, context: grpc.ServicerContext) -> bytes:
            remaining = self.admit(data)
            kept = answers.find((key, data))
            if kept is not None:
                hits.inc()
                return kept
            misses.inc()
            return answers.make((key, data), self.lifetime, remaining, lambda: make(data, context))

        def make(data: bytes, context: grpc.ServicerContext) -> Made:
            response = respond(self.function(self.read(data), context))
            return Made(response, answering().standing)

        return handle


def bind(service: str, servicer: object, answers: Answers, house: House, *aliases: str) -> list[grpc.GenericRpcHandler]:
    """Return the handlers of a service: by its own name and its aliases, and of shared answers by its name for REST.

    Shape: an RPC that the servicer's class does not define is not served, and answers UNIMPLEMENTED.
    Raises: ValueError, or KeyError for a service that no imported stub describes.
    """
    typed: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
    printed: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
    for method in descriptor_pool.Default().FindServiceByName(service).methods:
        if not defines(servicer, method.name):
            continue
        rpc = Rpc(method, getattr(servicer, method.name), house)
        if method.server_streaming:
            typed[method.name] = grpc.unary_stream_rpc_method_handler(rpc.stream)
        elif rpc.is_shared:
            handle = rpc.shared(answers, "", serialized)
            typed[method.name] = grpc.unary_unary_rpc_method_handler(handle)
            handle = rpc.shared(answers, REST_SUFFIX, http_body(method))
            printed[method.name] = grpc.unary_unary_rpc_method_handler(handle)
        else:
            typed[method.name] = grpc.unary_unary_rpc_method_handler(rpc.unary)
    handlers = [grpc.method_handlers_generic_handler(name, typed) for name in (service, *aliases)]
    if printed:
        handlers.append(grpc.method_handlers_generic_handler(service + REST_SUFFIX, printed))
    return handlers


def defines(servicer: object, name: str) -> bool:
    """Say whether a servicer has an RPC of its own, rather than the stub that its generated base has for all."""
    function = getattr(type(servicer), name, None)
    return function is not None and not function.__module__.endswith("_pb2_grpc")


def serialized(response: Message) -> bytes:
    """Return a response as it crosses the wire."""
    return response.SerializeToString()


def http_body(method: MethodDescriptor) -> Respond:
    """Return a function that wraps a response, printed as JSON, for the gateway to pass on as it is."""
    to_json = printer(method.output_type)
    return lambda response: HttpBody(content_type="application/json", data=to_json(response)).SerializeToString()


def refusal(broken: list[BrokenRule]) -> InvalidField:
    """Return all broken rules as one refusal, each with the dotted path of its field."""
    first, *others = [Violation(path(rule), rule.proto.message or rule.proto.rule_id) for rule in broken]
    return InvalidField(first.field, first.description, *others)


def path(rule: BrokenRule) -> str:
    """Return the path of the field that breaks a rule, as owners[2].cik; a rule on the whole message has none."""
    names = []
    for element in rule.proto.field.elements if rule.proto.field else ():
        key = element.subscript.value if element.subscript else None
        names.append(element.field_name if key is None else f"{element.field_name}[{key}]")
    return ".".join(names)


def refuse_nul(message: Message, prefix: str = "") -> None:
    """Refuse text with NUL, which PostgreSQL cannot store.

    Raises: InvalidField with the path of the first such field.
    """
    for field, value in message.ListFields():
        for name, item in items(field, value):
            if isinstance(item, Message):
                refuse_nul(item, f"{prefix}{name}.")
            elif isinstance(item, str) and "\0" in item:
                raise InvalidField(prefix + name, "must not contain NUL")


def items(field: FieldDescriptor, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each value of a field with its name, as owners[2]; of a map its keys and its values."""
    if not field.is_repeated:
        yield field.name, value
    elif field.message_type is not None and field.message_type.GetOptions().map_entry:
        for key in value:
            yield field.name, key
            yield f"{field.name}[{key}]", value[key]
    else:
        for index, item in enumerate(value):
            yield f"{field.name}[{index}]", item
