"""deploy/env.example names every variable that a process reads, with its default."""

import re
from importlib import import_module

import pytest
from pydantic_settings import BaseSettings

from deploy.local.environment import Ports, Wishes, environment
from deploy.local.passwords import NAMES
from deploy.local.places import CHECKOUT

MODULES = ("services.chassis.config", "services.filings.config", "services.form4.config", "gateway.settings")
OF_TOOLS = {"EDGAR", "EDGAR_FOLDER", "EDGAR_OPTIONS", "STACK_FOLDER", "CONTRACT_BASE", "SECTRACKER_URL"}
OF_COMPOSE = set(re.findall(r"\$\{([A-Z0-9_]+)", (CHECKOUT / "docker-compose.yml").read_text()))
LATER = {"auth", "watchlist"}  # their databases are there before they are


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
                found |= of_class(kind)
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
    read = fields().keys() | OF_TOOLS | OF_COMPOSE | {"FILINGS_ADDRESS", "FORM4_ADDRESS", "GATEWAY_ADDRESS"}
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


def test_what_the_native_stack_sets_is_documented() -> None:
    """The native stack invents no variable."""
    told = environment(Wishes.of({}), Ports.pick(8080, iter(range(20001, 20020))), dict.fromkeys(NAMES, "5ec7e7"))
    ours = {name for name in told if name.endswith(("_URL", "_ADDRESS", "_PORT", "_KEY"))}
    assert {name for name in ours if name.split("_")[0].lower() not in LATER} <= documented().keys()
