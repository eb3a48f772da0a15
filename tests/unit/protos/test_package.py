"""The stubs' own package goes with the project: one version, and no other versions of what it needs."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


def project(folder: str) -> dict[str, Any]:
    """Return the project table of a folder's pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
    return table


def test_package_has_the_project_s_version() -> None:
    """The stubs are released with the project, under its number and for the same Python."""
    ours, stubs = project("."), project("protos")
    assert (stubs["version"], stubs["requires-python"]) == (ours["version"], ours["requires-python"])


def test_package_needs_what_the_project_needs() -> None:
    """What the stubs ask for is what the project asks for, so that both install together."""
    assert set(project("protos")["dependencies"]) <= set(project(".")["dependencies"])
