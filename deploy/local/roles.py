"""Make the database, its schemas and its roles in a running cluster, by deploy/roles.sql.

python -m deploy.local.roles STATE_FOLDER PORT
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local import postgres
from deploy.local.passwords import ROLES, passwords
from deploy.local.places import CHECKOUT, places
from deploy.local.postgres import Address, Programs
from deploy.local.refusal import Refusal

SCRIPT = CHECKOUT / "deploy/roles.sql"


def make_roles(found: Programs, port: int, secret: Mapping[str, str]) -> None:
    """Run deploy/roles.sql with every role's password.

    Raises: Refusal with psql's own words.
    """
    settings = "".join(f"\\set {role}_password '{secret[role]}'\n" for role in ROLES)
    postgres.psql(found, Address(port, secret["postgres"]), settings + SCRIPT.read_text())


def main() -> None:
    """Make the roles of the stack whose state is in a folder."""
    where, port = places(Path(sys.argv[1])), int(sys.argv[2])
    try:
        make_roles(postgres.programs(where.data), port, passwords(where))
    except Refusal as refusal:
        sys.exit(str(refusal))


if __name__ == "__main__":
    main()
