"""Watch what kept answers tell of, so that they stand until it changes instead of a second."""

import datetime as dt
from time import monotonic

from services.chassis.cache import Answers
from services.chassis.db import Sessions
from services.eastern import today
from services.form4.directory import Directory
from services.form4.repository import changes

LOOK_SECONDS = 0.25
MAX_AGE_SECONDS = 1.0
"""How old an answer may be: the lifetime that the contract states. A look that takes longer confirms nothing."""


class Watch:
    """Tell the kept answers which issuers changed; a new day or a new list of tickers changes all."""

    def __init__(self, sessions: Sessions, directory: Directory, answers: Answers) -> None:
        self.sessions = sessions
        self.directory = directory
        self.answers = answers
        self.horizon = 0
        self.notes: frozenset[str] = frozenset()
        self.world: tuple[dt.date, str] | None = None

    def look(self) -> None:
        """Look once."""
        begun, world = monotonic(), (today(), self.directory.listing.version)
        try:
            with self.sessions.read() as session:
                found = changes.since(session, self.horizon)
        except Exception:
            self.world = None  # behind it may be a standby that took over, and gives numbers a second time
            raise
        # A horizon moves back only where another database has taken the place of the one that was asked before.
        is_known = world == self.world and found.horizon >= self.horizon
        notes = frozenset(found.notes)
        changed = changes.ciks(notes - self.notes) if is_known else None
        self.answers.confirm(changed, begun + MAX_AGE_SECONDS)
        self.horizon, self.notes, self.world = found.horizon, notes, world
