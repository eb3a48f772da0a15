"""A small EDGAR of our own: it answers as data.sec.gov and www.sec.gov do, refusals included.

It serves the facts of real filings kept in `facts.tsv`, or any folder of real files. Tests start it with
`small_edgar` or `threaded_edgar`; `python -m tests.edgar` runs it by itself.
"""

from tests.edgar.running import SmallEdgar, small_edgar, threaded_edgar

__all__ = ["SmallEdgar", "small_edgar", "threaded_edgar"]
