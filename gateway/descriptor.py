"""Build the descriptor set that Envoy transcodes by, out of the stubs' own descriptors.

REST reaches an RPC whose answer is shared through a sibling that the service prints itself: the chassis serves
`<Service>Rest/<Method>`, which takes the same request and returns google.api.HttpBody. So the set has these siblings,
with the REST rules, and the typed RPCs without them.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from google.api import annotations_pb2, httpbody_pb2
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import (
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
    ServiceDescriptorProto,
)
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from gateway.surface import PUBLIC, Exposed, is_public
from services.chassis.methods import REST_SUFFIX

T = TypeVar("T", bound=Message)

# An error with a detail whose type Envoy does not know reaches REST clients without a body.
ALWAYS = (status_pb2.DESCRIPTOR, error_details_pb2.DESCRIPTOR, httpbody_pb2.DESCRIPTOR)


def public_files(surface: Sequence[Exposed] = PUBLIC) -> list[FileDescriptorProto]:
    """Return the public contract: the services' files without internal RPCs, and what they import, imports first."""
    services = {exposed.service.full_name for exposed in surface}
    roots = [exposed.service.file for exposed in surface]
    return [public_part(file, services) for file in with_imports([*ALWAYS, *roots])]


def descriptor_set(surface: Sequence[Exposed] = PUBLIC) -> FileDescriptorSet:
    """Return the public contract and the siblings, as Envoy reads it."""
    files = {file.name: file for file in public_files(surface)}
    for exposed in surface:
        sibling = rest_file(exposed, files[exposed.service.file.name])
        if sibling.service[0].method:
            files[sibling.name] = sibling
    return FileDescriptorSet(file=files.values())


def transcoded_services(surface: Sequence[Exposed] = PUBLIC) -> list[str]:
    """Return the services in the set that have REST rules."""
    return [
        f"{file.package}.{service.name}"
        for file in descriptor_set(surface).file
        for service in file.service
        if any(method.options.HasExtension(annotations_pb2.http) for method in service.method)
    ]


def rest_file(exposed: Exposed, typed: FileDescriptorProto) -> FileDescriptorProto:
    """Move the REST rules of shared answers from a service to its sibling, and return the sibling's file."""
    name = exposed.service.name
    sibling = FileDescriptorProto(
        name=typed.name.removesuffix(".proto") + "_rest.proto",
        package=typed.package,
        syntax="proto3",
        dependency=[typed.name, httpbody_pb2.DESCRIPTOR.name, annotations_pb2.DESCRIPTOR.name],
        service=[ServiceDescriptorProto(name=name + REST_SUFFIX)],
    )
    shared = {rpc.method.name for rpc in exposed.rpcs() if rpc.is_shared}
    for method in next(service for service in typed.service if service.name == name).method:
        if method.name in shared and method.options.HasExtension(annotations_pb2.http):
            printed = sibling.service[0].method.add(
                name=method.name, input_type=method.input_type, output_type=".google.api.HttpBody"
            )
            printed.options.Extensions[annotations_pb2.http].CopyFrom(method.options.Extensions[annotations_pb2.http])
            method.options.ClearExtension(annotations_pb2.http)
    return sibling


def public_part(file: FileDescriptor, services: set[str]) -> FileDescriptorProto:
    """Return a file without the RPCs that only services may call, and without the messages that only those take."""
    methods = [method for service in file.services_by_name.values() for method in service.methods]
    public = {method for method in methods if method.containing_service.full_name in services and is_public(method)}
    internal = types(set(methods) - public) - types(public)
    part = FileDescriptorProto()
    file.CopyToProto(part)
    for service in part.service:
        names = {method.name for method in public if method.containing_service.name == service.name}
        keep(service.method, partial(is_named, names))
    keep(part.service, lambda service: bool(service.method))
    keep(part.message_type, lambda message: f"{part.package}.{message.name}" not in internal)
    return part


def is_named(names: set[str], method: MethodDescriptorProto) -> bool:
    """Say whether a method has one of the names."""
    return method.name in names


def types(methods: Iterable[MethodDescriptor]) -> set[str]:
    """Return the full names of what RPCs take and return."""
    return {kind.full_name for method in methods for kind in (method.input_type, method.output_type)}


def keep(items: RepeatedCompositeFieldContainer[T], wanted: Callable[[T], bool]) -> None:
    """Delete what is not wanted from a repeated field."""
    for index in reversed(range(len(items))):
        if not wanted(items[index]):
            del items[index]


def with_imports(roots: Iterable[FileDescriptor]) -> list[FileDescriptor]:
    """Return files and all that they import, each once, imports before importers."""
    ordered: dict[str, FileDescriptor] = {}

    def visit(file: FileDescriptor) -> None:
        if file.name not in ordered:
            for dependency in file.dependencies:
                visit(dependency)
            ordered[file.name] = file

    for root in roots:
        visit(root)
    return list(ordered.values())
