"""Say what is public: an explicit list of services, and of each the RPCs that people may call.

A service that no process serves yet is not in the list, and so has no route.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from google.api import annotations_pb2
from google.api.http_pb2 import HttpRule
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from sectracker.api.v1 import options_pb2
from sectracker.auth.v1 import auth_service_pb2, key_service_pb2
from sectracker.filings.v1 import company_service_pb2
from sectracker.form4.v1 import form4_service_pb2
from sectracker.gateway.v1 import health_service_pb2
from sectracker.watchlist.v1 import watchlist_service_pb2

VARIABLE = re.compile(r"\{([a-z0-9_.]+)\}")
VERBS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Rpc:
    """One public RPC and the cluster that serves it."""

    method: MethodDescriptor
    cluster: str

    @property
    def path(self) -> str:
        """Return the path by which native gRPC calls it."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    @property
    def access(self) -> options_pb2.Access.ValueType:
        """Return who may call it."""
        access: options_pb2.Access.ValueType = self.method.GetOptions().Extensions[options_pb2.access]
        return access

    @property
    def is_shared(self) -> bool:
        """Say whether REST gets the answer printed by the service."""
        return bool(self.method.GetOptions().HasExtension(options_pb2.shared_answer))

    @property
    def rule(self) -> HttpRule:
        """Return the REST rule; an RPC that REST does not reach has an empty one."""
        rule: HttpRule = self.method.GetOptions().Extensions[annotations_pb2.http]
        return rule

    def endpoints(self) -> Iterator["Endpoint"]:
        """Yield every verb and path by which REST calls it."""
        for rule in (self.rule, *self.rule.additional_bindings):
            pattern = rule.WhichOneof("pattern")
            if pattern is not None:
                yield Endpoint(pattern.upper(), Template(getattr(rule, pattern)), self)


@dataclass(frozen=True, slots=True)
class Template:
    """A path of REST, such as /api/v1/form4/{ticker}; a variable is one whole segment.

    Raises: ValueError for a path that is written in another way.
    """

    text: str

    def __post_init__(self) -> None:
        """Refuse a pattern that `regex` would not match."""
        for segment in self.segments:
            if not VARIABLE.fullmatch(segment) and set(segment) & set("{}*:"):
                raise ValueError(f"{self.text}: {segment!r} is neither a word nor one {{variable}}.")

    @property
    def segments(self) -> list[str]:
        """Return the parts between the slashes."""
        return self.text.strip("/").split("/")

    @property
    def variables(self) -> list[str]:
        """Return the names of the fields that the path fills."""
        return VARIABLE.findall(self.text)

    @property
    def regex(self) -> str:
        """Return what a path of this kind looks like, with or without a slash at its end."""
        parts = ("[^/]+" if VARIABLE.fullmatch(segment) else re.escape(segment) for segment in self.segments)
        return "/" + "/".join(parts) + "/?"

    @property
    def rank(self) -> tuple[tuple[bool, str], ...]:
        """Return what to sort by, so that a word comes before a variable in the same place."""
        return tuple((bool(VARIABLE.fullmatch(segment)), segment) for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One verb and path of REST, and the RPC that it calls."""

    verb: str
    template: Template
    rpc: Rpc


@dataclass(frozen=True, slots=True)
class Exposed:
    """A public service and the cluster that serves it; the cluster's address is <CLUSTER>_ADDRESS."""

    service: ServiceDescriptor
    cluster: str

    def rpcs(self) -> list[Rpc]:
        """Return its RPCs for people; what only services may call is left out."""
        return [Rpc(method, self.cluster) for method in self.service.methods if is_public(method)]


def is_public(method: MethodDescriptor) -> bool:
    """Say whether the contract lets anybody but services call an RPC.

    Raises: ValueError when it does not say.
    """
    access = method.GetOptions().Extensions[options_pb2.access]
    if access == options_pb2.ACCESS_UNSPECIFIED:
        raise ValueError(f"{method.full_name} does not say who may call it.")
    return access != options_pb2.ACCESS_SERVICE


PUBLIC = (
    Exposed(auth_service_pb2.DESCRIPTOR.services_by_name["AuthService"], cluster="auth"),
    Exposed(key_service_pb2.DESCRIPTOR.services_by_name["KeyService"], cluster="auth"),
    Exposed(company_service_pb2.DESCRIPTOR.services_by_name["CompanyService"], cluster="filings"),
    Exposed(form4_service_pb2.DESCRIPTOR.services_by_name["Form4Service"], cluster="form4"),
    Exposed(watchlist_service_pb2.DESCRIPTOR.services_by_name["WatchlistService"], cluster="watchlist"),
    Exposed(health_service_pb2.DESCRIPTOR.services_by_name["HealthService"], cluster="gateway"),
)


def clusters(surface: Sequence[Exposed] = PUBLIC) -> list[str]:
    """Return the names of the clusters, each once."""
    return list(dict.fromkeys(exposed.cluster for exposed in surface))


def endpoints(surface: Sequence[Exposed] = PUBLIC) -> list[tuple[Template, list[Endpoint]]]:
    """Return every path of REST with its verbs, in the order in which a path is to be looked up.

    Raises: ValueError when two RPCs claim one verb and path.
    """
    found = [endpoint for exposed in surface for rpc in exposed.rpcs() for endpoint in rpc.endpoints()]
    found.sort(key=lambda endpoint: (endpoint.template.rank, VERBS.index(endpoint.verb.lower())))
    paths = [(Template(text), list(group)) for text, group in groupby(found, key=lambda found: found.template.text)]
    for template, group in paths:
        if len({endpoint.verb for endpoint in group}) < len(group):
            raise ValueError(f"{template.text} is claimed twice.")
    return paths
