"""The small EDGAR runs as a command, says where it is, and stops when told to."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]
QUICK = 5.0  # seconds; it takes 0.8 on two cores, and test machines are busy


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start the command."""
    command = [sys.executable, "-m", "tests.edgar", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)  # noqa: S603 - our own command


def test_command_serves_and_stops(tmp_path: Path) -> None:
    """It is ready soon, logs requests to a file, and SIGTERM ends it in order."""
    log = tmp_path / "requests.jsonl"
    started = time.monotonic()
    with start("--port", "0", "--log", str(log)) as process:
        assert process.stdout
        line = process.stdout.readline()
        assert time.monotonic() - started < QUICK
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert found, line
        connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=QUICK)
        connection.request("GET", "/submissions/CIK0000320193.json", headers={"User-Agent": "Tests admin@example.com"})
        assert json.load(connection.getresponse())["name"] == "Apple Inc."
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(QUICK) == 0
    assert json.loads(log.read_text())["path"] == "/submissions/CIK0000320193.json"


def test_taken_port_is_told_in_a_sentence() -> None:
    """A port in use ends the command with a sentence and status 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with start("--port", str(taken.getsockname()[1])) as process:
            _, errors = process.communicate(timeout=QUICK)
        assert process.returncode == 1
        assert errors.startswith("The small EDGAR cannot start:")
        assert len(errors.splitlines()) == 1


def test_folder_without_documents_is_told_in_a_sentence(tmp_path: Path) -> None:
    """A folder that has nothing to serve ends the command."""
    with start("--port", "0", "--folder", str(tmp_path)) as process:
        _, errors = process.communicate(timeout=QUICK)
    assert process.returncode == 1
    assert "has no ownership" in errors
