"""Say the REST surface in OpenAPI 3.1, out of the contract's descriptor set.

Shape: `contract` and `reasons` read the protos; `bindings`, `parameters`, `schemas`, `errors` and `operations` each say
one part; `document` puts them together; `validity` asks a library whether it is OpenAPI.
Calls: `gateway.surface`, for the list of services that are served.
Called by: `protos.generate`, which writes docs/api/openapi.json and reports its drift.
"""
