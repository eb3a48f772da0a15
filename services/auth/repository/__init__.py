"""Ask the tables of auth; one question a function."""
