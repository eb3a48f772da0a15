#!/bin/sh
# Make the virtual environment .venv from requirements.lock, or leave it alone when it is as the lock says.
#
# What is installed has the versions and hashes of the lock: first uv, by pip, then everything else by uv. The key of what
# was installed is kept inside .venv: the content of the two files that decide it, and this folder, since an environment
# cannot be moved.
set -eu
cd "$(dirname "$0")/../.."

export UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH

python=.venv/bin/python
stamp=.venv/sectracker-setup

say() { printf '%s\n' "$*" >&2; }

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for name in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null && recent "$name"; then
            command -v "$name"
            return
        fi
    done
    say "SEC-Tracker needs Python 3.11 or newer, and there is none on this machine's PATH" \
        "(python3 is $(python3 --version 2>&1 || echo missing)). Install one, or name it: make setup PYTHON=/path/to/python3."
    return 1
}

key=$(pwd; cat requirements.lock pyproject.toml | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$key" ] && recent "$python"; then
    exit 0
fi

say "Setting up .venv from requirements.lock; the first time it fetches some 250 MB …"
if ! recent "$python"; then
    base=$(find_python)
    rm -rf .venv
    if ! "$base" -m venv .venv; then
        rm -rf .venv
        say "$base cannot make a virtual environment. On Debian and Ubuntu the package python3-venv is missing."
        exit 1
    fi
fi
rm -f "$stamp"
if [ ! -x .venv/bin/uv ]; then
    awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' requirements.lock >.venv/uv.txt
    "$python" -m pip install --quiet --quiet --no-deps --require-hashes --requirement .venv/uv.txt
fi
.venv/bin/uv pip sync --quiet --python "$python" --require-hashes requirements.lock
.venv/bin/uv pip install --quiet --python "$python" --no-deps --no-build-isolation --editable .
printf '%s\n' "$key" >"$stamp"
