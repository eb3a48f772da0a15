"""Parse and classify ownership documents: bytes in, one frozen document out, no I/O.

Shape: `markup` makes bytes a tree, `reading` makes the tree records by the table in `elements`, `values` reads single
values, `lines` classifies with `plans`, `prices` and `related`, `document` puts it together.
"""

from services.form4.ownership.document import parse
from services.form4.ownership.errors import OwnershipError

__all__ = ["OwnershipError", "parse"]
