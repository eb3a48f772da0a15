"""Ask a gRPC server on this machine whether it serves, for container health checks: `python -m services.chassis.probe`.

Exit code: 0 when it says SERVING, 1 otherwise. The port is LISTEN_PORT.
"""

import os
import sys
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

SECONDS = 2.0


def serves(target: str) -> bool:
    """Say whether the server at a target is there and says SERVING."""
    with grpc.insecure_channel(target) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # its types leave its methods out
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=SECONDS)
        except grpc.RpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


if __name__ == "__main__":
    sys.exit(0 if serves(f"127.0.0.1:{os.environ.get('LISTEN_PORT', '50051')}") else 1)
