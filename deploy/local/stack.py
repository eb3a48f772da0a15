"""Start a stack in the background, find it again, and end it without leftovers."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from deploy.local import machine, state
from deploy.local.environment import Ports, Wishes
from deploy.local.passwords import passwords
from deploy.local.places import CHECKOUT, Places
from deploy.local.process import tied
from deploy.local.processes import Plan
from deploy.local.refusal import Refusal
from deploy.local.state import Known, Stack

STOPPED_WITHIN = 90.0  # seconds: the longest chain of processes, each with its own 20 s
LOOK_AGAIN = 0.1

Tell = Callable[[Stack], None]

# Supervisors that this process has started. Some are meant to outlive it, and Popen complains of being forgotten.
outliving: list[subprocess.Popen[bytes]] = []


def check_door(port: int) -> None:
    """Refuse a gateway port that cannot be had, before anything is started.

    Raises: Refusal that names who holds it, where the machine tells.
    """
    try:
        if machine.is_free(port):
            return
    except PermissionError:
        raise Refusal(f"This user may not listen on port {port}; choose another one with GATEWAY_PORT.") from None
    by = machine.holder(port)
    raise Refusal(
        f"Port {port} on {machine.LOOPBACK} is taken{f' by {by}' if by else ''}. "
        f"Stop it, or choose another port: GATEWAY_PORT={port + 1 if port < machine.LAST_PORT else port - 1}."
    )


def recall_plan(places: Places, told: Stack) -> Plan:
    """Return the plan of a stack that runs, from what its state file tells."""
    wishes = Wishes.of({**os.environ, "GATEWAY_PORT": str(told.ports["envoy"]), "EDGAR": told.edgar})
    return Plan(wishes, places, Ports(**told.ports), passwords(places))


def start(
    places: Places, variables: Mapping[str, str], tell: Tell, only: Sequence[str] = (), *, outlives_us: bool = False
) -> Stack:
    """Start the stack, or a part of it, in the background and return when it is ready.

    Unless it is meant to outlive this process, it stops when this process dies, however it dies.

    Raises: Refusal with what went wrong; nothing is left running then.
    """
    command = (sys.executable, "-m", "deploy.local", "run", *(f"--only={name}" for name in only))
    places.logs.mkdir(parents=True, exist_ok=True)
    with (places.logs / "supervisor.log").open("wb") as log:
        supervisor = subprocess.Popen(  # noqa: S603 - ourselves
            command if outlives_us else tied(command, signal.SIGTERM),
            cwd=CHECKOUT,
            env={**variables, "STACK_FOLDER": str(places.run)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    outliving.append(supervisor)
    try:
        return await_ready(places, supervisor, tell)
    except BaseException:
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(STOPPED_WITHIN)
        raise


def await_ready(places: Places, supervisor: subprocess.Popen[bytes], tell: Tell) -> Stack:
    """Follow the state file until the stack is ready.

    Raises: Refusal with what the supervisor says when it ends instead.
    """
    ended = False
    while not ended:
        ended = supervisor.poll() is not None
        told = state.read(places)
        if told is not None and told.supervisor.pid == supervisor.pid:
            tell(told)
            if told.phase == "ready":
                return told
            if told.phase == "failed":
                supervisor.wait()
                raise Refusal(told.message)
        time.sleep(LOOK_AGAIN)
    log = places.logs / "supervisor.log"
    raise Refusal(log.read_text(errors="replace").strip() or f"The supervisor ended without a word in {log}.")


def stop(places: Places) -> bool:
    """Stop the stack of a folder with everything that it started, and say whether there was anything to stop."""
    told = state.read(places)
    if told is None or not (told.runs() or told.leftovers()):
        return False
    if told.runs():
        end_all([told.supervisor], STOPPED_WITHIN)
    end_leftovers(places)
    # Asking also collects those that have ended: until then they are zombies.
    outliving[:] = [supervisor for supervisor in outliving if supervisor.poll() is None]
    return True


def end_leftovers(places: Places) -> None:
    """End the processes that outlived their supervisor, if there are any."""
    told = state.read(places)
    if told is not None:
        end_all(list(reversed(told.leftovers())), within=20.0)


def end_all(processes: list[Known], within: float) -> None:
    """End processes politely, and by force after a time.

    Unit: seconds.
    """
    for process in processes:
        send(process, process.stop_signal)
    deadline = time.monotonic() + within
    while any(process.runs() for process in processes) and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN)
    for process in processes:
        send(process, signal.SIGKILL)


def send(process: Known, number: int) -> None:
    """Send a signal to a process that still is the one that was told; the last one goes to the group that it leads."""
    if process.pid is None or not process.runs():
        return
    with contextlib.suppress(ProcessLookupError):
        leads = os.getpgid(process.pid) == process.pid
        (os.killpg if leads and number == signal.SIGKILL else os.kill)(process.pid, number)
