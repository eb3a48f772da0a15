"""The commands of the native stack: `python -m deploy.local up | run | down | status | logs | exec | demo | clean`."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from deploy.local import stack, state
from deploy.local.environment import Wishes, database_variable
from deploy.local.places import CHECKOUT, Places, places
from deploy.local.processes import Plan
from deploy.local.progress import Progress, overview, welcome
from deploy.local.refusal import Refusal

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

MIGRATED = ("auth", "filings", "form4", "watchlist")
# In a process of its own, since what runs the services imports none of them.
REVISE = "import sys; from services.chassis.migrate import revise; revise(*sys.argv[1:])"
NOT_RUNNING = 3  # the exit code of `status`, as service managers have it

Names = Annotated[list[str] | None, typer.Argument(help="Only these processes.")]


def here() -> Places:
    """Return the places of the stack that is meant: .run in this checkout, unless STACK_FOLDER names another folder."""
    return places(Path(os.environ.get("STACK_FOLDER") or CHECKOUT / ".run"))


@app.command()
def up() -> None:
    """Start everything in the background and say where it listens."""
    told = state.read(here())
    if told is not None and told.runs() and told.phase in {"ready", "degraded"}:
        typer.echo("It is running already.\n" + welcome(told, here()))
        return
    wishes = Wishes.of(os.environ)
    stack.check_door(wishes.gateway_port)
    typer.echo("Starting …")
    told = stack.start(here(), os.environ, Progress(typer.echo), outlives_us=True)
    from deploy.local.companies import await_companies  # noqa: PLC0415 - gRPC takes 0.2 s, which only this needs

    if not await_companies([told.ports["form4_1"], told.ports["form4_2"]]):
        typer.echo("The SEC's list of companies has not been read yet; until it is, tickers are answered with 503.")
    typer.echo(welcome(told, here()))


@app.command()
def run(only: Annotated[list[str] | None, typer.Option(help="Only this process and what it needs.")] = None) -> None:
    """Run everything in the foreground until Ctrl-C or SIGTERM."""
    from deploy.local import foreground  # noqa: PLC0415 - gRPC, aiohttp and redis take 0.6 s, which only this needs

    failure = foreground.run(here(), Wishes.of(os.environ), Progress(typer.echo), only or ())
    if failure:
        raise Refusal(failure)


@app.command()
def down() -> None:
    """Stop everything that was started from this folder."""
    typer.echo("Stopped." if stack.stop(here()) else "Nothing was running.")


@app.command()
def status() -> None:
    """Say what runs, and where; the exit code is 3 when the stack does not run."""
    told = state.read(here())
    if told is None or not told.runs():
        typer.echo("Nothing runs.")
        raise typer.Exit(NOT_RUNNING)
    typer.echo(f"{told.phase}: {told.message}" if told.message else told.phase)
    typer.echo(overview(told))


@app.command()
def logs(names: Names = None) -> None:
    """Follow the logs, all of them or the named ones."""
    found = [here().logs / f"{name}.log" for name in names] if names else sorted(here().logs.glob("*.log"))
    missing = [log for log in found if not log.exists()]
    if missing or not found:
        raise Refusal(f"There is no {missing[0]}." if missing else "There are no logs yet; `make up` starts the stack.")
    os.execvp("tail", ["tail", "-n", "20", "-F", *map(str, found)])  # noqa: S606, S607 - wherever tail is


@app.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def execute(command: Annotated[list[str], typer.Argument(help="The command and its arguments.")]) -> None:
    """Run a command in the stack's environment; PostgreSQL is started for it when the stack does not run.

    The programs of the virtual environment come first: `python`, `sectracker`.
    """
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    program = shutil.which(command[0], path=path)
    if program is None:
        raise Refusal(f"There is no program {command[0]}.")
    with at_least_the_database() as plan:
        variables = {**plan.environment(), "PATH": path}
        code = subprocess.run([program, *command[1:]], env=variables, cwd=CHECKOUT, check=False).returncode  # noqa: S603
    raise typer.Exit(code)


@app.command()
def migrate() -> None:
    """Bring every service's schema up to date."""
    with at_least_the_database() as plan:
        for service in MIGRATED:
            run_python(plan, "-m", f"services.{service}", "migrate")


@app.command()
def revision(
    service: Annotated[str, typer.Argument(help="The service whose models have changed.")],
    message: Annotated[str, typer.Argument(help="What changes, in a few words.")],
) -> None:
    """Write a migration from the difference between a service's models and its schema."""
    if service not in MIGRATED:
        raise Refusal(f"There is no service {service}; there are {', '.join(MIGRATED)}.")
    with at_least_the_database() as plan:
        run_python(plan, "-m", f"services.{service}", "migrate")
        url = plan.environment()[database_variable(f"{service}_migrate")]
        run_python(plan, "-c", REVISE, f"services.{service}", url, message)


def run_python(plan: Plan, *arguments: str) -> None:
    """Run this interpreter in the stack's environment.

    Raises: Refusal when it fails; what it has printed says why.
    """
    command = [sys.executable, *arguments]
    if subprocess.run(command, env=plan.environment(), cwd=CHECKOUT, check=False).returncode:  # noqa: S603 - ours
        raise Refusal("That failed.")


@contextmanager
def at_least_the_database() -> Iterator[Plan]:
    """Yield the plan of the running stack, or of a PostgreSQL that is started and stopped for the purpose."""
    told = state.read(here())
    if told is not None and told.runs():
        yield stack.recall_plan(here(), told)
        return
    told = stack.start(here(), os.environ, lambda _: None, only=("roles",))
    try:
        yield stack.recall_plan(here(), told)
    finally:
        stack.stop(here())


@app.command()
def demo() -> None:
    """Start everything, refresh several companies, show what came of it, and stop."""
    from deploy.local import demo as show  # noqa: PLC0415 - httpx takes 0.3 s, which only this needs

    show.demo(here(), os.environ)


@app.command()
def clean() -> None:
    """Stop everything and delete the stack's data, logs and state."""
    stack.stop(here())
    for folder in (here().data, here().run):
        shutil.rmtree(folder, ignore_errors=True)
    typer.echo("The stack's data are deleted.")


def main() -> None:
    """Run a command; what a person has to know is said in a sentence, without a traceback.

    SIGTERM and SIGHUP end a command as Ctrl-C does: what it has started is stopped.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        app()
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
