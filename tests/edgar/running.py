"""Run a small EDGAR: inside an event loop, or in a thread for tests that have none."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from aiohttp import web

from tests.edgar.catalog import catalog_of_facts
from tests.edgar.faults import Fault
from tests.edgar.folder import catalog_of_folder
from tests.edgar.limits import RateLimit
from tests.edgar.routes import Holdings
from tests.edgar.server import Edgar, application

RECENT_OF_FACTS = 25  # small enough that Tesla and Microsoft have older pages
RECENT_OF_FOLDER = 1000  # what the SEC keeps in `recent`
LONGEST_START = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Settings:
    """What a small EDGAR serves and how strict it is.

    Shape: folder None serves the facts kept in the project; recent None takes the size that suits the source.
    Unit: rate in requests a second, 0 for no limit; pause in seconds.
    """

    folder: Path | None = None
    rate: int = 10
    pause: float = 600.0
    recent: int | None = None
    held_only: bool = False
    host: str = "127.0.0.1"
    port: int = 0

    def edgar(self) -> Edgar:
        """Read what is to be served."""
        catalog = catalog_of_folder(self.folder) if self.folder else catalog_of_facts()
        recent = self.recent or (RECENT_OF_FOLDER if self.folder else RECENT_OF_FACTS)
        return Edgar(Holdings(catalog, recent, self.held_only), RateLimit(self.rate, self.pause))


class SmallEdgar:
    """A running EDGAR, as a test sees it."""

    def __init__(self, url: str, edgar: Edgar) -> None:
        self.url = url
        self._edgar = edgar

    def held(self) -> str:
        """Say in a few words what is served."""
        catalog = self._edgar.held.catalog
        issuers = {filing.issuer.cik for filing in catalog.newest if filing.issuer}
        return f"holds {len(catalog.newest)} filings of {len(issuers)} issuers"

    def control(self, path: str, kind: str, **options: object) -> None:
        """Ask for a fault; see faults.Fault for the kinds and their options."""
        self._edgar.faults.add(Fault.model_validate({"path": path, "kind": kind, **options}))

    def log(self) -> list[dict[str, object]]:
        """Return the requests seen so far, oldest first."""
        return [asdict(seen) for seen in tuple(self._edgar.seen)]

    def reset(self) -> None:
        """Forget faults, log and pauses."""
        self._edgar.reset()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[SmallEdgar]:
    """Serve until the block is left."""
    edgar = settings.edgar()
    runner = web.AppRunner(application(edgar), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield SmallEdgar(f"http://{host}:{port}", edgar)
    finally:
        await runner.cleanup()


@asynccontextmanager
async def small_edgar(
    folder: Path | None = None,
    *,
    rate: int = 10,
    pause: float = 600.0,
    recent: int | None = None,
    held_only: bool = False,
) -> AsyncIterator[SmallEdgar]:
    """Serve the project's facts, or a folder of real files, on a free port."""
    async with running(Settings(folder, rate, pause, recent, held_only)) as edgar:
        yield edgar


@contextmanager
def threaded_edgar(
    folder: Path | None = None,
    *,
    rate: int = 10,
    pause: float = 600.0,
    recent: int | None = None,
    held_only: bool = False,
) -> Iterator[SmallEdgar]:
    """Serve from a thread of its own, for code without an event loop."""
    server = _Thread(Settings(folder, rate, pause, recent, held_only))
    try:
        yield server.wait()
    finally:
        server.stop()


class _Thread:
    """A thread with an event loop in which one small EDGAR runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._leave = asyncio.Event()
        self._started: Future[SmallEdgar] = Future()
        self._thread = threading.Thread(target=self._run, name="small-edgar", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        """Run the loop until the EDGAR is to leave."""
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        """Serve, and hand over either the running EDGAR or why it cannot run."""
        try:
            async with running(self._settings) as edgar:
                self._started.set_result(edgar)
                await self._leave.wait()
        except (OSError, ValueError) as error:
            self._started.set_exception(error)

    def wait(self) -> SmallEdgar:
        """Return the EDGAR once it runs.

        Raises: OSError, ValueError for what keeps it from running; TimeoutError.
        """
        return self._started.result(LONGEST_START)

    def stop(self) -> None:
        """Stop serving and end the thread."""
        self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join()
        self._loop.close()
