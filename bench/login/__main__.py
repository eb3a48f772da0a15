"""Print logins a second, the tail of other calls meanwhile, and the times of known and unknown e-mails side by side."""

import argparse
import secrets
import sys
import time

import httpx

from bench.login.load import PASSWORD, PATIENCE_SECONDS, log_in, read, under
from bench.login.samples import bound, distance, spread
from tests.support.stack import whole_stack

# Limits are configuration; what is measured here is what stands behind them.
RAISED = {
    "LIMITS": "", "LIMIT_LOGIN": "", "LIMIT_REGISTER": "", "LOGIN_FAILURES_ADDRESS": "1000000/1m",
    "LOGIN_FAILURES_KNOWN": "1000000/1m", "LOGIN_FAILURES_ACCOUNT": "1000000/1m", "LOGIN_FAILURES_TOTAL": "1000000/1m",
    "GATEWAY_FLOOD_PER_SECOND": "0",
}  # fmt: skip
OTHERS = {"auth/me": 2, "form4/latest": 2}
"""What is read meanwhile, and on how many connections, each of which rests 5 ms between two calls."""
REST_SECONDS = 0.005


def main() -> int:
    """Measure; return 1 when the times of known and unknown e-mails can be told apart."""
    parser = argparse.ArgumentParser(prog="python -m bench.login", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=400, help="failed logins of each kind")
    options = parser.parse_args()
    print(f"Limits are raised: {', '.join(name for name in RAISED)}.")
    with whole_stack(EDGAR="small", **RAISED) as stack:
        email, token = register(stack.url)
        rates(stack.url, email, options.seconds, options.rounds)
        tails(stack.url, email, token, options.seconds, options.rounds)
        return 0 if is_silent(stack.url, email, options.samples) else 1


def register(url: str) -> tuple[str, str]:
    """Make an account and return its e-mail and an access token."""
    email = f"bench-{secrets.token_hex(6)}@example.com"
    body = {"email": email, "password": PASSWORD}
    answer = httpx.post(f"{url}/api/v1/auth/register", json=body, timeout=PATIENCE_SECONDS, trust_env=False)
    return email, answer.raise_for_status().json()["access_token"]


def rates(url: str, email: str, seconds: float, rounds: int) -> None:
    """Print how many logins succeed a second, by how many clients try at the same time."""
    print("\nlogins: clients, a second, ms median p90 p99, refused as busy")
    for clients in (1, 4, 16, 64):
        seen = [under(url, seconds, (log_in(email), clients, 0.0))[0] for _ in range(rounds)]
        middle = sorted(seen, key=lambda one: one.per_second)[rounds // 2]
        busy = middle.statuses[503] / middle.statuses.total()
        print(f"{clients:8} {middle.per_second:8.1f} {spread(middle.took)} {busy:8.0%}")


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


def is_silent(url: str, known: str, samples: int) -> bool:
    """Print the times of failed logins of a known and of unknown e-mails, in turns, and say whether they are alike."""
    took: dict[bool, list[float]] = {True: [], False: []}
    with httpx.Client(base_url=f"{url}/api/v1/", timeout=PATIENCE_SECONDS, trust_env=False) as http:
        for number in range(2 * samples):
            exists = bool(secrets.randbits(1)) if number else True
            email = known if exists else f"nobody-{secrets.token_hex(6)}@example.com"
            call = log_in(email, "not the password")
            began = time.perf_counter()
            answer = call(http)
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                raise SystemExit(f"A wrong password was answered with {answer.status_code}: {answer.text}")
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
