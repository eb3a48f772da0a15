"""Run a stack in this process: once a folder, told in the state file."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence

from deploy.local import machine, state
from deploy.local.environment import Ports, Wishes
from deploy.local.passwords import passwords
from deploy.local.places import Places
from deploy.local.processes import Plan, part, table
from deploy.local.refusal import Refusal
from deploy.local.stack import Tell, check_door, end_leftovers
from deploy.local.state import Known, Stack
from deploy.local.supervisor import Supervisor


def make_plan(places: Places, wishes: Wishes) -> Plan:
    """Make the folders, the passwords and the choice of ports for a new start."""
    places.make()
    free = (port for port in machine.free_ports() if port != wishes.gateway_port)
    return Plan(wishes, places, Ports.pick(wishes.gateway_port, free), passwords(places))


@contextlib.contextmanager
def alone(places: Places) -> Iterator[None]:
    """Hold the lock of a state folder; the kernel gives it back however this process ends.

    Raises: Refusal when another supervisor holds it.
    """
    places.run.mkdir(parents=True, exist_ok=True)
    with places.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal("The stack of this folder is already running; `make down` stops it.") from None
        yield


def run(places: Places, wishes: Wishes, tell: Tell, only: Sequence[str] = ()) -> str:
    """Run the stack, or the named processes and what they need, in this process until it is told to stop.

    Return what went wrong at the start, or nothing.
    Raises: Refusal when it cannot be started at all.
    """
    with alone(places):
        end_leftovers(places)
        if not only:
            check_door(wishes.gateway_port)
        plan = make_plan(places, wishes)
        processes = table(plan)
        supervisor = Supervisor(
            part(processes, only) if only else processes,
            places.logs,
            changed=lambda supervisor: publish(supervisor, plan, tell),
        )
        asyncio.run(supervisor.run())
        return supervisor.message


def publish(supervisor: Supervisor, plan: Plan, tell: Tell) -> None:
    """Write the state file and pass the news on."""
    me = os.getpid()
    stack = Stack(
        phase=supervisor.phase,
        supervisor=Known("supervisor", "ready", me, machine.started(me)),
        ports=plan.ports.told(),
        edgar=plan.wishes.edgar,
        message=supervisor.message,
        processes=[
            Known(
                child.process.name,
                child.state,
                child.pid,
                child.started,
                child.process.port,
                child.process.metrics_port,
                child.restarts,
                child.message,
                str(child.log),
                child.process.stop_signal,
            )
            for child in supervisor.children.values()
        ],
    )
    state.write(plan.places, stack)
    tell(stack)
