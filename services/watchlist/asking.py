"""Tell a service that is away by its name, and auth where nobody can be asked without it."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from services.chassis.call import answering
from services.chassis.credentials import NoServiceToken
from services.chassis.errors import DependencyUnavailable

AWAY = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED}


@contextmanager
def asking(service: str) -> Iterator[None]:
    """Ask a service.

    Raises: DependencyUnavailable with the name of the service when it does not answer while our caller still waits, or
    with auth's when it could not be asked because auth has not said yet who we are.
    """
    try:
        yield
    except NoServiceToken as error:
        raise DependencyUnavailable("auth") from error
    except grpc.RpcError as error:
        if error.code() in AWAY or (error.code() is grpc.StatusCode.DEADLINE_EXCEEDED and answering().time_remaining()):
            raise DependencyUnavailable(service) from error
        raise
