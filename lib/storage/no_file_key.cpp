// SPDX-License-Identifier: Apache-2.0
// FileKey in a build without encryption: there is none.
#include "storage/file_key.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace mnemic::storage {

FileKeyPtr FileKey::of(std::string_view secret) {
  if (secret.empty()) return nullptr;
  core::fail(StatusCode::kUnsupported, "key: this build has no encryption (MNEMIC_ENCRYPTION, docs/encryption.md)");
}

FileKey::~FileKey() = default;
Salt FileKey::salt_for_copy() const { return {}; }
FileKey::Keys FileKey::keys(const Salt& salt) const { return {.salt = salt}; }
std::string FileKey::spec(const Salt&) const { return {}; }
bool FileKey::open_page(const Salt&, std::uint64_t, std::string&) const { return false; }

void wipe(std::string& secret) {
  std::fill(secret.begin(), secret.end(), '\0');
  secret.clear();
}

}  // namespace mnemic::storage
