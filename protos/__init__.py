"""Hold the contract, and make what follows from it: stubs and OpenAPI."""
