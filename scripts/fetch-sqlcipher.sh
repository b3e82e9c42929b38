#!/usr/bin/env bash
# Brings SQLCipher's amalgamation (sqlite3.c, sqlite3.h) into build/sqlcipher, for `cmake --preset encrypted`; does nothing when it is there.
# It is taken from an npm package that carries it unchanged (docs/decisions/025-encryption.md); npm only unpacks, nothing of it is run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

package=@journeyapps/sqlcipher@6.0.0  # SQLCipher 4.14.0, SQLite 3.51.3
into=build/sqlcipher
sums="2ba87bbc92caf02c0ac640198c537c24bdda899a18bbba289f3d3f44d56795e4  sqlite3.c
c7253bc5d2ba0fad5236fc10ed959f99374bdbc224c200250c9c4a90edf56023  sqlite3.h"

verify() { (cd "$1" && sha256sum --check --quiet --strict - <<<"$sums"); }

if [ -d "$into" ] && verify "$into" 2>/dev/null; then
  exit 0
fi
if ! command -v npm >/dev/null; then
  echo "npm is missing: apt-get install npm. Or put sqlite3.c and sqlite3.h of SQLCipher 4 somewhere, and build with" >&2
  echo "  cmake --preset encrypted -DMNEMIC_SQLCIPHER_SOURCE=DIRECTORY" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --ignore-scripts --pack-destination "$work" "$package" >/dev/null
tar -xzf "$work"/*.tgz -C "$work"
verify "$work/package/deps/sqlcipher-amalgamation"
mkdir -p "$into"
cp "$work"/package/deps/sqlcipher-amalgamation/sqlite3.[ch] "$into/"
echo "$into: $package"
