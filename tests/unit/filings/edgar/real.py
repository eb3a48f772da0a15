"""Find the SEC's real files beside the checkout."""

from pathlib import Path

import pytest

REAL = Path(__file__).parents[4] / "../shared/edgar"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the folder of real EDGAR files is not there")


def real_files(folder: str) -> list[Path]:
    """Return the real files of one folder; none where they are not there."""
    return sorted((REAL / folder).glob("*"))
