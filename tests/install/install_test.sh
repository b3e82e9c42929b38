#!/usr/bin/env bash
# install_test.sh CMAKE SOURCE BUILD static|shared HTTP ENCODER: installs mnemic into an empty directory, then builds and runs a
# foreign project that finds it there. The static library is the one that BUILD already has; a shared one is built here,
# without optimisation, because only its linking is under test. HTTP and ENCODER say whether mnemic::http and
# mnemic::encoder belong to it (ON or OFF).
set -euo pipefail
cmake=$1 source=$2 build=$3 kind=$4 http=$5 encoder=$6
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "$kind" = shared ]; then
  "$cmake" -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DBUILD_SHARED_LIBS=ON \
    -DMNEMIC_BUILD_TESTS=OFF -DMNEMIC_BUILD_EXAMPLES=OFF -DMNEMIC_BUILD_CLI=OFF \
    -DMNEMIC_BUILD_HTTP="$http" -DMNEMIC_BUILD_ENCODER="$encoder" >"$work/log" || { cat "$work/log"; exit 1; }
  "$cmake" --build "$work/build" >"$work/log" || { cat "$work/log"; exit 1; }
  build=$work/build
fi
"$cmake" --install "$build" --prefix "$work/prefix" >"$work/log" || { cat "$work/log"; exit 1; }

"$cmake" -S "$here/consumer" -B "$work/consumer" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix"
"$cmake" --build "$work/consumer"
"$work/consumer/consumer" "$work/agent.db"
if [ "$http" = ON ]; then
  "$work/consumer/consumer_http"
else
  [ ! -e "$work/prefix/include/mnemic/http" ] && [ ! -e "$work/consumer/consumer_http" ]
fi
if [ "$encoder" = ON ]; then
  "$work/consumer/consumer_encoder" "$work/no-model"
else
  [ ! -e "$work/prefix/include/mnemic/encoder" ] && [ ! -e "$work/consumer/consumer_encoder" ]
fi

# exports LIBRARY OURS SYMBOL: exported on purpose is what the headers declare. Weak symbols (inline functions and templates
# of the standard library) are in every C++ library; strong ones must be ours, and public.
exports() {
  local strong foreign internal
  strong=$(nm -D --defined-only --demangle "$(find "$work/prefix" -name "$1" | head -n 1)" |
    awk '$2 ~ /^[TDBR]$/ { $1 = $2 = ""; print }')
  foreign=$(grep -vE "$2" <<<"$strong" || true)
  internal=$(grep -E 'mnemic::(core|text|embed|storage|index|layers|recall|engine)::' <<<"$strong" || true)
  if [ -n "$foreign$internal" ]; then
    echo "exported although not ours, or internal:"
    head -n 20 <<<"$foreign$internal"
    exit 1
  fi
  grep -q "$3" <<<"$strong"
}
if [ "$kind" = shared ]; then
  exports libmnemic.so 'mnemic::' 'mnemic::Store::open'
  if [ "$http" = ON ]; then exports libmnemic_http.so 'mnemic::http::(ChatClient::|HttpEmbedder(::|$))' 'create'; fi
  if [ "$encoder" = ON ]; then
    exports libmnemic_encoder.so 'mnemic::encoder::transformer_embedder' 'mnemic::encoder::transformer_embedder'
  fi
fi
echo "ok: $kind"
