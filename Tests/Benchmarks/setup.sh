#!/usr/bin/env bash
# Makes the Python environment of the peers in .build-peers. They are no part of Palimpsest: only
# `make bench` runs them, to compare with.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
environment=$here/../../.build-peers

command -v python3 >/dev/null || {
  echo "setup: the peers are Python packages, and there is no python3 here; apt-get install python3-venv" >&2
  exit 1
}
[ -x "$environment/bin/python" ] || python3 -m venv "$environment" || {
  echo "setup: python3 cannot make an environment; apt-get install python3-venv" >&2
  exit 1
}
"$environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
"$environment/bin/pip" freeze | grep -i -f <(sed -n 's/^\([a-z-]*\)==.*/^\1==/p' "$here/requirements.txt")
