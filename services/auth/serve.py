"""Wire and run auth's server."""

from time import sleep

from services.auth import keys
from services.auth.api_keys import ApiKeys
from services.auth.change_account import Accounts
from services.auth.config import ServeSettings
from services.auth.decoys import Decoys
from services.auth.edge import ENVOYS_NAME, Edge, EdgeServicer
from services.auth.guesses import Guesses
from services.auth.keys import Keyring
from services.auth.log_in import LEARN_SECONDS, Entrance
from services.auth.logins import Logins
from services.auth.passwords import Hasher, Passwords
from services.auth.register import Registration
from services.auth.sealing import Seal
from services.auth.servicer import AuthServicer
from services.auth.tokens import Issuer
from services.auth.trust import PRUNE_SECONDS, WIPE_SECONDS, Feed, KeyServicer, TrustServicer
from services.chassis import config, logs
from services.chassis.db import Sessions
from services.chassis.faults import DATABASE_DOWN, cause
from services.chassis.house import House, once
from services.chassis.limits import Limiter
from services.chassis.server import Server
from services.chassis.shared_counters import SharedCounters
from services.chassis.trust import Trust

NAME = "auth"
KEYS_SECONDS = 1.0
NOTE_SECONDS = 5.0
AGAIN_SECONDS = 1.0

log = logs.get_logger(__name__)


def run() -> None:
    """Answer RPCs until SIGTERM."""
    settings = config.load(ServeSettings)
    logs.configure(settings)
    sessions, seal = Sessions(settings, NAME), Seal(settings.key_secret)
    have_key(sessions, seal)
    keyring = Keyring(sessions, seal)
    issuer, feed = Issuer(keyring), Feed(sessions, keyring, settings.audit_days)
    limiter, logins = Limiter.of(settings), Logins(sessions, seal, issuer)
    edge, people = Edge(sessions, issuer), servicer(settings, sessions, limiter.counters, logins, issuer)
    servicers = {
        "sectracker.auth.v1.AuthService": people,
        "sectracker.auth.v1.KeyService": KeyServicer(keyring),
        "sectracker.auth.v1.TrustService": TrustServicer(feed, issuer, settings.secrets()),
        "sectracker.auth.v1.EdgeService": EdgeServicer(edge),
    }
    keyring.refresh()
    once(
        people.entrance.learn
    )  # with today's kind alone, an address without an account would be told by the time it takes
    aliases = {ENVOYS_NAME: "sectracker.auth.v1.EdgeService"}
    server = Server(settings, servicers, House(NAME, Trust(feed.get), limiter=limiter), aliases=aliases)
    server.loops.every(KEYS_SECONDS, keyring.refresh, "signing keys")
    server.loops.every(NOTE_SECONDS, edge.note_use, "use of keys")
    server.loops.every(WIPE_SECONDS, feed.wipe, "ended graces")
    server.loops.every(PRUNE_SECONDS, feed.prune, "ended logins")
    server.loops.every(LEARN_SECONDS, people.entrance.learn, "kinds of hashes")
    server.run()


def servicer(
    settings: ServeSettings, sessions: Sessions, counters: SharedCounters, logins: Logins, issuer: Issuer
) -> AuthServicer:
    """Return what answers people."""
    hasher = Hasher(settings.password_memory_kib)
    passwords = Passwords(hasher, settings.password_threads, settings.password_queue)
    guesses = Guesses(counters, settings.budgets(), settings.derived("guesses"))
    decoys = Decoys(settings.derived("decoys"), hasher.hash(""))
    return AuthServicer(
        Registration(sessions, passwords, logins),
        Entrance(sessions, passwords, guesses, decoys, logins),
        Accounts(sessions, passwords, guesses),
        logins,
        ApiKeys(sessions, issuer),
    )


def have_key(sessions: Sessions, seal: Seal) -> None:
    """Wait for the database, and see to it that there is a key that signs."""
    while True:
        try:
            keys.ensure(sessions, seal)
        except DATABASE_DOWN as error:
            log.warning("database is not there yet", cause=cause(error))
            sleep(AGAIN_SECONDS)
        else:
            return
