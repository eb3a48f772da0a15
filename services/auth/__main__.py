"""Wire and start auth's processes, and do operators' work; `python -m services.auth --help` lists them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar

import typer

from services.auth import keys, operate
from services.auth.config import KeySettings, MigrationSettings, OperateSettings
from services.auth.passwords import Hasher
from services.auth.sealing import Seal
from services.chassis import config, logs, migrate
from services.chassis.db import Sessions
from services.chassis.errors import ServiceError
from services.chassis.faults import DATABASE_DOWN

NAME = "auth operator"
WHEN = {
    keys.KNOWN_BEFORE_USED: "is published, and signs in five minutes",
    keys.KNOWN_AT_THE_DOOR: "is published, and signs in five seconds",
    keys.AT_ONCE: "signs now: no key could be opened that might go on for the seconds until it is known at the door",
}
DATABASE_AWAY = "The database did not answer; nothing was changed."

SettingsT = TypeVar("SettingsT", bound=OperateSettings)
Email = Annotated[str, typer.Argument(help="The account's e-mail address.")]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tracebacks would show passwords
    help="Run a process of auth, or an operator's work.",
)


@app.command("migrate")
def migrate_schema() -> None:
    """Bring the schema up to date."""
    migrate.run("services.auth", MigrationSettings)


@app.command()
def serve() -> None:
    """Answer RPCs until SIGTERM."""
    from services.auth.serve import run  # noqa: PLC0415 - a command loads what it needs, and no more

    run()


@app.command("create-user")
def create_user(
    email: Email,
    operator: Annotated[bool, typer.Option("--operator", help="May do what only operators may.")] = False,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Make an account. The password is asked for without echo, and never taken from the command line."""
    with asked(OperateSettings) as (settings, sessions):
        hasher = Hasher(settings.password_memory_kib)
        made = operate.create_user(sessions, hasher, email, password_from(password_stdin), is_operator=operator)
        print(f"Made the account {made}.")


@app.command()
def deactivate(email: Email) -> None:
    """Keep a user out: end all logins and the API key, and refuse new ones."""
    with asked(OperateSettings) as (_, sessions):
        print(f"Deactivated; {operate.deactivate(sessions, email)} logins and keys have ended.")


@app.command("set-limits")
def set_limits(
    email: Email,
    limits: Annotated[str, typer.Argument(help='As "20/1s,600/1m,10000/1h"; without, everybody\'s hold again.')] = "",
) -> None:
    """Give a user limits of its own; tokens made from now on have them, so all do within 15 minutes."""
    with asked(OperateSettings) as (_, sessions):
        operate.set_limits(sessions, email, limits)
        print(f"Limits: {limits.strip() or 'as everybody has'}.")


@app.command("revoke-all")
def revoke_all(
    yes: Annotated[bool, typer.Option("--yes", help="Do it without being asked.")] = False,
) -> None:
    """End every login and API key of everybody: all have to log in again and make new keys."""
    if not yes:
        typer.confirm("End every login and API key of every user?", abort=True)
    with asked(OperateSettings) as (_, sessions):
        print(f"{operate.revoke_all(sessions)} logins and keys have ended.")


@app.command("rotate-keys")
def rotate_keys(
    now: Annotated[bool, typer.Option("--now", help="Let the new key sign after five seconds.")] = False,
) -> None:
    """Make the next key that signs tokens; it is published at once and signs after five minutes.

    The old one signs until then. Where it cannot be opened, because
    AUTH_KEY_SECRET is another one, --now lets the new one sign at once.
    """
    with asked(KeySettings) as (settings, sessions):
        made = keys.rotate(sessions, Seal(settings.key_secret), now=now)
        print(f"The key {made.kid} {WHEN[made.wait]}.")


def password_from(stdin: bool) -> str:
    """Return the password that is typed twice without echo, or the first line of stdin."""
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


@contextmanager
def asked(settings: type[SettingsT]) -> Iterator[tuple[SettingsT, Sessions]]:
    """Yield the settings and sessions for an operator's work; what goes wrong ends the command with a sentence."""
    loaded = config.load(settings)
    logs.configure(loaded, sys.stderr)
    sessions = Sessions(loaded, NAME)
    try:
        yield loaded, sessions
    except ServiceError as error:
        raise SystemExit(error.message) from None
    except DATABASE_DOWN:
        raise SystemExit(DATABASE_AWAY) from None
    finally:
        sessions.close()


if __name__ == "__main__":
    app()
