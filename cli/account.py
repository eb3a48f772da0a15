"""Make an account, log in and out, say who one is: `sectracker register`, `login`, `logout`, `whoami`."""

import os
from typing import Annotated

import typer
from sectracker.auth.v1.auth_service_pb2 import GetMeRequest, LoginRequest, LogoutRequest, RegisterRequest
from sectracker.auth.v1.user_pb2 import User

from cli import asking, options, screen
from cli.client import DEFAULT_TIMEOUT, Door
from cli.credentials.login import Login, Tokens
from cli.credentials.wallet import Wallet
from cli.endpoint import DEFAULT_URL, parse_url
from cli.errors import CommandError, ExitCode
from cli.formats import account, csv_output, json_output
from cli.session import API_KEY, Use

Email = Annotated[str | None, typer.Argument(metavar="EMAIL", help="Your e-mail address; asked for when left out.")]
Local = Annotated[
    bool, typer.Option("--local", help="Only forget the login here, without asking the service to end it.")
]

EXAMPLES = """\b
Examples:
  sectracker register ada@example.com     asks for a password, twice
  sectracker login ada@example.com        asks for the password
  pass show sectracker | sectracker login ada@example.com
  sectracker whoami --json
  sectracker logout
"""


def register(
    email: Email = None,
    *,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    insecure: options.Insecure = False,
) -> None:
    """Make an account and log in.

    The password is asked for twice and not shown; where standard input is
    no terminal it is its first line. 8 to 128 characters.
    """
    options.one_format(as_json, as_csv)
    with Door(url, timeout, Use.NONE, insecure=insecure) as door:
        door.session.check_way()
        wallet, address = Wallet.of_user(), asking.email(email)
        request = RegisterRequest(email=address, password=asking.password(twice=True))
        answer = door.call(door.auth.Register, request)
        kept = keep(door, wallet, address, answer)
    if not print_user(answer.user, as_json, as_csv):
        screen.tell(f"Registered at {url} as {answer.user.email}, and logged in; the login is kept in {kept}.")


def login(
    email: Email = None,
    *,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    insecure: options.Insecure = False,
) -> None:
    """Log in, and keep the login for this URL in place of the one before.

    The password is asked for and not shown; where standard input is no
    terminal it is its first line.
    """
    options.one_format(as_json, as_csv)
    with Door(url, timeout, Use.NONE, insecure=insecure) as door:
        door.session.check_way()
        wallet, address = Wallet.of_user(), asking.email(email)
        answer = door.call(door.auth.Login, LoginRequest(email=address, password=asking.password()))
        kept = keep(door, wallet, address, answer)
    if as_json or as_csv:
        with Door(url, timeout, Use.LOGIN, insecure=insecure) as door:
            print_user(door.call(door.auth.GetMe, GetMeRequest()), as_json, as_csv)
    else:
        screen.tell(f"Logged in at {url} as {address}; the login is kept in {kept}.")


def logout(
    *,
    local: Local = False,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    insecure: options.Insecure = False,
) -> None:
    """End the login of this URL, at the service and here.

    API keys stay good. A service that cannot be reached ends nothing, and
    the login is kept so that you can try again; --local forgets it anyway.
    """
    wallet = Wallet.of_user()
    door_name = parse_url(url).door
    if local:
        wallet.forget(door_name)
        screen.tell(f"Nothing is kept for {url} any more.")
        return
    if wallet.load(door_name) is None:
        screen.tell(f"Not logged in at {url}.")
        return
    with Door(url, timeout, Use.LOGIN, insecure=insecure) as door:
        try:
            login = door.session.current()
            if login is not None:
                door.call(door.auth.Logout, LogoutRequest(refresh_token=login.refresh_token))
        except CommandError as failure:
            if failure.exit_code is not ExitCode.DENIED:
                raise
    wallet.forget(door_name)
    screen.tell(f"Logged out at {url}.")


def whoami(
    *,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    insecure: options.Insecure = False,
) -> None:
    """Show the account that the login or the API key belongs to."""
    options.one_format(as_json, as_csv)
    with Door(url, timeout, Use.NEEDED, insecure=insecure) as door:
        user = door.call(door.auth.GetMe, GetMeRequest())
    if not print_user(user, as_json, as_csv):
        screen.for_people()
        here = screen.current()
        screen.show(here, account.report(user, API_KEY if os.environ.get(API_KEY) else "login", here))


def keep(door: Door, wallet: Wallet, email: str, answer: Tokens) -> str:
    """Keep the login that an answer gives; return where.

    Raises: CommandError.
    """
    try:
        kept = wallet.save(door.session.endpoint.door, Login.of(email, answer))
    except (CommandError, ValueError) as failure:
        raise CommandError(f"The service has logged you in, but not here: {failure}", ExitCode.SOME_FAILED) from None
    if os.environ.get(API_KEY):
        screen.say(f"{API_KEY} is set: other commands send that key in place of the login.")
    return kept


def print_user(user: User, as_json: bool, as_csv: bool) -> bool:
    """Print an account for programs, if that is asked for; say whether it was."""
    if as_json or as_csv:
        screen.for_programs()
    if as_json:
        json_output.write(user)
    elif as_csv:
        csv_output.write_header(account.CSV_COLUMNS)
        csv_output.write_rows(account.CSV_COLUMNS, [user])
    return as_json or as_csv
