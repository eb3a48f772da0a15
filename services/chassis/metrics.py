"""Count what every service counts, in Prometheus's default registry.

Unit: seconds. The bounds reach from a kept answer (0.2 ms) to the longest deadline that the gateway gives (30 s).
"""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import Counter, Gauge, Histogram, Info, disable_created_metrics, start_http_server

from services.chassis.config import ProcessSettings

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

disable_created_metrics()  # type: ignore[no-untyped-call] # a third of the lines, each the time of a first call

CALLS = Counter("sectracker_calls", "Calls answered, by method and status code.", ["method", "code"])
CALL_SECONDS = Histogram(
    "sectracker_call_seconds",
    "Time from arrival to answer, waiting for a thread included.",
    ["method"],
    buckets=SECONDS,
)
ANSWERS = Counter("sectracker_shared_answers", "Shared answers, kept in memory or made.", ["method", "source"])
LOOPS = Counter("sectracker_loop_rounds", "Rounds of background loops, by result.", ["loop", "result"])
MESSAGES = Counter("sectracker_actor_messages", "Messages that actors processed, by result.", ["actor", "result"])
MESSAGE_SECONDS = Histogram(
    "sectracker_actor_seconds", "Time that an actor worked on a message.", ["actor"], buckets=SECONDS
)
LIMIT_REFUSALS = Counter("sectracker_limit_refusals", "Calls refused because a limit was used up, by limit.", ["limit"])
LIMIT_AGE = Gauge(
    "sectracker_limits_merged_seconds", "Time since Redis last took the counts of public reads, or answered."
)
BUILD = Info("sectracker_build", "The version that runs.")


def product_version() -> str:
    """Return the version of the installed project, or "unknown" when it runs from files alone."""
    try:
        return version("sectracker")
    except PackageNotFoundError:
        return "unknown"


BUILD.info({"version": product_version()})


def serve(settings: ProcessSettings) -> Callable[[], None]:
    """Tell the metrics over HTTP, if the settings name a port; return what ends it.

    Raises: SystemExit with a sentence when the port cannot be taken.
    """
    if not settings.metrics_port:
        return lambda: None
    try:
        server, thread = start_http_server(settings.metrics_port, settings.listen_host)
    except OSError as error:
        address = f"{settings.listen_host}:{settings.metrics_port}"
        raise SystemExit(f"Cannot serve metrics on {address}: {error.strerror} (METRICS_PORT)") from None

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return end
