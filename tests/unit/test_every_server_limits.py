"""Every server that the gateway routes to has settings that limit its callers."""

import pytest

from services.auth.config import ServeSettings as AuthSettings
from services.chassis.config import LimitSettings, ServiceSettings
from services.filings.config import ServeSettings as FilingsSettings
from services.form4.config import Settings as Form4Settings
from services.watchlist.config import ServeSettings as WatchlistSettings


@pytest.mark.parametrize("settings", [AuthSettings, FilingsSettings, Form4Settings, WatchlistSettings])
def test_a_server_has_limits(settings: type[ServiceSettings]) -> None:
    """`House.of` limits where the settings say by what, so none may be without."""
    assert issubclass(settings, LimitSettings)
