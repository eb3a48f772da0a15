#!/bin/sh
# Run roles.sql with the passwords of the environment: FILINGS_SERVE_PASSWORD is its variable filings_serve_password.
# They go in as psql's commands on standard input, not as arguments, which every user of a machine can read.
set -eu
{
    for service in filings form4 auth watchlist; do
        for part in migrate serve; do
            name=$(printf '%s_%s_password' "$service" "$part")
            variable=$(printf '%s' "$name" | tr '[:lower:]' '[:upper:]')
            printf '\\getenv %s %s\n' "$name" "$variable"
        done
    done
    cat /roles.sql
} | psql --no-psqlrc --dbname postgres --file -
