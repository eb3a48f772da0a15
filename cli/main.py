"""Put the commands together: the entry point `sectracker`."""

import sys
from typing import Annotated

import typer

from cli import form4, health, latest, scan
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
    """


app.command(epilog=f"{form4.EXAMPLES}\n{EXIT_CODES_HELP}")(form4.form4)
app.command(epilog=f"{latest.EXAMPLES}\n{EXIT_CODES_HELP}")(latest.latest)
app.command(epilog=EXIT_CODES_HELP)(health.health)
app.add_typer(scan.app, name="scan", epilog=EXIT_CODES_HELP)
