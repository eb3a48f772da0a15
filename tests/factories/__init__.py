"""Make what tests need, out of nothing but our own words."""
