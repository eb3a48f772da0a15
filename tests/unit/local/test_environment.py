"""What may be asked of the native stack, and what its processes are told."""

import itertools

import pytest

from deploy.local.environment import Ports, Wishes, environment, target, without_secrets_of_others
from deploy.local.passwords import NAMES
from deploy.local.refusal import Refusal

SECRET = dict.fromkeys(NAMES, "5ec7e7")


def stack(**asked: str) -> dict[str, str]:
    """Return the environment of a stack on port 8080 and those from 20001 on."""
    return environment(Wishes.of(asked), Ports.pick(8080, itertools.count(20001)), SECRET)


def test_without_wishes_the_small_edgar_is_served_on_8080() -> None:
    """Nothing has to be set."""
    wishes = Wishes.of({})
    assert (wishes.gateway_port, wishes.edgar) == (8080, "small")
    assert stack()["EDGAR_WWW_URL"] == stack()["EDGAR_DATA_URL"] == "http://127.0.0.1:20004"
    assert stack()["SEC_USER_AGENT"]


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eighty", "8080 ", "²", "1e3"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    """A gateway port outside 1 to 65535 is refused by name."""
    with pytest.raises(Refusal, match="GATEWAY_PORT"):
        Wishes.of({"GATEWAY_PORT": port})


def test_an_unknown_edgar_is_refused() -> None:
    """EDGAR is small or live."""
    with pytest.raises(Refusal, match="EDGAR is 'big'"):
        Wishes.of({"EDGAR": "big"})


def test_options_of_the_small_edgar_are_parted_as_a_shell_does() -> None:
    """EDGAR_OPTIONS are words, quoted or not; an open quotation mark is refused by name."""
    assert Wishes.of({"EDGAR_OPTIONS": "--rate 0 --log 'a file'"}).edgar_options == ("--rate", "0", "--log", "a file")
    with pytest.raises(Refusal, match="EDGAR_OPTIONS"):
        Wishes.of({"EDGAR_OPTIONS": "--log 'a file"})


@pytest.mark.parametrize("agent", ["", "  "])
def test_the_sec_is_not_asked_anonymously(agent: str) -> None:
    """EDGAR=live without a declared user agent is refused before anything starts."""
    with pytest.raises(Refusal, match="SEC_USER_AGENT"):
        Wishes.of({"EDGAR": "live", "SEC_USER_AGENT": agent})


def test_live_means_the_sec() -> None:
    """EDGAR=live sends requests to the SEC's two hosts, under the declared name."""
    told = stack(EDGAR="live", SEC_USER_AGENT="Ada ada@example.org")
    assert told["EDGAR_WWW_URL"] == "https://www.sec.gov"
    assert told["EDGAR_DATA_URL"] == "https://data.sec.gov"
    assert told["SEC_USER_AGENT"] == "Ada ada@example.org"


def test_replicas_are_one_target() -> None:
    """Two servers of form4 are one gRPC target with two addresses."""
    assert stack()["FORM4_ADDRESS"] == "ipv4:127.0.0.1:20009,127.0.0.1:20011"
    assert target(1) == "ipv4:127.0.0.1:1"


def test_queue_and_cache_are_two_databases() -> None:
    """What must not be evicted and what may vanish are never in one database."""
    told = stack()
    assert told["QUEUE_REDIS_URL"].endswith("/0")
    assert told["CACHE_REDIS_URL"].endswith("/1")


def test_a_service_is_not_told_the_passwords_of_another() -> None:
    """Each process gets the databases of its own service alone."""
    told = without_secrets_of_others(stack(), "form4")
    assert {name for name in told if name.endswith("DATABASE_URL")} == {
        "FORM4_DATABASE_URL",
        "FORM4_MIGRATE_DATABASE_URL",
    }
    assert "form4_serve:5ec7e7@127.0.0.1:20002/sectracker" in told["FORM4_DATABASE_URL"]


@pytest.mark.parametrize("service", ["filings", "form4", "watchlist", "gateway"])
def test_a_service_proves_itself_alone(service: str) -> None:
    """Each process gets the secret of its own service, and not what seals auth's keys."""
    told = without_secrets_of_others(stack(), service)
    assert {name for name in told if name.endswith("_SECRET")} == {f"{service.upper()}_SERVICE_SECRET"}


def test_auth_judges_every_proof() -> None:
    """Auth has the secret of every service that calls another, and the one that seals its signing keys."""
    told = without_secrets_of_others(stack(), "auth")
    assert {name for name in told if name.endswith("_SECRET")} == {
        "AUTH_KEY_SECRET",
        "FILINGS_SERVICE_SECRET",
        "FORM4_SERVICE_SECRET",
        "WATCHLIST_SERVICE_SECRET",
        "GATEWAY_SERVICE_SECRET",
    }


def test_what_belongs_to_no_service_gets_no_secret() -> None:
    """The small EDGAR is told no database and no secret of a service."""
    told = without_secrets_of_others(stack(), "tests.edgar")
    assert not [name for name in told if name.endswith(("_SECRET", "DATABASE_URL"))]


def test_limits_are_what_the_person_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of the person's environment reach the servers; the native stack sets none."""
    monkeypatch.delenv("LIMITS", raising=False)
    assert "LIMITS" not in stack()
    monkeypatch.setenv("LIMITS", "1000/1s")
    assert stack()["LIMITS"] == "1000/1s"


def test_postgres_variables_of_the_shell_are_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PGHOST or PGSERVICE of the person's own leads no process to another database."""
    monkeypatch.setenv("PGHOST", "production.example.org")
    assert "PGHOST" not in stack()
