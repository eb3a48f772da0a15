"""Time one way of reading ownership documents, a round at a time, as `bench.parse` asks for it.

Run by path, not as a module: a contender may live in an environment that cannot import this project.
Protocol: prints the number of documents when ready; for every line on stdin it reads all of them once and prints the
seconds of processor time that this took, which a busy machine does not lengthen as it does the clock's.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

Reader = Callable[[bytes], object]


def ours() -> Reader:
    """Read into classified lines with Decimals."""
    from services.form4.ownership import parse  # noqa: PLC0415 (each contender imports what it needs)

    return parse


def lxml() -> Reader:
    """Parse into a tree and look at nothing: the floor for whatever stands on lxml."""
    from lxml import etree  # noqa: PLC0415

    return etree.fromstring


def edgartools() -> Reader:
    """Read into edgartools' form object.

    Its parser asks the SEC about every owner, to learn whether to turn the name round; here a stub answers "a person",
    so that no network is timed.
    """
    from edgar.ownership import owners, ownershipforms  # type: ignore[import-not-found] # noqa: PLC0415

    class Person:
        """Answer what the parser asks about an owner."""

        is_company = False

        def __init__(self, _cik: int) -> None:
            self.data = self

    owners.Entity = Person
    return lambda data: ownershipforms.Ownership.from_xml(data.decode())


CONTENDERS: dict[str, Callable[[], Reader]] = {"ours": ours, "lxml": lxml, "edgartools": edgartools}


def main(name: str, folder: str) -> None:
    """Serve rounds of one contender until stdin ends."""
    read = CONTENDERS[name]()
    documents = [path.read_bytes() for path in sorted(Path(folder).glob("*.xml"))]
    for document in documents:
        read(document)  # warms up, and fails here if it cannot read one
    print(len(documents), flush=True)
    for _ in sys.stdin:
        started = time.process_time()
        for document in documents:
            read(document)
        print(time.process_time() - started, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
