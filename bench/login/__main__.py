"""Print logins a second, the tail of other calls meanwhile, and the times of known and unknown e-mails side by side."""

import argparse
import secrets
import sys
import time

import httpx

from bench.login.load import PASSWORD, PATIENCE_SECONDS, Call, log_in, read, under
from bench.login.samples import bound, distance, spread
from tests.support.stack import RAISED, whole_stack

# Limits are configuration; what is measured here is what stands behind them.
LIMITS = {**RAISED, **{f"GUESS_{name}": "1000000/1m" for name in ("KNOWN", "ADDRESS", "ACCOUNT", "TOTAL", "TRICKLE")}}
OTHERS = {"auth/me": 2, "form4/latest": 2}
"""What is read meanwhile, and on how many connections, each of which rests 5 ms between two calls."""
REST_SECONDS = 0.005
PEOPLE = 20  # whose passwords are guessed, and as many e-mails that are nobody's
ELSEWHERE = "127.9.9.9"


def main() -> int:
    """Measure; return 1 when the times of known and unknown e-mails can be told apart."""
    parser = argparse.ArgumentParser(prog="python -m bench.login", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=1500, help="failed logins of each kind")
    options = parser.parse_args()
    print(f"Limits are configuration, and raised here: {', '.join(LIMITS)}.")
    with whole_stack(LIMITS, EDGAR="small") as stack:
        email, token = register(stack.url)
        rates(stack.url, email, options.seconds, options.rounds)
        trades(stack.url, token, options.seconds, options.rounds)
        tails(stack.url, email, token, options.seconds, options.rounds)
        return 0 if is_silent(stack.url, options.samples) else 1


def register(url: str) -> tuple[str, str]:
    """Make an account and return its e-mail and an access token."""
    email = fresh_email()
    body = {"email": email, "password": PASSWORD}
    answer = httpx.post(f"{url}/api/v1/auth/register", json=body, timeout=PATIENCE_SECONDS, trust_env=False)
    return email, answer.raise_for_status().json()["access_token"]


def fresh_email() -> str:
    """Return an e-mail that nobody has registered."""
    return f"bench-{secrets.token_hex(6)}@example.com"


def rates(url: str, email: str, seconds: float, rounds: int) -> None:
    """Print how many logins succeed a second, by how many clients try at the same time."""
    print("\nlogins: clients, a second, ms median p90 p99, refused as busy")
    for clients in (1, 4, 16, 64):
        seen = [under(url, seconds, (log_in(email), clients, 0.0))[0] for _ in range(rounds)]
        middle = sorted(seen, key=lambda one: one.per_second)[rounds // 2]
        busy = middle.statuses[503] / middle.statuses.total()
        print(f"{clients:8} {middle.per_second:8.1f} {spread(middle.took)} {busy:8.0%}")


def trades(url: str, token: str, seconds: float, rounds: int) -> None:
    """Print how many times a second a key is traded for a token, and shown in the place of one."""
    bearer = {"authorization": f"Bearer {token}"}
    made = httpx.post(f"{url}/api/v1/auth/api-key", json={}, headers=bearer, timeout=PATIENCE_SECONDS, trust_env=False)
    key = {"x-api-key": made.raise_for_status().json()["api_key"]}
    print("\nkeys and tokens, 4 clients: a second, ms median p90 p99")
    calls: dict[str, Call] = {
        "auth/token with a key": lambda http: http.post("auth/token", json={}, headers=key),
        "auth/me with a key": lambda http: http.get("auth/me", headers=key),
        "auth/me with a token": lambda http: http.get("auth/me", headers=bearer),
    }
    for name, call in calls.items():
        seen = [under(url, seconds, (call, 4, 0.0))[0] for _ in range(rounds)]
        middle = sorted(seen, key=lambda one: one.per_second)[rounds // 2]
        print(f"{name:22} {middle.per_second:8.1f} {spread(middle.took)}")


def tails(url: str, email: str, token: str, seconds: float, rounds: int) -> None:
    """Print how long other calls take while nobody logs in, and while sixteen clients do nothing else; in turns."""
    print("\nothers meanwhile: ms median p90 p99, quiet and with 16 clients that log in")
    calls = [
        (read(path, token if path == "auth/me" else ""), clients, REST_SECONDS) for path, clients in OTHERS.items()
    ]
    quiet: list[list[float]] = [[] for _ in OTHERS]
    busy: list[list[float]] = [[] for _ in OTHERS]
    for _ in range(rounds):
        for kept, loads in ((quiet, calls), (busy, [*calls, (log_in(email), 16, 0.0)])):
            for number, seen in enumerate(under(url, seconds, *loads)[: len(OTHERS)]):
                kept[number].extend(seen.took)
    for number, path in enumerate(OTHERS):
        ratio = spread(busy[number]).p99 / spread(quiet[number]).p99
        print(f"{path:14} {spread(quiet[number])}   {spread(busy[number])}   p99 {ratio:.1f} times")


def is_silent(url: str, samples: int) -> bool:
    """Print the times of failed logins of known and of unknown e-mails, mixed, and say whether they are alike.

    They come from an address that no account knows, as a guesser's do.
    """
    emails = {True: [register(url)[0] for _ in range(PEOPLE)], False: [fresh_email() for _ in range(PEOPLE)]}
    took: dict[bool, list[float]] = {True: [], False: []}
    elsewhere = httpx.HTTPTransport(local_address=ELSEWHERE)
    with httpx.Client(base_url=f"{url}/api/v1/", timeout=PATIENCE_SECONDS, transport=elsewhere) as http:
        for number in range(2 * samples + 2 * PEOPLE):
            exists = bool(secrets.randbits(1))
            call = log_in(secrets.choice(emails[exists]), "not the password")
            began = time.perf_counter()
            answer = call(http)
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                raise SystemExit(f"A wrong password was answered with {answer.status_code}: {answer.text}")
            if number >= 2 * PEOPLE:
                took[exists].append(time.perf_counter() - began)
    apart, chance = distance(took[True], took[False]), bound(took[True], took[False])
    print("\nwrong password: ms median p90 p99")
    print(f"known e-mail   {spread(took[True])}\nunknown e-mail {spread(took[False])}")
    print(
        f"largest distance of the distributions {apart:.3f}; chance alone stays below {chance:.3f} 999 times in 1,000"
    )
    return apart < chance


if __name__ == "__main__":
    sys.exit(main())
