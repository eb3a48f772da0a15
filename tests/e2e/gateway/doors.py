"""Open doors for tests: a real Envoy in front of stand-ins, each a process of its own on a free port."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import httpx

from deploy.local.machine import LOOPBACK, free_ports
from deploy.local.places import CHECKOUT
from deploy.local.process import GrpcHealth, Http, Process
from deploy.local.processes import ENVOY_OPTIONS, envoy_program
from deploy.local.ready import is_ready
from gateway.health import ASKED
from gateway.render import render
from gateway.settings import DoorSettings, address_variable
from gateway.surface import PUBLIC, Exposed, clusters
from tests.support.servers import running

READY_SECONDS = 20.0
NOBODY = f"{LOOPBACK}:9"


class Replica:
    """One process of a stand-in, which may be stopped, killed and started again on its port."""

    def __init__(self, service: str, folder: Path, **variables: str) -> None:
        self.port = next(free_ports())
        self.command = [sys.executable, "-m", "tests.e2e.gateway.standins", service]
        self.environment = {**os.environ, "LISTEN_PORT": str(self.port), "DRAIN_SECONDS": "0", **variables}
        self.log = folder / f"{service}-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it serves."""
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        """Start it."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 - ours
                self.command, stdout=output, stderr=output, env=self.environment, cwd=CHECKOUT
            )

    def await_ready(self) -> None:
        """Wait until it serves."""
        assert self.process is not None
        ends = time.monotonic() + READY_SECONDS
        while not asyncio.run(is_ready(GrpcHealth(self.port), 0)):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < ends, self.log.read_text()
            time.sleep(0.02)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it, politely or not, and wait."""
        if self.process is not None:
            self.send(number)
            self.process.wait(READY_SECONDS)
            self.process = None

    @property
    def target(self) -> str:
        """Return where it listens."""
        return f"{LOOPBACK}:{self.port}"


@dataclass(frozen=True, slots=True)
class Door:
    """A running Envoy."""

    port: int
    admin_port: int
    log: Path
    client: httpx.Client

    @property
    def url(self) -> str:
        """Return the address for REST."""
        return f"http://{self.target}"

    @property
    def target(self) -> str:
        """Return the address for gRPC."""
        return f"{LOOPBACK}:{self.port}"

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a path, as it is written: httpx would put it in order."""
        return self.ask("GET", path, **headers)

    def ask(self, method: str, path: str, body: bytes | None = None, /, **headers: str) -> httpx.Response:
        """Send one request."""
        url = httpx.URL(self.url).copy_with(raw_path=path.encode())
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, url, content=body, headers=named)

    def channel(self) -> grpc.Channel:
        """Return a channel for native gRPC."""
        return grpc.insecure_channel(self.target, options=[("grpc.enable_http_proxy", 0)])


@contextmanager
def envoy(
    folder: Path,
    targets: Mapping[str, Sequence[str]],
    surface: Sequence[Exposed] = PUBLIC,
    rewrite: Callable[[str], str] = str,
    /,
    **settings: object,
) -> Iterator[Door]:
    """Run an Envoy in front of addresses, by cluster; its configuration may be rewritten first.

    Shape: behind a cluster without an address is nobody; a test is a flood, which is let in unless settings say else.
    """
    ports = free_ports()
    own = {"port": next(ports), "admin_port": next(ports), "flood_per_second": 0}
    chosen = DoorSettings.model_validate({**own, **settings})
    file = folder / f"envoy-{chosen.port}.yaml"
    addresses = {name: "ipv4:" + ",".join(targets.get(name, [NOBODY])) for name in clusters(surface)}
    file.write_text(rewrite(render(chosen, addresses, surface=surface)))
    log = file.with_suffix(".log")
    process = Process(
        name="envoy",
        command=(envoy_program(), "-c", str(file), *ENVOY_OPTIONS),
        ready=Http(f"http://{LOOPBACK}:{chosen.admin_port}/ready"),
    )
    # Without TLS there is nothing to verify, and loading the certificates takes 30 ms.
    with httpx.Client(timeout=20, verify=False) as client, running(process, log):  # noqa: S501
        yield Door(chosen.port, chosen.admin_port, log, client)


@contextmanager
def door_server(folder: Path, targets: Mapping[str, Sequence[str]], cache: str, queue: str) -> Iterator[str]:
    """Run the small gRPC server beside Envoy and yield its address."""
    port = next(free_ports())
    addresses = {address_variable(name): "ipv4:" + ",".join(targets.get(name, [NOBODY])) for name in ASKED}
    process = Process(
        name="gateway",
        command=(sys.executable, "-m", "gateway", "serve"),
        ready=GrpcHealth(port),
        environment={
            **addresses,
            "DRAIN_SECONDS": "0",
            "GATEWAY_SERVICE_SECRET": "known to the stand-in",
            "LISTEN_PORT": str(port),
            "CACHE_REDIS_URL": cache,
            "QUEUE_REDIS_URL": queue,
        },
    )
    with running(process, folder / "gateway.log"):
        yield f"{LOOPBACK}:{port}"


@contextmanager
def replicas(folder: Path, *services: str, **variables: str) -> Iterator[list[Replica]]:
    """Run a stand-in of each named service and yield them in that order."""
    with ExitStack() as stack:
        made = [Replica(service, folder, **variables) for service in services]
        for replica in made:
            stack.callback(replica.stop)
            replica.launch()
        for replica in made:
            replica.await_ready()
        yield made
