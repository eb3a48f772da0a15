"""Wire and start filings' processes; `python -m services.filings --help` lists them."""

import datetime as dt
from typing import Annotated

import typer
from sectracker.form4.v1.ownership_service_pb2_grpc import OwnershipServiceStub

from services.chassis import broker, config, logs, metrics, migrate
from services.chassis.db import Sessions
from services.chassis.errors import ServiceError
from services.chassis.faults import DATABASE_DOWN
from services.chassis.house import House
from services.chassis.loops import Loops, termination
from services.chassis.paging import PageTokens
from services.chassis.server import Server
from services.eastern import today
from services.filings import actors, operate
from services.filings.config import MigrationSettings, ServeSettings, SweepSettings, WorkSettings
from services.filings.domain import DEFAULT_YEARS, Priority, horizon
from services.filings.edgar.client import EdgarClient
from services.filings.edgar.errors import EdgarError
from services.filings.messages import QUEUES, Messages
from services.filings.refresh import Refresher
from services.filings.servicer import CompanyServicer, FilingsServicer, RefreshServicer
from services.filings.sweep import SWEEP_SECONDS, SYNC_SECONDS, Sweeper
from services.filings.take_filing import Taker

NAME = "filings"
OWNERSHIP_SERVICE = "sectracker.form4.v1.OwnershipService"

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Run a process of filings, or an operator's work.")


@app.command("migrate")
def migrate_schema() -> None:
    """Bring the schema up to date."""
    migrate.run("services.filings", MigrationSettings)


@app.command()
def serve() -> None:
    """Answer RPCs until SIGTERM."""
    settings = config.load(ServeSettings)
    logs.configure(settings)
    sessions, messages = Sessions(settings, NAME), Messages(broker.new_broker(settings, NAME))
    min_age = dt.timedelta(seconds=settings.refresh_min_age_seconds)
    refreshes = RefreshServicer(sessions, messages, min_age, settings.max_background_jobs)
    servicers = {
        "sectracker.filings.v1.CompanyService": CompanyServicer(sessions),
        "sectracker.filings.v1.FilingsService": FilingsServicer(sessions, PageTokens(settings)),
        "sectracker.filings.v1.RefreshService": refreshes,
    }
    Server(settings, servicers, House.of(settings, NAME)).run()


@app.command()
def work(
    queue: Annotated[
        list[Priority] | None, typer.Option(help="Whose jobs to do: user, background. Default: both.")
    ] = None,
) -> None:
    """Do jobs until SIGTERM."""
    settings = config.load(WorkSettings)
    logs.configure(settings)
    queues = broker.new_broker(settings, NAME)
    house = House.of(settings, NAME)
    form4 = OwnershipServiceStub(house.channel(settings.form4_address, OWNERSHIP_SERVICE))
    taker = Taker(Sessions(settings, f"{NAME} worker"), EdgarClient(settings.edgar()), form4)
    actors.declare(queues, Refresher(taker, Messages(queues)))
    house.start()
    broker.run_worker(settings, queues, settings.worker_threads, {QUEUES[name] for name in queue or Priority})
    house.stop()


@app.command()
def sweep() -> None:
    """Send lost jobs again and keep the list of companies fresh, until SIGTERM."""
    settings = config.load(SweepSettings)
    logs.configure(settings)
    messages = Messages(broker.new_broker(settings, NAME))
    sweeper = Sweeper(Sessions(settings, f"{NAME} sweeper"), messages, settings.edgar())
    loops = Loops()
    loops.every(SWEEP_SECONDS, sweeper.sweep)
    loops.every(SYNC_SECONDS, sweeper.sync)
    told, end_metrics = termination(), metrics.serve(settings)
    loops.start()
    told.wait()
    loops.stop()
    end_metrics()


@app.command("sync-companies")
def sync_companies() -> None:
    """Read the SEC's list of companies now."""
    settings = config.load(SweepSettings)
    logs.configure(settings)
    try:
        synced = operate.sync_companies(Sessions(settings, NAME), settings.edgar())
    except EdgarError as error:
        raise SystemExit(f"The SEC's list of companies could not be read: {error}.") from error
    except DATABASE_DOWN as error:
        raise SystemExit("The SEC's list of companies could not be stored: the database did not answer.") from error
    print(f"{synced.tickers} tickers, {synced.bad_rows} rows that could not be read.")


@app.command()
def refresh(
    tickers: Annotated[list[str], typer.Argument(help="Tickers, in any spelling.")],
    years: Annotated[int, typer.Option(min=1, max=40, help="How far back to read.")] = DEFAULT_YEARS,
) -> None:
    """Bring companies up to date now, and show how far it is."""
    settings = config.load(SweepSettings)
    logs.configure(settings)
    messages = Messages(broker.new_broker(settings, NAME))
    try:
        is_well = operate.refresh(Sessions(settings, NAME), messages, tickers, horizon(years, today()))
    except ServiceError as error:
        raise SystemExit(error.message) from error
    raise typer.Exit(0 if is_well else 1)


if __name__ == "__main__":
    app()
