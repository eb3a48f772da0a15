"""Servers for tests: thrown away afterwards, started the way the native stack starts its own."""
