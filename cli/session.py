"""Say who calls: with which credentials a call goes out, and what comes after those that are refused."""

import os
import re
from collections.abc import Callable, Iterator
from enum import Enum

from sectracker.auth.v1.auth_service_pb2 import RefreshResponse

from cli.credentials.login import Login
from cli.credentials.wallet import Wallet
from cli.endpoint import Endpoint
from cli.errors import CommandError, ExitCode
from cli.screen import say

API_KEY = "SECTRACKER_API_KEY"
REFUSED = "REFRESH_TOKEN_INVALID"
AGAIN = "`sectracker login` logs in"
# What may stand in a header; a key of ours has some 30 characters.
KEY = re.compile(r"[\x21-\x7e]{1,512}")

Header = tuple[str, str]
Refresh = Callable[[str], RefreshResponse]


class Use(Enum):
    """Say what a command does with credentials."""

    NONE = "calls as nobody"
    OFFERED = "sends what there is, and goes on without"
    NEEDED = "does nothing without"
    LOGIN = "does nothing without a login; a key will not do"


class Session:
    """Hold who calls one door.

    Shape: `refresh` trades a refresh token at that door.
    """

    def __init__(self, endpoint: Endpoint, use: Use, refresh: Refresh, *, insecure: bool) -> None:
        self.endpoint = endpoint
        self.use = use
        self.refresh = refresh
        self.insecure = insecure
        self.wallet: Wallet | None = None
        self.login: Login | None = None
        self.is_anonymous = use is Use.NONE
        self.was_renewed = False

    def candidates(self) -> Iterator[Header | None]:
        """Yield what to send with a call, best first; the next only when one was refused. None is nothing.

        Shape: three at the most, so that no refusal leads to calls without end.
        Raises: CommandError when a command needs credentials and there are none left.
        """
        key = self.key()
        if key is not None:
            yield ("x-api-key", key)
            return
        login = self.current()
        if login is not None:
            yield bearer(login)
            login = None if self.was_renewed else self.renew(login)
        if login is not None:
            yield bearer(login)
        if self.login is not None:
            self.lose(CommandError(f"{self.endpoint.door} refuses the login; {AGAIN} anew", ExitCode.DENIED))
        if self.is_anonymous:
            yield None

    def key(self) -> str | None:
        """Return the API key of the environment, where one is set and the command may use it.

        Raises: CommandError for one that cannot be sent.
        """
        key = os.environ.get(API_KEY, "").strip() if self.use in {Use.OFFERED, Use.NEEDED} else ""
        if not key:
            return None
        if not KEY.fullmatch(key):
            raise CommandError(f"{API_KEY} holds no API key: it has blanks or letters that keys lack.", ExitCode.USAGE)
        self.check_way()
        return key

    def current(self) -> Login | None:
        """Return the login that is good for now; None for a caller without.

        Raises: CommandError when a command needs one.
        """
        self.was_renewed = False
        if self.login is None and not self.is_anonymous:
            self.login = self.read()
        if self.login is not None and self.login.is_due:
            return self.renew(self.login)
        return self.login

    def read(self) -> Login | None:
        """Return the login that is kept for the door.

        Raises: CommandError when a command needs one.
        """
        try:
            self.wallet = Wallet.of_user()
            login = self.wallet.load(self.endpoint.door)
            if login is not None:
                self.check_way()
        except CommandError as failure:
            self.lose(failure)
            return None
        if login is None and self.use is not Use.OFFERED:
            raise CommandError(f"Not logged in at {self.endpoint.door}; {AGAIN}.", ExitCode.DENIED)
        self.is_anonymous = login is None
        return login

    def renew(self, used: Login) -> Login | None:
        """Return the login's next tokens: those that another command got meanwhile, else new ones.

        Raises: CommandError when a command needs a login and there is none any more.
        """
        self.was_renewed = True
        try:
            self.login = self.renewed(used)
        except CommandError as failure:
            self.lose(failure)
        return self.login

    def renewed(self, used: Login) -> Login:
        """Return the login's next tokens, which are kept.

        Raises: CommandError; a login that the door refuses is forgotten, one that it cannot be asked about is not.
        """
        door, wallet = self.endpoint.door, self.wallet or Wallet.of_user()
        with wallet.renewing(door):
            kept = wallet.load(door) or used
            if kept.access_token != used.access_token and not kept.is_due:
                return kept
            try:
                login = Login.of(kept.email, self.refresh(kept.refresh_token))
            except CommandError as failure:
                if failure.reason != REFUSED:
                    sentence = f"The login at {door} could not be renewed: {failure}"
                    raise CommandError(sentence, failure.exit_code, retry_after=failure.retry_after) from None
                return self.other(kept)
            except ValueError as wrong:
                raise CommandError(f"{door} failed: {wrong}", ExitCode.SOME_FAILED) from None
            try:
                wallet.save(door, login)
            except CommandError as failure:
                say(f"{failure} The login's next tokens are lost with this command; {AGAIN} anew.")
            return login

    def other(self, refused: Login) -> Login:
        """Forget a login that the door refused, unless another one is kept by now; return that one.

        Raises: CommandError.
        """
        wallet = self.wallet or Wallet.of_user()
        kept = wallet.load(self.endpoint.door)
        if kept is not None and kept.refresh_token != refused.refresh_token:
            return kept
        wallet.forget(self.endpoint.door)
        raise CommandError(f"The login at {self.endpoint.door} has ended; {AGAIN} again", ExitCode.DENIED)

    def lose(self, cause: CommandError) -> None:
        """Go on without credentials, and say why.

        Raises: CommandError when a command needs them.
        """
        self.login = None
        if self.use is not Use.OFFERED:
            raise cause
        self.is_anonymous = True
        say(f"{str(cause).rstrip('.')}. Going on without a login.")

    def check_way(self) -> None:
        """Refuse to send secrets where others can read them on the way.

        Raises: CommandError.
        """
        if not (self.endpoint.secure or self.endpoint.is_loopback or self.insecure):
            sentence = f"{self.endpoint.door} would get passwords and tokens in clear text: use https://"
            raise CommandError(f"{sentence}, or --insecure where the network is trusted.", ExitCode.USAGE)


def bearer(login: Login) -> Header:
    """Return the header that carries a login."""
    return ("authorization", f"Bearer {login.access_token}")
