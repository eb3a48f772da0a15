"""Measure reads, from the client to PostgreSQL, beside FastAPI stacks that answer the same from the same rows."""
