"""Measure what it costs to know who calls, and how often."""
