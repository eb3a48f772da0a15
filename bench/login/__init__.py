"""Measure logging in: how many a second, what it costs others meanwhile, and whether its time tells who exists."""
