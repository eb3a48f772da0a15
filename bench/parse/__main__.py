"""Print what the parser takes a filing, beside edgartools and bare lxml, in one run: `python -m bench.parse [FOLDER]`.

Timed: bytes in memory to classified lines with Decimals, without JSON. Each contender has a process of its own; rounds
over all documents alternate between them, so that whatever else the machine does falls on all alike.
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = PROJECT / "../shared/edgar/ownership"
EDGARTOOLS = "edgartools==5.62.0"
ENVIRONMENT = PROJECT / ".tools" / "edgartools"
BAR = 5.0


class Contender:
    """Hold one contender's process, which reads all documents once when asked."""

    def __init__(self, name: str, python: Path, folder: Path) -> None:
        self.name = name
        self.seconds: list[float] = []
        command = [str(python), str(Path(__file__).with_name("contender.py")), name, str(folder)]
        environment = os.environ | {"PYTHONPATH": str(PROJECT)}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.documents = int(self._answer())

    def run_round(self) -> None:
        """Let the contender read all documents once, and keep how long it took."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.seconds.append(float(self._answer()))

    def milliseconds(self) -> float:
        """Return the median over the rounds, in milliseconds a document."""
        return statistics.median(self.seconds) / self.documents * 1000

    def stop(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=10)

    def _answer(self) -> str:
        """Return the process's next line.

        Raises: SystemExit, when it ended instead; its own words are above.
        """
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} ended without an answer")
        return line


def main() -> int:
    """Measure all contenders; return 1 if the parser misses its bar."""
    options = _options()
    _install_edgartools()
    pythons = {"ours": Path(sys.executable), "edgartools": ENVIRONMENT / "bin/python", "lxml": Path(sys.executable)}
    contenders = [Contender(name, python, options.folder) for name, python in pythons.items()]
    for _ in range(options.rounds):
        for contender in contenders:
            contender.run_round()
    for contender in contenders:
        contender.stop()
    return _report({contender.name: contender for contender in contenders}, options.rounds)


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.parse", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=DOCUMENTS, help="a folder of ownershipDocument files")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    if not any(options.folder.glob("*.xml")):
        parser.error(f"no .xml file in {options.folder}")
    return options


def _install_edgartools() -> None:
    """Put edgartools into an environment of its own, unless it is there."""
    if (ENVIRONMENT / "bin/python").exists() and any(ENVIRONMENT.glob("lib/*/site-packages/edgar")):
        return
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, ENVIRONMENT], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", ENVIRONMENT / "bin/python", EDGARTOOLS], check=True)


def _report(contenders: dict[str, Contender], rounds: int) -> int:
    """Print the medians and ratios; return 1 below the bar."""
    ours, edgartools, lxml = (contenders[name] for name in ("ours", "edgartools", "lxml"))
    print(
        f"{ours.documents} documents, median of {rounds} alternating rounds, milliseconds of processor time a document"
    )
    for contender in (ours, edgartools, lxml):
        print(f"  {contender.name:<11}{contender.milliseconds():8.3f}")
    faster = edgartools.milliseconds() / ours.milliseconds()
    print(f"{faster:.1f} times as fast as {EDGARTOOLS} (bar {BAR:g}, aim 15)")
    print(f"{ours.milliseconds() / lxml.milliseconds():.1f} times bare lxml, which builds the tree and reads nothing")
    return 0 if faster >= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
