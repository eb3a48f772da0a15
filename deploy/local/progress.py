"""Tell a person how a stack is doing, in lines that any terminal and any log can show."""

import time
from collections.abc import Callable

from deploy.local.machine import LOOPBACK
from deploy.local.places import Places
from deploy.local.state import Stack

WORTH_TELLING = {"ready", "done", "restarting", "failed", "stopped"}


class Progress:
    """Prints each change of a stack once."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.write = write
        self.began = time.monotonic()
        self.seen: dict[str, tuple[str, int]] = {}

    def __call__(self, stack: Stack) -> None:
        """Print what has changed since the last call."""
        for process in stack.processes:
            now = (process.state, process.restarts)
            if self.seen.get(process.name) == now or process.state not in WORTH_TELLING:
                continue
            if process.state == "stopped" and process.name not in self.seen:
                continue
            self.seen[process.name] = now
            what_happened = process.message.partition(";")[0]  # the end of its log follows elsewhere
            where = f"port {process.port}" if process.port and process.state == "ready" else what_happened
            line = f"  {time.monotonic() - self.began:5.1f} s  {process.name:<16} {process.state:<10} {where}"
            self.write(line.rstrip())


def welcome(stack: Stack, places: Places) -> str:
    """Say where a stack is and what to do with it."""
    door = f"http://{LOOPBACK}:{stack.ports['envoy']}"
    edgar = "the SEC's" if stack.edgar == "live" else "the project's own small one; EDGAR=live takes the SEC's"
    return "\n".join(
        (
            "SEC-Tracker is up.",
            f"  REST, gRPC, gRPC-Web   {door}",
            f"  to begin with          curl {door}/api/v1/health",
            f"  EDGAR                  {edgar}",
            f"  logs                   make logs   ({places.logs})",
            "  stop                   make down",
        )
    )


def overview(stack: Stack) -> str:
    """Say what runs, one line a process."""
    lines = [f"{'PROCESS':<16} {'STATE':<10} {'PID':>8} {'PORT':>6} {'METRICS':>8} {'RESTARTS':>9}"]
    for process in stack.processes:
        columns = (process.pid, process.port, process.metrics_port)
        pid, port, metrics = ("-" if value is None else str(value) for value in columns)
        state = process.state if stack.runs() else "gone"
        lines.append(f"{process.name:<16} {state:<10} {pid:>8} {port:>6} {metrics:>8} {process.restarts:>9}")
        if process.message:
            lines.append(f"    {process.message}")
    return "\n".join(lines)
