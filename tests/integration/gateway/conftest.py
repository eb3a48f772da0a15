"""A door before a server that plays every service, for tests that only look at what passes."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.e2e.gateway.doors import Door, envoy
from tests.integration.gateway.behind import Behind, knows_keys, serving, targets


@pytest.fixture(scope="module")
def behind() -> Iterator[Behind]:
    """Yield what stands behind the door."""
    with serving(Behind()) as made:
        yield made


@pytest.fixture(scope="module")
def door(behind: Behind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Yield a door that has seen auth."""
    with ExitStack() as stack:
        made = stack.enter_context(envoy(tmp_path_factory.mktemp("door"), targets(behind)))
        knows_keys(made, behind)
        yield made
