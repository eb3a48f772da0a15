"""What a person may ask of the native stack, and the environment that its processes get from it."""

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal, Self

from deploy.local import valkey
from deploy.local.machine import LAST_PORT, LOOPBACK
from deploy.local.passwords import CALLERS, ROLES
from deploy.local.refusal import Refusal

GATEWAY_PORT = 8080
SERVICES = ("auth", *CALLERS)
SMALL_EDGAR_USER_AGENT = "SEC-Tracker demonstration demo@example.com"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for.

    Shape: `edgar` is the project's own small EDGAR or the SEC's, which needs `user_agent`; `edgar_folder` has the small
    one serve real files instead of its own set, `edgar_options` are further words of its command line.
    """

    gateway_port: int
    edgar: Literal["small", "live"]
    edgar_folder: str
    edgar_options: tuple[str, ...]
    user_agent: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Read the wishes from environment variables.

        Raises: Refusal, naming the variable.
        """
        port, edgar = environ.get("GATEWAY_PORT") or str(GATEWAY_PORT), environ.get("EDGAR") or "small"
        if not port.isascii() or not port.isdigit() or not 0 < int(port) <= LAST_PORT:
            raise Refusal(f"GATEWAY_PORT is {port!r}; it has to be a number from 1 to {LAST_PORT}.")
        if edgar not in {"small", "live"}:
            raise Refusal(f"EDGAR is {edgar!r}; it has to be `small` (the project's own) or `live` (the SEC's).")
        agent = environ.get("SEC_USER_AGENT", "").strip()
        if edgar == "live" and not agent:
            raise Refusal(
                'The SEC wants to know who asks: set SEC_USER_AGENT="Your Name you@example.org" with EDGAR=live.'
            )
        kind: Literal["small", "live"] = "live" if edgar == "live" else "small"
        folder, options = environ.get("EDGAR_FOLDER", ""), words(environ, "EDGAR_OPTIONS")
        return cls(int(port), kind, folder, options, agent or SMALL_EDGAR_USER_AGENT)


def words(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return the words of a variable, as a shell would part them.

    Raises: Refusal, naming the variable.
    """
    text = environ.get(name, "")
    try:
        return tuple(shlex.split(text))
    except ValueError:
        raise Refusal(f"{name} is {text!r}; a quotation mark in it is not closed.") from None


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens, on the loopback interface."""

    envoy: int
    envoy_admin: int
    postgres: int
    valkey: int
    edgar: int
    gateway: int
    gateway_metrics: int
    filings: int
    filings_metrics: int
    form4_1: int
    form4_1_metrics: int
    form4_2: int
    form4_2_metrics: int
    worker_metrics: int
    sweeper_metrics: int
    auth: int
    auth_metrics: int
    watchlist: int
    watchlist_metrics: int

    @classmethod
    def pick(cls, envoy: int, free: Iterator[int]) -> Self:
        """Take the asked port for Envoy and a free one for everything else."""
        return cls(envoy, *(next(free) for _ in fields(cls)[1:]))

    def told(self) -> dict[str, int]:
        """Return the ports by name."""
        return asdict(self)


def environment(wishes: Wishes, ports: Ports, secret: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the stack's processes: what was inherited, and on top of it where everything is.

    The names are documented in deploy/env.example.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    www = data = f"http://{LOOPBACK}:{ports.edgar}"
    if wishes.edgar == "live":
        www, data = "https://www.sec.gov", "https://data.sec.gov"
    return {
        **inherited,
        **databases(ports, secret),
        **secrets_of_services(secret),
        "DEPLOYMENT": "development",
        "PYTHONUNBUFFERED": "1",
        "LISTEN_HOST": LOOPBACK,
        "QUEUE_REDIS_URL": valkey.url(ports.valkey, secret["valkey"], database=0),
        "CACHE_REDIS_URL": valkey.url(ports.valkey, secret["valkey"], database=1),
        "FILINGS_ADDRESS": target(ports.filings),
        "FORM4_ADDRESS": target(ports.form4_1, ports.form4_2),
        "AUTH_ADDRESS": target(ports.auth),
        "WATCHLIST_ADDRESS": target(ports.watchlist),
        "GATEWAY_ADDRESS": target(ports.gateway),
        "GATEWAY_PORT": str(ports.envoy),
        "ENVOY_ADMIN_PORT": str(ports.envoy_admin),
        "SEC_USER_AGENT": wishes.user_agent,
        "EDGAR_WWW_URL": www,
        "EDGAR_DATA_URL": data,
        "PAGE_TOKEN_KEY": secret["page_tokens"],
        "SECTRACKER_URL": f"http://{LOOPBACK}:{ports.envoy}",
    }


def databases(ports: Ports, secret: Mapping[str, str]) -> dict[str, str]:
    """Return the address of the database for each role, by the variable that holds it."""
    return {database_variable(role): database_url(role, secret[role], ports.postgres) for role in ROLES}


def secrets_of_services(secret: Mapping[str, str]) -> dict[str, str]:
    """Return what services prove themselves with to auth, and what seals auth's keys, by the variables that hold it."""
    proofs = {secret_variable(caller): secret[f"{caller}_service"] for caller in CALLERS}
    return {"AUTH_KEY_SECRET": secret["auth_keys"], **proofs}


def secret_variable(caller: str) -> str:
    """Return the variable that holds what a service proves itself with: FORM4_SERVICE_SECRET."""
    return f"{caller}_SERVICE_SECRET".upper()


def database_variable(role: str) -> str:
    """Return the variable that holds a role's address: FORM4_DATABASE_URL, FORM4_MIGRATE_DATABASE_URL."""
    service, does = role.split("_")
    return f"{service}_DATABASE_URL".upper() if does == "serve" else f"{service}_MIGRATE_DATABASE_URL".upper()


def database_url(role: str, password: str, port: int, database: str = "sectracker") -> str:
    """Return the address of the database for one role."""
    return f"postgresql+psycopg2://{role}:{password}@{LOOPBACK}:{port}/{database}"


def target(*ports: int) -> str:
    """Return the gRPC target of one server, or of several that share the work."""
    return "ipv4:" + ",".join(f"{LOOPBACK}:{port}" for port in ports)


def without_secrets_of_others(variables: Mapping[str, str], service: str) -> dict[str, str]:
    """Return an environment with the databases and the secrets of one service alone."""
    others = {name for other in SERVICES for name in secret_variables(other)} - secret_variables(service)
    return {name: value for name, value in variables.items() if name not in others}


def secret_variables(service: str) -> set[str]:
    """Return the variables that the processes of one service alone may read.

    Shape: its databases and what it proves itself with to auth; auth, which judges the proofs, has all of them and the
    secret that seals its signing keys.
    """
    mine = {database_variable(role) for role in ROLES if role.startswith(f"{service}_")}
    if service == "auth":
        return mine | {"AUTH_KEY_SECRET", *map(secret_variable, CALLERS)}
    return mine | {secret_variable(service)} if service in CALLERS else mine
