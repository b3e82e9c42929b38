// SPDX-License-Identifier: Apache-2.0
#include "support/encrypted.hpp"

#include <sqlite3.h>

#include <stdexcept>
#include <string_view>

namespace mnemic::test {

#if defined(SQLITE_HAS_CODEC)
bool can_encrypt() noexcept { return true; }
#else
bool can_encrypt() noexcept { return false; }
#endif

#if defined(MNEMIC_TEST_KEY)
bool encrypted_run() noexcept { return true; }
void give_test_key(sqlite3* db) {
  constexpr std::string_view kKey = MNEMIC_TEST_KEY;
  if (sqlite3_key(db, kKey.data(), static_cast<int>(kKey.size())) != SQLITE_OK) throw std::runtime_error("the test key is refused");
}
#else
bool encrypted_run() noexcept { return false; }
void give_test_key(sqlite3*) {}
#endif

}  // namespace mnemic::test
