#!/usr/bin/env bash
# install_test.sh CMAKE SOURCE BUILD static|shared: installs mnemic into an empty directory, then builds and runs a
# foreign project that finds it there. The static library is the one that BUILD already has; a shared one is built here,
# without optimisation, because only its linking is under test.
set -euo pipefail
cmake=$1 source=$2 build=$3 kind=$4
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "$kind" = shared ]; then
  "$cmake" -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DBUILD_SHARED_LIBS=ON \
    -DMNEMIC_BUILD_TESTS=OFF -DMNEMIC_BUILD_EXAMPLES=OFF -DMNEMIC_BUILD_CLI=OFF >"$work/log" || { cat "$work/log"; exit 1; }
  "$cmake" --build "$work/build" >"$work/log" || { cat "$work/log"; exit 1; }
  build=$work/build
fi
"$cmake" --install "$build" --prefix "$work/prefix" >"$work/log" || { cat "$work/log"; exit 1; }

"$cmake" -S "$here/consumer" -B "$work/consumer" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix"
"$cmake" --build "$work/consumer"
"$work/consumer/consumer" "$work/agent.db"

if [ "$kind" = shared ]; then
  library=$(find "$work/prefix" -name 'libmnemic.so' | head -n 1)
  # Exported: what the headers declare, and the type information of what they let one throw or derive from.
  foreign=$(nm -D --defined-only --demangle "$library" | awk '{ $1 = $2 = ""; print }' | grep -v 'mnemic::' || true)
  if [ -n "$foreign" ]; then
    echo "exported although not ours:"
    echo "$foreign" | head -n 20
    exit 1
  fi
  internal=$(nm -D --defined-only --demangle "$library" | grep -E 'mnemic::(core|text|embed|storage|index|layers|recall|engine)::' || true)
  if [ -n "$internal" ]; then
    echo "exported although internal:"
    echo "$internal" | head -n 20
    exit 1
  fi
fi
echo "ok: $kind"
