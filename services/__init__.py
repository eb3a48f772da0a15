"""Hold the services, each a package that speaks to the others in protobuf only, and what they stand on."""
