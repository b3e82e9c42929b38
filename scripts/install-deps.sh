#!/usr/bin/env bash
# Installs the Debian packages that mnemic and its Python package need and this machine lacks: `install-deps.sh build`,
# `… tests` for those of the tests besides, or `… bench` for those of the benchmarks. Does nothing, and needs no rights, when all are there.
set -euo pipefail

packages=(g++ cmake ninja-build ccache libsqlite3-dev libfmt-dev nlohmann-json3-dev libutf8proc-dev libstemmer-dev
  libhowardhinnant-date-dev libxxhash-dev libsodium-dev libcli11-dev libcurl4-openssl-dev libeigen3-dev tzdata
  python3 python3-dev python3-venv)
case "${1:-build}" in
  build) ;;
  tests) packages+=(catch2 binutils util-linux) ;;
  bench) packages+=(catch2 libfaiss-dev libhnswlib-dev libopenblas-dev) ;;  # the benchmarks are built with the tests
  *) echo "usage: $0 [build|tests|bench]" >&2; exit 64 ;;
esac

is_installed() { [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "This is no Debian-like system (no apt-get). Please install what these Debian packages hold, then build with" >&2
  echo "  cmake --preset release && cmake --build --preset release" >&2
  printf '  %s\n' "${packages[@]}" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing, and there is no sudo to install them with: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
