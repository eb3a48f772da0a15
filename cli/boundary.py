"""End every command with a sentence and an exit code, never with a traceback."""

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from cli.errors import CommandError, ExitCode
from cli.screen import say
from cli.text import clean

TRACEBACK = "SECTRACKER_TRACEBACK"


class Boundary(TyperGroup):
    """Run a command and say what ended it."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the context names."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except CommandError as failure:
            say(str(failure))
            raise typer.Exit(failure.exit_code) from None
        except BrokenPipeError:
            silence_output()
            raise typer.Exit(ExitCode.PIPE_CLOSED) from None
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except Exception as error:
            if TRACEBACK in os.environ:
                raise
            say(f"Unexpected: {type(error).__name__}: {clean(str(error), 200)} ({TRACEBACK}=1 shows where)")
            raise typer.Exit(ExitCode.SOME_FAILED) from None
        return result


def silence_output() -> None:
    """Lead what is still buffered nowhere: flushing it at exit would fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
