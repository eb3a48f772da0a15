"""Make and end the account's API key: `sectracker key`."""

import sys
from typing import Annotated

import typer
from sectracker.auth.v1.auth_service_pb2 import CreateApiKeyRequest, GetMeRequest, RevokeApiKeyRequest

from cli import options, screen
from cli.client import DEFAULT_TIMEOUT, Door
from cli.endpoint import DEFAULT_URL
from cli.errors import EXIT_CODES_HELP, CommandError, ExitCode
from cli.formats import json_output
from cli.session import Use
from cli.text import clean

EXAMPLES = """\b
Examples:
  sectracker key create                        shows the key, this once
  sectracker key create | pass insert -m key   nothing but the key in a pipe
  SECTRACKER_API_KEY=stk_... sectracker watchlist list
"""
Replace = Annotated[bool, typer.Option("--replace", help="End the key that there is, at once, and make another.")]
app = typer.Typer(no_args_is_help=True, help="Make and end your API key.")


@app.callback()
def key() -> None:
    """Make and end your API key.

    An account has one. It works wherever a login does, until it is revoked
    or replaced: over REST in the header X-API-Key, here as SECTRACKER_API_KEY.
    """


@app.command(epilog=f"{EXAMPLES}\n{EXIT_CODES_HELP}")
def create(
    *,
    replace: Replace = False,
    as_json: options.AsJson = False,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    insecure: options.Insecure = False,
) -> None:
    """Make an API key and print it, this once: the service keeps only its hash.

    Standard output has the key and nothing else.
    """
    with Door(url, timeout, Use.NEEDED, insecure=insecure) as door:
        if not replace and door.call(door.auth.GetMe, GetMeRequest()).has_api_key:
            sentence = "You have an API key; --replace ends it at once and makes another."
            raise CommandError(sentence, ExitCode.USAGE)
        answer = door.call(door.auth.CreateApiKey, CreateApiKeyRequest())
    if as_json:
        screen.for_programs()
        json_output.write(answer)
        return
    sys.stdout.write(f"{clean(answer.api_key)}\n")
    if sys.stdout.isatty():
        screen.say(clean(answer.message))


@app.command(epilog=EXIT_CODES_HELP)
def revoke(
    *,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    insecure: options.Insecure = False,
) -> None:
    """End your API key. Where there is none, nothing changes."""
    with Door(url, timeout, Use.NEEDED, insecure=insecure) as door:
        door.call(door.auth.RevokeApiKey, RevokeApiKeyRequest())
    screen.tell("No API key of yours is good any more.")
