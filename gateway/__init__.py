"""The one door: REST, native gRPC, gRPC-Web and reflection on one port.

Owns: Envoy's configuration, rendered from the contract, and the small gRPC server beside it (health, reflection).
Calls: every service, over gRPC; Redis, for the state of the cache and of the SEC.
Called by: everybody outside.

Start at `surface`, the list of what is public; `routes` turns it into routes, `descriptor` into what Envoy transcodes
by, `envoy.yaml.j2` holds the rest.
"""
