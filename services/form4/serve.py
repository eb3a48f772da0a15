"""Wire and run form4's server."""

from sectracker.filings.v1.company_service_pb2_grpc import CompanyServiceStub
from sectracker.filings.v1.refresh_service_pb2_grpc import RefreshServiceStub

from services.chassis import config, logs
from services.chassis.db import Sessions
from services.chassis.house import House
from services.chassis.paging import PageTokens
from services.chassis.server import Server
from services.form4.config import Settings
from services.form4.directory import FILL_SECONDS, REFRESH_SECONDS, Directory
from services.form4.refreshes import LOOP_SECONDS, Refreshes
from services.form4.servicer import Form4Servicer, OwnershipServicer
from services.form4.watch import LOOK_SECONDS, Watch

NAME = "form4"
COMPANIES, REFRESHES = "sectracker.filings.v1.CompanyService", "sectracker.filings.v1.RefreshService"


def run() -> None:
    """Answer RPCs until SIGTERM."""
    settings = config.load(Settings)
    logs.configure(settings)
    sessions = Sessions(settings, NAME)
    house = House.of(settings, NAME)
    filings = house.channel(settings.filings_address, COMPANIES, REFRESHES)
    directory, refreshes = Directory(CompanyServiceStub(filings)), Refreshes(RefreshServiceStub(filings))
    tokens = PageTokens(settings)
    readers = Form4Servicer(sessions, tokens, directory, refreshes)
    servicers = {
        "sectracker.form4.v1.Form4Service": readers,
        "sectracker.form4.v1.OwnershipService": OwnershipServicer(sessions, tokens),
    }
    server = Server(settings, servicers, house)
    server.loops.every(FILL_SECONDS, directory.fill, "first tickers")
    server.loops.every(REFRESH_SECONDS, directory.refresh, "tickers")
    server.loops.every(LOOP_SECONDS, refreshes.send, "refreshes")
    server.loops.every(LOOK_SECONDS, Watch(sessions, directory, server.answers).look, "watch")
    server.run()
