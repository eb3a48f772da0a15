"""The passwords and secrets of one stack: made once, at random, and kept beside the data that they protect."""

import json
import secrets

from deploy.local.places import Places, write_whole

ROLES = tuple(
    f"{service}_{does}" for service in ("filings", "form4", "auth", "watchlist") for does in ("migrate", "serve")
)
CALLERS = ("filings", "form4", "watchlist", "gateway")  # each gets its service token from auth for a secret of its own
NAMES = ("postgres", "valkey", "page_tokens", "auth_keys", *(f"{caller}_service" for caller in CALLERS), *ROLES)


def passwords(places: Places) -> dict[str, str]:
    """Return every password by its name, making those that are missing.

    Shape: hexadecimal, so that they need no quoting in addresses, SQL or configuration files.
    """
    kept = json.loads(places.passwords.read_text()) if places.passwords.exists() else {}
    made = {name: kept.get(name) or secrets.token_hex(20) for name in NAMES}
    if made != kept:
        write_whole(places.passwords, json.dumps(made, indent=1) + "\n", mode=0o600)
    return made
