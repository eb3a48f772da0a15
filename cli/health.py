"""Show how the installation is: `sectracker health`."""

from collections.abc import Iterator, Sequence

import typer
from rich.text import Text
from sectracker.gateway.v1.health_service_pb2 import CheckRequest, CheckResponse, Part, SecApi

from cli import options, screen
from cli.client import DEFAULT_TIMEOUT, Door
from cli.endpoint import DEFAULT_URL
from cli.errors import ExitCode
from cli.formats import csv_output, json_output
from cli.formats.tables import Column, table
from cli.formats.words import words
from cli.session import Use

Status = CheckResponse.Status
EXIT_CODES = {Status.healthy: ExitCode.OK, Status.degraded: ExitCode.SOME_FAILED}
COLOURS = {
    "healthy": "green",
    "connected": "green",
    "reachable": "green",
    "degraded": "yellow",
    "throttled": "yellow",
    "unhealthy": "red",
    "disconnected": "red",
}
COLUMNS: Sequence[Column[tuple[str, str]]] = (
    Column("Part", lambda row: words(row[0])),
    Column("State", lambda row: Text(words(row[1]).plain, COLOURS.get(row[1], ""))),
)
CSV_COLUMNS: Sequence[csv_output.Column[tuple[str, str]]] = (
    csv_output.Column("part", lambda row: row[0]),
    csv_output.Column("state", lambda row: row[1]),
)


def health(
    *,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Show how the installation is, part by part.

    The exit code is 0 when all is healthy, 1 when something is degraded,
    4 when reads do not work.
    """
    options.one_format(as_json, as_csv)
    with Door(url, timeout, Use.NONE) as door:
        answer = door.call(door.health.Check, CheckRequest())
    if as_json:
        screen.for_programs()
        json_output.write(answer)
    elif as_csv:
        screen.for_programs()
        csv_output.write_header(CSV_COLUMNS)
        csv_output.write_rows(CSV_COLUMNS, parts(answer))
    else:
        screen.for_people()
        here = screen.current()
        screen.show(here, table(COLUMNS, list(parts(answer)), here))
    raise typer.Exit(EXIT_CODES.get(answer.status, ExitCode.UNAVAILABLE))


def parts(answer: CheckResponse) -> Iterator[tuple[str, str]]:
    """Return each part with its state, the whole first."""
    yield "status", Status.Name(answer.status)
    yield "version", answer.version
    yield "database", Part.State.Name(answer.database)
    yield "cache", Part.State.Name(answer.cache)
    yield "sec_api", SecApi.State.Name(answer.sec_api)
    for name, state in sorted(answer.services.items()):
        yield f"service {name}", Part.State.Name(state)
