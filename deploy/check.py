"""Look at everything that can be judged without running the project. Nothing is changed.

    python -m deploy.check            every check, each with its time; exit 1 when one fails
    python -m deploy.check lint types only these

A check is a list of commands; the first that fails ends it, and what it printed is shown.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from deploy.local.places import CHECKOUT
from protos.generate import descriptor_set

Command = list[str]

BIN = Path(sys.executable).parent
CODE = [
    name
    for name in ("services", "gateway", "cli", "protos", "deploy", "tests", "bench")
    if Path(CHECKOUT, name).exists()
]
CONTRACT_BASE = os.environ.get("CONTRACT_BASE") or "origin/main"  # what the contract may not break


def python(*arguments: str) -> Command:
    """Return a command of this interpreter."""
    return [sys.executable, *arguments]


def tool(name: str, *arguments: str) -> Command:
    """Return a command of the virtual environment."""
    return [str(BIN / name), *arguments]


def lint(_scratch: Path) -> Iterator[Command]:
    """Ruff, every rule."""
    yield python("-m", "ruff", "check", "--quiet", ".")


def form(_scratch: Path) -> Iterator[Command]:
    """Ruff's formatter."""
    yield python("-m", "ruff", "format", "--check", "--quiet", ".")


def types(_scratch: Path) -> Iterator[Command]:
    """Mypy, strict."""
    yield python("-m", "mypy", "--no-error-summary", *CODE)


def imports(_scratch: Path) -> Iterator[Command]:
    """Imports point one way (.importlinter)."""
    yield tool("lint-imports", "--no-cache")


def docstrings(_scratch: Path) -> Iterator[Command]:
    """A docstring on everything."""
    yield tool("interrogate", "-vv", "--omit-covered-files", *CODE)


def dependencies(_scratch: Path) -> Iterator[Command]:
    """What is installed fits together and fits pyproject.toml."""
    yield tool("uv", "pip", "check", "--quiet", "--python", sys.executable)


def generated(_scratch: Path) -> Iterator[Command]:
    """The stubs and the OpenAPI document are what the protos say."""
    yield python("-m", "protos.generate", "--check")


def contract(scratch: Path) -> Iterator[Command]:
    """Buf's lint and format, and no break with the contract that has landed."""
    now = write_contract(scratch)
    yield tool("buf", "lint", str(now), "--path", "sectracker")
    yield tool("buf", "format", "--diff", "--exit-code")
    then = scratch / "landed.binpb"
    if write_landed_contract(scratch / "landed", then):
        yield tool("buf", "breaking", str(now), "--against", str(then), "--path", "sectracker")
    else:
        print(f"skipped contract: no commit {CONTRACT_BASE} to compare with (CONTRACT_BASE)")  # noqa: T201 - it is told


def write_contract(scratch: Path) -> Path:
    """Write the contract as one descriptor set, so that buf needs no network to find what it imports."""
    out = scratch / "contract.binpb"
    out.write_bytes(descriptor_set(scratch).SerializeToString())
    return out


def write_landed_contract(scratch: Path, out: Path) -> bool:
    """Write the contract of CONTRACT_BASE by that commit's own generator, and say whether there is such a commit."""
    scratch.mkdir()
    archive = subprocess.run(  # noqa: S603 - ours
        ["git", "archive", CONTRACT_BASE, "protos"],  # noqa: S607 - wherever git is
        cwd=CHECKOUT,
        capture_output=True,
        check=False,
    )
    if archive.returncode:
        return False
    subprocess.run(["tar", "-x"], input=archive.stdout, cwd=scratch, check=True)  # noqa: S607 - wherever tar is
    code = "import pathlib, sys; from protos.generate import descriptor_set as make; "
    code += "pathlib.Path(sys.argv[1]).write_bytes(make(pathlib.Path(sys.argv[2])).SerializeToString())"
    subprocess.run(python("-c", code, str(out), str(scratch)), cwd=scratch, check=True)  # noqa: S603 - ours
    return True


def openapi(_scratch: Path) -> Iterator[Command]:
    """The OpenAPI document is one."""
    yield python("-m", "openapi_spec_validator", "docs/api/openapi.json")


def envoy(_scratch: Path) -> Iterator[Command]:
    """Envoy takes what the gateway renders, with addresses and with names."""
    yield python("-m", "gateway", "check")


def containers(scratch: Path) -> Iterator[Command]:
    """Compose and hadolint take the files for containers."""
    yield tool("docker-compose", "--env-file", str(write_example(scratch)), "config", "--quiet")
    yield tool("hadolint", "deploy/Dockerfile")


def write_example(scratch: Path) -> Path:
    """Write deploy/env.example with a value for whatever has to be set, and return the file."""
    lines = (CHECKOUT / "deploy/env.example").read_text().splitlines()
    out = scratch / "env"
    out.write_text("".join(f"{line}example\n" for line in lines if line.endswith("=") and not line.startswith("#")))
    with out.open("a") as file:
        file.write("PAGE_TOKEN_KEY=an example of sixteen\n")
    return out


def shell(_scratch: Path) -> Iterator[Command]:
    """Shellcheck, on every script."""
    scripts = sorted(str(path) for path in (CHECKOUT / "deploy").rglob("*.sh"))
    yield tool("shellcheck", ".ci/run", *scripts)


Check = Callable[[Path], Iterator[Command]]
CHECKS: tuple[Check, ...] = (
    lint,
    form,
    types,
    imports,
    docstrings,
    dependencies,
    generated,
    contract,
    openapi,
    envoy,
    containers,
    shell,
)


def failure(check: Check) -> str | None:
    """Run a check and return what its failing command printed, or None."""
    with tempfile.TemporaryDirectory() as scratch:
        for command in check(Path(scratch)):
            result = subprocess.run(  # noqa: S603 - the commands above
                command,
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            if result.returncode:
                return f"{' '.join(command)}\n{result.stdout}{result.stderr}".rstrip()
    return None


def passes(check: Check) -> bool:
    """Run a check and tell how it went."""
    began = time.monotonic()
    said = failure(check)
    took = time.monotonic() - began
    told = f"{'ok' if said is None else 'FAILED':<7} {check.__name__:<13} {took:5.1f} s  {check.__doc__}"
    print(told if said is None else f"{told}\n{said}", flush=True)  # noqa: T201 - it is what the command is for
    return said is None


def main() -> None:
    """Run the checks that are named, or all of them."""
    known = {check.__name__: check for check in CHECKS}
    names = sys.argv[1:] or list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"There is no check {', '.join(unknown)}; there are {', '.join(known)}.")
    failed = [name for name in names if not passes(known[name])]
    if failed:
        sys.exit(f"{len(failed)} of {len(names)} checks failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
