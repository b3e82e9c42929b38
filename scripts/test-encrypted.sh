#!/usr/bin/env bash
# Runs every test on encrypted files: builds with SQLCipher and a key for every store that is given none, in build/encrypted-tests.
# Tests that have nothing to find in an encrypted file say so and are skipped. Arguments go to ctest. Takes as long as ./test.sh; not part of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

key="x'$(printf 'mnemic tests' | sha256sum | cut -c1-64)'"
scripts/fetch-sqlcipher.sh
cmake --preset encrypted -B build/encrypted-tests --log-level=WARNING -DMNEMIC_BUILD_TESTS=ON -DMNEMIC_TEST_KEY="$key"
cmake --build build/encrypted-tests
ctest --test-dir build/encrypted-tests --output-on-failure --parallel "$(nproc)" --output-junit ctest.xml "$@"
