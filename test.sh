#!/usr/bin/env bash
# Builds and tests everything: ./test.sh [--sanitize] [--long]
#   --sanitize  also the asan and tsan presets: another build each, which would take the plain run past twenty minutes
#   --long      the long forms of the crash and torture tests
# The last line printed is `N passed, N failed, N skipped`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

sanitize=no
for argument in "$@"; do
  case "$argument" in
    --sanitize) sanitize=yes ;;
    --long) export MNEMIC_TEST_LONG=1 ;;
    *) echo "usage: ./test.sh [--sanitize] [--long]" >&2; exit 64 ;;
  esac
done

# Whatever happens, the counts are the last word; a step that broke off is one failure.
reports=()
broken=""
finish() {
  local code=$?
  [ $code -eq 0 ] || [ -n "$broken" ] || broken="a step before the tests"
  if command -v python3 >/dev/null; then
    code=0
    python3 scripts/count-tests.py "$broken" "${reports[@]}" || code=$?
  else
    echo "0 passed, 1 failed, 0 skipped"
  fi
  exit $code
}
trap finish EXIT

# An old thread sanitizer cannot live with the wide address randomisation of new kernels, so its programs (which the
# build runs too, to list their tests) are started without it where that is allowed.
launcher_for() { if [ "$1" = tsan ] && setarch -R true 2>/dev/null; then echo "setarch -R"; fi; }

# run PRESET CTEST-ARGUMENT...: builds a preset with its tests and runs them; goes on after tests that fail.
run() {
  local preset=$1 report=$PWD/build/$1/ctest.xml launcher
  shift
  launcher=$(launcher_for "$preset")
  broken="building preset $preset"
  step "Building preset $preset"
  rm -f "$report"
  cmake --preset "$preset" --log-level=WARNING -DMNEMIC_BUILD_TESTS=ON
  $launcher cmake --build --preset "$preset"
  broken="testing preset $preset"
  step "Testing preset $preset"
  $launcher ctest --preset "$preset" --parallel "$(nproc)" --output-junit "$report" "$@" || [ -s "$report" ]
  reports+=("$report")
  broken=""
}

# python_package: installs the package into a fresh environment as its users do, and tests it there; then the same for a wheel that
# carries its libraries, where those libraries are not.
python_package() {
  local work=build/pytest
  broken="installing the Python package"
  step "Installing the Python package into a fresh environment"
  rm -rf "$work" && mkdir -p "$work"
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check ".[test]"
  broken="testing the Python package"
  step "Testing the Python package"
  "$work/venv/bin/python" -m pytest -q --junitxml "$PWD/$work/pytest.xml" || [ -s "$work/pytest.xml" ]
  reports+=("$PWD/$work/pytest.xml")
  broken="the wheel"
  scripts/build-wheel.sh "$work/dist"
  step "Testing the wheel"
  scripts/test-wheel.sh "$work"/dist/mnemic-*.whl
  broken=""
}

scripts/install-deps.sh tests
source scripts/steps.sh

run release
python_package
if [ $sanitize = yes ]; then
  run asan
  run tsan
fi
