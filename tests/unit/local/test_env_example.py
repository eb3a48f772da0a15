"""deploy/env.example names every variable that a process reads, with its default, and Compose passes it on."""

import re
from importlib import import_module
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from deploy.local.environment import Ports, Wishes, environment
from deploy.local.passwords import CALLERS, NAMES
from deploy.local.places import CHECKOUT
from gateway.server import Settings as GatewaySettings
from gateway.settings import DoorSettings
from services.auth import config as auth
from services.filings import config as filings
from services.form4 import config as form4
from services.watchlist import config as watchlist

MODULES = (
    "services.chassis.config",
    "services.auth.config",
    "services.filings.config",
    "services.form4.config",
    "services.watchlist.config",
    "gateway.settings",
    "gateway.server",
)
OF_TOOLS = {"EDGAR", "EDGAR_FOLDER", "EDGAR_OPTIONS", "STACK_FOLDER", "CONTRACT_BASE"}
OF_CLI = {"SECTRACKER_URL", "SECTRACKER_TRACEBACK"}
ADDRESSES = {"AUTH_ADDRESS", "FILINGS_ADDRESS", "FORM4_ADDRESS", "WATCHLIST_ADDRESS", "GATEWAY_ADDRESS"}
OF_COMPOSE = set(re.findall(r"\$\{([A-Z0-9_]+)", (CHECKOUT / "docker-compose.yml").read_text()))
READS: dict[str, type[BaseSettings]] = {  # what each container's process reads
    "auth-migrate": auth.MigrationSettings,
    "filings-migrate": filings.MigrationSettings,
    "form4-migrate": form4.MigrationSettings,
    "watchlist-migrate": watchlist.MigrationSettings,
    "auth": auth.ServeSettings,
    "filings": filings.ServeSettings,
    "form4": form4.Settings,
    "watchlist": watchlist.ServeSettings,
    "worker": filings.WorkSettings,
    "background-worker": filings.WorkSettings,
    "sweeper": filings.WorkSettings,  # operators' commands as well
    "gateway": GatewaySettings,
    "envoy-config": DoorSettings,
}
OF_THE_IMAGE = {"LISTEN_HOST", "LISTEN_PORT"}


def documented() -> dict[str, str | None]:
    """Return each variable of the example with its default; None where it has to be set."""
    found = re.findall(r"^(# )?([A-Z][A-Z0-9_]+)=(.*)$", (CHECKOUT / "deploy/env.example").read_text(), re.MULTILINE)
    return {name: default if optional else None for optional, name, default in found}


def fields() -> dict[str, object]:
    """Return each variable that a settings class reads with its default; None where it has to be set."""
    found: dict[str, object] = {}
    for module in MODULES:
        for kind in vars(import_module(module)).values():
            if isinstance(kind, type) and issubclass(kind, BaseSettings):
                found = of_class(kind) | found  # the chassis comes first
    return found


def of_class(kind: type[BaseSettings]) -> dict[str, object]:
    """Return the variables of one settings class; a field without an alias has a name only under a prefix."""
    prefix = kind.model_config.get("env_prefix", "")
    found: dict[str, object] = {}
    for name, field in kind.model_fields.items():
        variable = str(field.validation_alias or f"{prefix}{name}").upper()
        if field.validation_alias or prefix:
            found[variable] = None if field.is_required() else field.default
    return found


def test_every_variable_is_documented() -> None:
    """What a settings class reads is in the example, and the example has nothing that nobody reads."""
    read = fields().keys() | OF_TOOLS | OF_CLI | OF_COMPOSE | ADDRESSES
    assert documented().keys() == read


@pytest.mark.parametrize("name", sorted(fields()))
def test_the_default_is_the_documented_one(name: str) -> None:
    """A default in the example is the one in the code, unless it is a secret or a list."""
    default, said = fields()[name], documented()[name]
    if isinstance(default, int | float):
        assert said is not None
        assert float(said) == default
    elif default is None:
        assert said is None


@pytest.mark.parametrize("container", sorted(READS))
def test_a_container_gets_what_its_process_reads(container: str) -> None:
    """Compose passes on every variable of a process, and none that it does not read: secrets stay where they belong."""
    compose: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    given = compose["services"][container]["environment"].keys()
    read = of_class(READS[container]).keys()
    assert given >= read - OF_THE_IMAGE
    assert given <= read | ADDRESSES | {"PGPASSWORD"}


def test_what_the_native_stack_sets_is_documented() -> None:
    """The native stack invents no variable."""
    told = environment(Wishes.of({}), Ports.pick(8080, iter(range(20001, 20020))), dict.fromkeys(NAMES, "5ec7e7"))
    ours = {name for name in told if name.endswith(("_URL", "_ADDRESS", "_PORT", "_KEY", "_SECRET"))}
    assert ours <= documented().keys()


def test_production_is_said_to_every_process() -> None:
    """In containers every process of ours refuses weak secrets."""
    compose: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    for name in READS.keys() - {"envoy-config"}:
        assert compose["services"][name]["environment"]["DEPLOYMENT"] == "production", name


def test_only_auth_has_the_secrets_of_others() -> None:
    """In containers a service has the secret that it proves itself with, and auth has all of them."""
    compose: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    secret = {f"{caller}_SERVICE_SECRET".upper(): caller for caller in CALLERS}
    of_filings = {"worker", "background-worker", "sweeper"}
    for name, container in compose["services"].items():
        found = {secret[given] for given in container.get("environment", {}).keys() & secret.keys()}
        own = {"filings"} if name in of_filings else {name} & set(CALLERS)
        assert found == (set(CALLERS) if name == "auth" else own), name
