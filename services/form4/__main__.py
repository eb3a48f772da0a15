"""Wire and start form4's processes; `python -m services.form4 --help` lists them."""

import sys
from typing import Annotated

import typer

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Run a process of form4, or read ownership documents."
)


@app.command()
def parse(files: Annotated[list[str], typer.Argument(help="Ownership documents: the XML itself.")]) -> None:
    """Print ownership documents as JSON Lines; needs no database."""
    from services.form4 import parse_command  # noqa: PLC0415 - a command loads what it needs, and no more

    raise typer.Exit(parse_command.main(files))


@app.command("migrate")
def migrate_schema() -> None:
    """Bring the schema up to date."""
    from services.chassis import migrate  # noqa: PLC0415 - see parse
    from services.form4.config import MigrationSettings  # noqa: PLC0415

    migrate.run("services.form4", MigrationSettings)


@app.command()
def serve() -> None:
    """Answer RPCs until SIGTERM."""
    from services.form4.serve import run  # noqa: PLC0415 - see parse

    run()


if __name__ == "__main__":
    sys.exit(app())
