"""Hold docs/api/flags.md to the flags that there are."""

import re
from pathlib import Path

from services.form4.domain import DocumentFlag, LineFlag

DOCUMENT = Path(__file__).parents[3] / "docs/api/flags.md"


def test_every_flag_is_documented() -> None:
    """The document lists each flag once, and none that does not exist."""
    _, of_lines, of_documents = DOCUMENT.read_text().split("## ")
    for part, flags in ((of_lines, LineFlag), (of_documents, DocumentFlag)):
        assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == list(flags)
