"""A service of three messages, described here and nowhere else, to try the chassis on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import buf.validate.validate_pb2  # registers the rules that the description uses
import grpc
from google.protobuf import descriptor_pool, text_format, timestamp_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass, GetMessageClassesForFiles
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo
from grpc_status import rpc_status
from sectracker.api.v1 import options_pb2

from services.chassis.config import ServiceSettings
from services.chassis.house import House
from services.chassis.server import Server
from tests.support.identity import ISSUER

NEEDS = (buf.validate.validate_pb2, timestamp_pb2, options_pb2)
SERVICE = "trial.v1.TrialService"

DESCRIPTION = """
name: "trial/v1/trial.proto" package: "trial.v1" syntax: "proto3"
dependency: "google/protobuf/timestamp.proto"
dependency: "buf/validate/validate.proto"
dependency: "sectracker/api/v1/options.proto"
message_type {
  name: "Request"
  field { name: "word" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING
          options { [buf.validate.field] { string { max_len: 10 } } } }
  field { name: "count" number: 2 label: LABEL_OPTIONAL type: TYPE_INT32
          options { [buf.validate.field] { int32 { lte: 100 gte: 0 } } } }
  field { name: "inner" number: 3 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".trial.v1.Request" }
  field { name: "labels" number: 4 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".trial.v1.Request.LabelsEntry" }
  field { name: "raw" number: 5 label: LABEL_OPTIONAL type: TYPE_BYTES }
  field { name: "page_token" number: 6 label: LABEL_OPTIONAL type: TYPE_STRING }
  nested_type {
    name: "LabelsEntry" options { map_entry: true }
    field { name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
    field { name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_STRING }
  }
}
message_type {
  name: "Response"
  field { name: "word" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "number" number: 2 label: LABEL_OPTIONAL type: TYPE_DOUBLE }
  field { name: "at" number: 3 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".google.protobuf.Timestamp" }
}
service {
  name: "TrialService"
  method { name: "Echo" input_type: ".trial.v1.Request" output_type: ".trial.v1.Response"
           options { [sectracker.api.v1.access]: ACCESS_ANYONE idempotency_level: NO_SIDE_EFFECTS } }
  method { name: "Shared" input_type: ".trial.v1.Request" output_type: ".trial.v1.Response"
           options { [sectracker.api.v1.access]: ACCESS_ANYONE
                     [sectracker.api.v1.shared_answer] { lifetime_ms: 300 } } }
  method { name: "Mine" input_type: ".trial.v1.Request" output_type: ".trial.v1.Response"
           options { [sectracker.api.v1.access]: ACCESS_USER } }
  method { name: "Inside" input_type: ".trial.v1.Request" output_type: ".trial.v1.Response"
           options { [sectracker.api.v1.access]: ACCESS_SERVICE } }
  method { name: "Count" input_type: ".trial.v1.Request" output_type: ".trial.v1.Response" server_streaming: true
           options { [sectracker.api.v1.access]: ACCESS_ANYONE } }
  method { name: "Enter" input_type: ".trial.v1.Request" output_type: ".trial.v1.Response"
           options { [sectracker.api.v1.access]: ACCESS_STRANGER [sectracker.api.v1.named_limit]: "login" } }
  method { name: "Free" input_type: ".trial.v1.Request" output_type: ".trial.v1.Response"
           options { [sectracker.api.v1.access]: ACCESS_ANYONE [sectracker.api.v1.unlimited]: true } }
  method { name: "Later" input_type: ".trial.v1.Request" output_type: ".trial.v1.Response"
           options { [sectracker.api.v1.access]: ACCESS_ANYONE } }
}
service {
  name: "UnsaidService"
  method { name: "Echo" input_type: ".trial.v1.Request" output_type: ".trial.v1.Response" }
}
"""

descriptor_pool.Default().Add(text_format.Parse(DESCRIPTION, FileDescriptorProto()))
MESSAGES = GetMessageClassesForFiles(["trial/v1/trial.proto"], descriptor_pool.Default())
Request: Any = MESSAGES["trial.v1.Request"]
Response: Any = MESSAGES["trial.v1.Response"]

Function = Callable[[Any, grpc.ServicerContext], Any]


@dataclass
class Servicer:
    """Do as a test says: each RPC calls the function that the test has put in its place."""

    do: Function = lambda request, _context: Response(word=request.word)
    calls: list[str] = field(default_factory=list)

    def Echo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - the contract's name
        """Answer to anybody."""
        self.calls.append("Echo")
        return self.do(request, context)

    def Shared(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - the contract's name
        """Answer the same to everybody."""
        self.calls.append("Shared")
        return self.do(request, context)

    def Mine(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - the contract's name
        """Answer to users."""
        self.calls.append("Mine")
        return self.do(request, context)

    def Inside(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - the contract's name
        """Answer to services."""
        self.calls.append("Inside")
        return self.do(request, context)

    def Enter(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - the contract's name
        """Answer to strangers, only so often."""
        self.calls.append("Enter")
        return self.do(request, context)

    def Free(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - the contract's name
        """Answer as often as anybody likes."""
        self.calls.append("Free")
        return self.do(request, context)

    def Count(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:  # noqa: N802 - the contract's name
        """Answer with as many messages as were asked for, then do as the test says."""
        self.calls.append("Count")
        for number in range(request.count):
            yield Response(number=number)
        self.do(request, context)


def settings(**changes: Any) -> ServiceSettings:
    """Return settings for a server that takes any free port and does not wait when it stops."""
    return ServiceSettings.model_construct(**(ServiceSettings().model_dump() | quick() | changes))


def quick() -> dict[str, Any]:
    """Return what a test changes: no fixed port, no waiting."""
    return {"listen_port": 0, "drain_seconds": 0.0, "stop_seconds": 1.0}


@contextmanager
def started(server: Server) -> Iterator[Server]:
    """Start a server in this process and stop it."""
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def serving(servicer: object, house: House | None = None, **changes: Any) -> Iterator[Server]:
    """Run a server of the trial service in this process and stop it."""
    with started(Server(settings(**changes), {SERVICE: servicer}, house or ISSUER.house("trial"))) as server:
        yield server


@dataclass
class Client:
    """Call RPCs by name, with messages or with bytes."""

    channel: grpc.Channel

    def call(self, name: str, request: Message | bytes, service: str = SERVICE, **options: Any) -> Any:
        """Call a unary RPC and return its response; of an RPC for REST, an HttpBody."""
        to_bytes = (lambda data: data) if isinstance(request, bytes) else (lambda message: message.SerializeToString())
        kind = response_type(service)
        return self.channel.unary_unary(f"/{service}/{name}", to_bytes, kind.FromString)(request, **options)

    def stream(self, name: str, request: Message, **options: Any) -> Any:
        """Call a server-streaming RPC and return its iterator."""
        method: Any = self.channel.unary_stream(
            f"/{SERVICE}/{name}", lambda message: message.SerializeToString(), Response.FromString
        )
        return method(request, **options)


def response_type(service: str) -> Any:
    """Return what a service answers with."""
    if service == SERVICE:
        return Response
    return GetMessageClass(descriptor_pool.Default().FindMessageTypeByName("google.api.HttpBody"))


@contextmanager
def connected(server: Server) -> Iterator[Client]:
    """Open a channel to a server and close it."""
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield Client(channel)


@dataclass
class Refusal:
    """What a refused call told."""

    code: grpc.StatusCode
    message: str
    info: Any
    fields: list[tuple[str, str]]
    request_id: str


def refusal_of(error: grpc.RpcError) -> Refusal:
    """Read the details of an error; one without details fails the test that asks."""
    status = rpc_status.from_call(cast("grpc.Call", error))
    assert status is not None
    info, bad, request = ErrorInfo(), BadRequest(), RequestInfo()
    for detail in status.details:
        for kind in (info, bad, request):
            detail.Unpack(kind)
    fields = [(one.field, one.description) for one in bad.field_violations]
    return Refusal(error.code(), status.message, info, fields, request.request_id)
