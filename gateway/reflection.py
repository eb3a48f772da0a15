"""Describe the public contract to tools that ask, and nothing but it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.reflection import ReflectionServicer
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

from gateway.descriptor import public_files
from gateway.surface import PUBLIC
from gateway.upstreams import MAX_REFLECTIONS
from services.chassis import health
from services.chassis.introspection import REFLECTIONS


def public_reflection() -> dict[str, dict[str, "grpc.RpcMethodHandler[Any, Any]"]]:
    """Return the method of each reflection service, by the service's name.

    Shape: an open stream holds a thread for as long as its client likes, so they have threads of their own.
    """
    pool = DescriptorPool()
    for file in public_files():
        pool.Add(file)
    servicer = ReflectionServicer([*(exposed.service.full_name for exposed in PUBLIC), health.NAME], pool=pool)

    def describe(requests: Iterator[ServerReflectionRequest], context: grpc.ServicerContext) -> Any:
        return servicer.ServerReflectionInfo(requests, context)

    describe.experimental_thread_pool = ThreadPoolExecutor(MAX_REFLECTIONS)  # type: ignore[attr-defined]
    handler = grpc.stream_stream_rpc_method_handler(
        describe, ServerReflectionRequest.FromString, ServerReflectionResponse.SerializeToString
    )
    return {name: {"ServerReflectionInfo": handler} for name in REFLECTIONS}
