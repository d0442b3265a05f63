#!/usr/bin/env bash
# Makes .venv with exactly what uv.lock names. Needs python3 (3.11 or newer) and nothing else: uv comes, pinned, into a
# folder of its own outside the clone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

UV_VERSION=0.13.8
tools="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/chevet/uv-$UV_VERSION"

provisioning/install.sh python

if [ ! -x "$tools/bin/uv" ]; then
    echo "setup: fetching uv $UV_VERSION (about 20 MB) into $tools"
    rm -rf "$tools"
    python3 -m venv "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
fi

echo "setup: making .venv as uv.lock says (about 250 MB of packages the first time, cached by uv)"
UV_PYTHON_DOWNLOADS=never "$tools/bin/uv" sync --frozen --quiet --python "$(python3 -c 'import sys; print(sys.executable)')"
echo "setup: done"
