#!/usr/bin/env bash
# Tests a wheel that carries its libraries where nothing else brings them: scripts/test-wheel.sh WHEEL [PYTEST-ARGUMENT...].
# The wheel goes into a fresh environment; then, in a mount namespace, the headers and libraries that the build needs are
# hidden, and the tests of the package run (those of bindings/python/tests that need no compiler; by default a few files).
set -euo pipefail
wheel=$(realpath "$1")
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tests=$PWD/bindings/python/tests
[ $# -gt 0 ] || set -- "$tests"/test_{scope,session,layers,recall,arrays,embedders,two_sqlites}.py

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "$wheel" pytest

echo "Libraries that are not in the wheel:"
module=$("$work/venv/bin/python" -c 'import mnemic._core; print(mnemic._core.__file__)')
ldd "$module" | awk '/=> \// { print $3 }' | grep -v "$work" | tee "$work/foreign"
# What manylinux allows: the C and C++ run-time libraries.
if grep -vE '/(libc|libm|libstdc\+\+|libgcc_s|libpthread|libdl|ld-linux-x86-64)\.so' "$work/foreign"; then
  echo "the wheel lacks the libraries above" >&2
  exit 1
fi

hide() {  # in a mount namespace of our own
  local file
  mount --bind "$work/empty" /usr/include
  for file in /usr/lib/*/lib{fmt,date-tz,utf8proc,stemmer,sodium}.so* /usr/lib/*/libsqlite3.a; do
    [ ! -f "$file" ] || mount --bind /dev/null "$file"
  done
}
export -f hide
export work
mkdir "$work/empty"
namespace=(unshare --mount)
[ "$(id -u)" -eq 0 ] || namespace=(unshare --map-root-user --mount)
if ! "${namespace[@]}" true 2>/dev/null; then
  echo "this system lets nobody hide files (no mount namespaces): only what ldd says was tested" >&2
  exit 0
fi
cd "$work"  # not the checkout, whose files would be found first
"${namespace[@]}" bash -euc 'hide; "$work/venv/bin/python" -m pytest -q -p no:cacheprovider "$@"; "$work/venv/bin/mnemic" --version' hidden "$@"
# The default zone needs no table of time zones.
"${namespace[@]}" bash -euc 'hide; [ ! -d /usr/share/zoneinfo ] || mount --bind "$work/empty" /usr/share/zoneinfo
  "$work/venv/bin/python" -c "
import mnemic
with mnemic.open(\":memory:\") as store:
    scope = store.scope(\"ada\")
    scope.put(\"Prefers window seats\")
    assert \"UTC\" in scope.recall(\"seats\").context()
print(\"ok: without tzdata\")"'
