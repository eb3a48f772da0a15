"""Ask the gateway which services it routes."""


def served_services() -> frozenset[str]:
    """Return the full names of the services that the gateway's list of public services has."""
    from gateway.surface import PUBLIC  # noqa: PLC0415 - it reads the stubs, which have to be written before

    return frozenset(exposed.service.full_name for exposed in PUBLIC)
