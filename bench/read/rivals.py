"""Start the FastAPI stacks: an environment of their own, two uvicorn workers each, nginx in front if there is one."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.read.market import Company
from bench.read.stack import Started, free_ports_of
from bench.read.statements import spelled, statements
from deploy.local.machine import LOOPBACK
from deploy.local.places import CHECKOUT
from deploy.local.process import Http, Process

ENVIRONMENT = CHECKOUT / ".tools/fastapi"
PACKAGES = (
    "asyncpg==0.32.0",
    "fastapi==0.165.0",
    "httptools==0.9.0",
    "orjson==3.13.0",
    "sqlalchemy[asyncio]==2.1.9",
    "uvicorn==0.54.0",
    "uvloop==0.23.0",
)
STACKS = {"plan": "plan", "asyncpg": "alone", "asyncpg-cached": "cached"}
"""The stacks by the names that the report has for them; each value is a module of bench.fastapi."""
KEEPING = ("asyncpg-cached",)
WORKERS = 2
# nginx is not in everybody's path, and as root its workers need a user who may read nothing.
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
NGINX_CONFIGURATION = """\
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
{servers}
}}
"""
NGINX_SERVER = """\
  upstream {name} {{ server {host}:{behind}; keepalive 128; keepalive_requests 1000000000; }}
  server {{
    listen {host}:{front};
    location / {{
      proxy_pass http://{name};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffers 16 16k;
      proxy_buffer_size 16k;
    }}
  }}
"""


def install() -> None:
    """Make the environment, unless it is there with the same packages."""
    wanted, made = "\n".join(PACKAGES), ENVIRONMENT / "bench-packages.txt"
    if made.exists() and made.read_text() == wanted:
        return
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, ENVIRONMENT], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", ENVIRONMENT / "bin/python", *PACKAGES], check=True)
    made.write_text(wanted)


def start_rivals(started: Started, companies: list[Company], wanted: Sequence[str]) -> dict[str, int]:
    """Start the wanted stacks and return the port of each, nginx's where there is one."""
    names = [STACKS[name] for name in wanted]
    tell(started, companies)
    behind = dict(zip(names, free_ports_of(len(names)), strict=True))
    for name, port in behind.items():
        started.start(uvicorn(started, name, port))
    if NGINX is None:
        return dict(zip(wanted, behind.values(), strict=True))
    front = dict(zip(names, free_ports_of(len(names)), strict=True))
    started.start(nginx(started.folder, NGINX, behind, front))
    return dict(zip(wanted, front.values(), strict=True))


def tell(started: Started, companies: list[Company]) -> None:
    """Write what the stacks are told into files."""
    texts = {name: spelled(statement) for name, statement in statements().items()}
    (started.folder / "statements.json").write_text(json.dumps(texts))
    named = [(company.cik, company.ticker, company.name) for company in companies]
    (started.folder / "companies.json").write_text(json.dumps(named))


def uvicorn(started: Started, name: str, port: int) -> Process:
    """Return the process of one stack."""
    told = {
        "PATH": os.environ.get("PATH", os.defpath),
        "BENCH_DATABASE_URL": started.url("form4_serve"),
        "BENCH_STATEMENTS": str(started.folder / "statements.json"),
        "BENCH_COMPANIES": str(started.folder / "companies.json"),
    }
    options = ("--workers", str(WORKERS), "--loop", "uvloop", "--http", "httptools", "--no-access-log")
    app = (f"bench.fastapi.{name}:app", "--host", LOOPBACK, "--port", str(port), "--log-level", "warning")
    command = (str(ENVIRONMENT / "bin/python"), "-m", "uvicorn", *app, *options)
    return Process(name, command, Http(f"http://{LOOPBACK}:{port}/openapi.json"), environment=told, port=port)


def nginx(folder: Path, program: str, behind: dict[str, int], front: dict[str, int]) -> Process:
    """Return nginx before all stacks."""
    servers = "".join(
        NGINX_SERVER.format(name=name, host=LOOPBACK, behind=behind[name], front=front[name]) for name in behind
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX_CONFIGURATION.format(folder=folder, servers=servers))
    command = (program, "-c", str(configuration), "-g", "daemon off;")
    first = next(iter(front.values()))
    return Process("nginx", command, Http(f"http://{LOOPBACK}:{first}/openapi.json"))
