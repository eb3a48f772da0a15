"""Run one process of the native stack's kind for as long as a test needs it."""

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.process import Process
from deploy.local.ready import is_ready


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a folder that is deleted afterwards and that any user may enter: PostgreSQL is not root when we are."""
    folder = Path(tempfile.mkdtemp(prefix="sectracker-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(process: Process, log: Path) -> Iterator[None]:
    """Start a process, wait until it is ready, and end it afterwards.

    It also ends when the test run itself is killed, where the kernel can see to it.
    Raises: AssertionError with the process's log when it ends or does not become ready.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(  # noqa: S603 - ours
            process.tied(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **process.environment},
            cwd=process.folder,
            process_group=0,
        )
    try:
        began = time.monotonic()
        while not asyncio.run(is_ready(process.ready, time.monotonic() - began)):
            if child.poll() is not None or time.monotonic() - began > process.ready_within:
                raise AssertionError(f"{process.name} is not ready: {log.read_text()}")
            time.sleep(0.02)
        yield
    finally:
        child.send_signal(process.stop_signal)
        try:
            child.wait(process.stopped_within)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
