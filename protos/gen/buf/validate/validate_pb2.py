"""Register buf.validate's options with google.protobuf, from the descriptor in `protovalidate`."""

from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, field_mask_pb2, timestamp_pb2
from protovalidate._gen.buf.validate import validate_pb

NEEDS = (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2)  # importing them is what registers them
DESCRIPTOR = descriptor_pool.Default().AddSerializedFile(validate_pb._DESC.proto.to_binary())
