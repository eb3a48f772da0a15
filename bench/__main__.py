"""Run benches, one after the other: `python -m bench` runs all, `python -m bench parse read` those that are named."""

import argparse
import subprocess
import sys

BENCHES = {
    "parse": "the ownership parser, beside edgartools and bare lxml",
    "budget": "the fleet's budget of requests to the SEC, over several processes",
    "read": "reads, beside three FastAPI stacks and pgbench; half an hour",
    "edge": "what tokens, keys and limits cost reads at the edge",
    "login": "logins a second, the tail of other calls meanwhile, and what their time tells",
}


def main() -> int:
    """Run what was asked for; return 1 if one of them missed its bar."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure, each bench in a process of its own.",
        epilog="\n".join(f"{name:8}{what}" for name, what in BENCHES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="BENCH", help="default: all")
    names = parser.parse_args().names or [*BENCHES]
    for name in names:
        if name not in BENCHES:
            parser.error(f"there is no bench {name}")
    missed = []
    for name in names:
        print(f"== {name}: {BENCHES[name]}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode:
            missed.append(name)
    if missed:
        print(f"Missed: {', '.join(missed)}.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
