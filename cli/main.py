"""Put the commands together: the entry point `sectracker`."""

import sys
from typing import Annotated

import typer

from cli import account, form4, health, key, latest, options, scan, watchlist
from cli.boundary import Boundary
from cli.errors import EXIT_CODES_HELP
from cli.version import VERSION

app = typer.Typer(
    name="sectracker",
    cls=Boundary,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Panels for a terminal; plain text for pipes and pagers.
    rich_markup_mode="rich" if sys.stdout.isatty() else None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_CODES_HELP,
)


def print_version(asked: bool) -> None:
    """Print the version and end."""
    if asked:
        typer.echo(f"sectracker {VERSION}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and exit.")
]


@app.callback()
def sectracker(version: Version = False) -> None:
    """Read insiders' trades and companies from a SEC-Tracker.

    Where it is: --url of every command, or SECTRACKER_URL. Output is a
    table: coloured on a terminal, plain elsewhere.

    Reading needs no account; one has better limits, and a watchlist:
    `sectracker register`. Logins are kept in your keyring, or in a file
    that only you can read (SECTRACKER_CREDENTIALS=keyring or file says
    which), each for its own URL. SECTRACKER_API_KEY is used in their place.
    """


for read, examples in ((form4.form4, form4.EXAMPLES), (latest.latest, latest.EXAMPLES)):
    app.command(epilog=f"{examples}\n{options.CREDENTIALS_HELP}\n{EXIT_CODES_HELP}")(read)
app.command(epilog=EXIT_CODES_HELP)(health.health)
app.add_typer(scan.app, name="scan", epilog=EXIT_CODES_HELP)
for of_account in (account.register, account.login, account.logout, account.whoami):
    app.command(epilog=f"{account.EXAMPLES}\n{EXIT_CODES_HELP}")(of_account)
app.add_typer(key.app, name="key", epilog=EXIT_CODES_HELP)
app.add_typer(watchlist.app, name="watchlist", epilog=EXIT_CODES_HELP)
