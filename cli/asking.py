"""Ask a person for an e-mail address and a password, the password without echo; a pipe's first line is one too."""

import getpass
import sys
import warnings

import typer

from cli.errors import CommandError, ExitCode

# Four bytes for each of 128 characters, and room to be refused by the service in its own words.
MAX_PASSWORD_BYTES = 4096


def email(given: str | None) -> str:
    """Return the address that was given, else ask for it on a terminal."""
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise typer.BadParameter("name it where standard input is no terminal", param_hint="EMAIL")
    answer: str = typer.prompt("E-mail", err=True)
    return answer


def password(*, twice: bool = False) -> str:
    """Return a password: asked for on a terminal, else the first line of standard input.

    Raises: CommandError; it repeats nothing of what was typed.
    """
    if not sys.stdin.isatty():
        return readable(first_line())
    typed = readable(unseen("Password: "))
    if twice and unseen("The same again: ") != typed:
        raise CommandError("The two passwords differ; nothing was done.", ExitCode.USAGE)
    return typed


def first_line() -> str:
    """Return standard input's first line without its end.

    Raises: CommandError when it is too long or not in UTF-8.
    """
    line = sys.stdin.buffer.readline(MAX_PASSWORD_BYTES + 1)
    if len(line) > MAX_PASSWORD_BYTES:
        raise CommandError("The first line of standard input is too long for a password.", ExitCode.USAGE)
    try:
        return line.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise CommandError("The password is not in UTF-8.", ExitCode.USAGE) from None


def unseen(prompt: str) -> str:
    """Return what is typed on the terminal, which does not show it.

    Raises: CommandError where the terminal cannot be kept from showing it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(prompt)
        except getpass.GetPassWarning:
            sentence = "This terminal shows what is typed; give the password on standard input."
            raise CommandError(sentence, ExitCode.USAGE) from None
        except EOFError:
            raise typer.Abort from None


def readable(typed: str) -> str:
    """Return a password that can be sent.

    Raises: CommandError.
    """
    if not typed:
        raise CommandError("No password was given.", ExitCode.USAGE)
    try:
        typed.encode()
    except UnicodeEncodeError:
        raise CommandError("The password is not in UTF-8.", ExitCode.USAGE) from None
    return typed
