"""Run form4's commands: `python -m services.form4 parse FILE…`."""

import sys

USAGE = "usage: python -m services.form4 parse FILE…"


def main(argv: list[str]) -> int:
    """Run the command that the first word names."""
    if argv[:1] == ["parse"]:
        from services.form4 import parse_command  # noqa: PLC0415 (a command loads what it needs, and no more)

        return parse_command.main(argv[1:])
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
