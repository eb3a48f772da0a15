"""Run a Valkey that lasts as long as a measurement, remembers nothing, and can be killed and started again."""

import asyncio
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from redis import Redis
from redis.exceptions import RedisError

from deploy.local.valkey import server_program

_PATIENCE_SECONDS = 10


class ThrowawayValkey:
    """Hold one server on a free port of the loopback address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: int) -> str:
        """Return the address of one of its databases."""
        return f"redis://127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen([str(server_program()), *arguments], stdout=subprocess.DEVNULL)
        with Redis(host="127.0.0.1", port=self.port) as client:
            give_up = time.monotonic() + _PATIENCE_SECONDS
            while time.monotonic() < give_up:
                try:
                    client.ping()
                except RedisError:
                    time.sleep(0.02)
                else:
                    return
        raise RuntimeError("valkey-server did not start")

    def kill(self) -> None:
        """Kill it, so that it forgets everything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_PATIENCE_SECONDS)
            self._process = None

    def freeze(self) -> None:
        """Stop it without closing its connections, so that whoever asks waits for nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    async def restart(self, away_seconds: float) -> None:
        """Kill it, stay away for a while and come back empty, while others go on."""
        self.kill()
        await asyncio.sleep(away_seconds)
        await asyncio.to_thread(self.start)

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill it."""
        self.kill()


def free_port() -> int:
    """Return a port that nothing listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
