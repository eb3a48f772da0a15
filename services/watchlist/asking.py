"""Tell a service that is away by its name."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from services.chassis.call import answering
from services.chassis.errors import DependencyUnavailable

AWAY = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED}


@contextmanager
def asking(service: str) -> Iterator[None]:
    """Ask a service.

    Raises: DependencyUnavailable with the name of the service when it does not answer while our caller still waits.
    """
    try:
        yield
    except grpc.RpcError as error:
        if error.code() in AWAY or (error.code() is grpc.StatusCode.DEADLINE_EXCEEDED and answering().time_remaining()):
            raise DependencyUnavailable(service) from error
        raise
