"""Wire and start watchlist's processes; `python -m services.watchlist --help` lists them."""

import typer
from sectracker.filings.v1.company_service_pb2_grpc import CompanyServiceStub
from sectracker.filings.v1.filings_service_pb2_grpc import FilingsServiceStub
from sectracker.form4.v1.ownership_service_pb2_grpc import OwnershipServiceStub

from services.chassis import config, logs, migrate
from services.chassis.db import Sessions
from services.chassis.house import House
from services.chassis.paging import PageTokens
from services.chassis.server import Server
from services.watchlist.companies import Companies
from services.watchlist.config import MigrationSettings, ServeSettings
from services.watchlist.read_activity import Sources
from services.watchlist.servicer import WatchlistServicer

NAME = "watchlist"
COMPANIES, FILINGS = "sectracker.filings.v1.CompanyService", "sectracker.filings.v1.FilingsService"
OWNERSHIP = "sectracker.form4.v1.OwnershipService"

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Run a process of watchlist.")


@app.command("migrate")
def migrate_schema() -> None:
    """Bring the schema up to date."""
    migrate.run("services.watchlist", MigrationSettings)


@app.command()
def serve() -> None:
    """Answer RPCs until SIGTERM."""
    settings = config.load(ServeSettings)
    logs.configure(settings)
    house = House.of(settings, NAME)
    filings = house.channel(settings.filings_address, COMPANIES, FILINGS)
    form4 = house.channel(settings.form4_address, OWNERSHIP)
    sources = Sources(FilingsServiceStub(filings), OwnershipServiceStub(form4))
    companies = Companies(CompanyServiceStub(filings))
    servicer = WatchlistServicer(Sessions(settings, NAME), PageTokens(settings), companies, sources)
    Server(settings, {"sectracker.watchlist.v1.WatchlistService": servicer}, house).run()


if __name__ == "__main__":
    app()
