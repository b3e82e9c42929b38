// SPDX-License-Identifier: Apache-2.0
// The run of all tests on encrypted files (scripts/test-encrypted.sh): every store that is given no key has one.
#pragma once

#include "support/test_main.hpp"

struct sqlite3;

namespace mnemic::test {

/// Whether this build can encrypt, and whether this is that run.
bool can_encrypt() noexcept;
bool encrypted_run() noexcept;
/// For a connection that was just opened: the key of that run. In others it does nothing.
void give_test_key(sqlite3* db);

}  // namespace mnemic::test

/// Skips a test case that has nothing to find in an encrypted file.
#define MNEMIC_SKIP_ENCRYPTED(reason)                 \
  do {                                                \
    if (::mnemic::test::encrypted_run()) MNEMIC_SKIP(reason); \
  } while (false)
