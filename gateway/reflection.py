"""Describe the public contract to tools that ask, and nothing but it."""

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha.reflection import ReflectionServicer

from gateway.descriptor import public_files
from gateway.surface import PUBLIC
from gateway.upstreams import MAX_REFLECTIONS
from services.chassis import health
from services.chassis.introspection import Reflection


def public_reflection() -> Reflection:
    """Return what describes the public services, and health, in place of all that is loaded."""
    pool = DescriptorPool()
    for file in (*public_files(), FileDescriptorProto.FromString(health_pb2.DESCRIPTOR.serialized_pb)):
        pool.Add(file)
    names = [*(exposed.service.full_name for exposed in PUBLIC), health.NAME]
    return Reflection(ReflectionServicer(names, pool=pool), streams=MAX_REFLECTIONS)
