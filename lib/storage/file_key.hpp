// SPDX-License-Identifier: Apache-2.0
// The secret that a file is encrypted with, and what SQLCipher 4 makes of it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace mnemic::storage {

/// The first bytes of an encrypted file: with the secret they give its keys.
using Salt = std::array<std::uint8_t, 16>;

class FileKey;
using FileKeyPtr = std::shared_ptr<const FileKey>;  // nullptr: not encrypted

/// Shared by the connections of a store, so that keys are derived once: that takes a tenth of a second on purpose. Any thread.
class FileKey {
 public:
  static constexpr std::size_t kLeast = 8, kMost = 1024;      // bytes of a secret
  static constexpr std::size_t kPage = 4096, kReserved = 80;  // at the end of each page: what its encryption needs

  /// nullptr for "". A secret of the form x'…' is the key of the pages itself, 64 hexadecimal digits: nothing is derived.
  /// @throws StatusError kInvalidArgument: a bad secret. kUnsupported: this build has no encryption
  static FileKeyPtr of(std::string_view secret);
  FileKey(const FileKey&) = delete;
  FileKey& operator=(const FileKey&) = delete;
  ~FileKey();

  /// Of the file that the key was last used for, so that copies of it cost no derivation; for the first file a new one.
  [[nodiscard]] Salt salt_for_copy() const;
  /// The keys as SQLCipher takes them: no derivation is left to it. To be wiped.
  [[nodiscard]] std::string spec(const Salt& salt) const;
  /// Decrypts a page in place, whether its authentication code holds or not, and says so. A page beyond what was ever written is zero, and stays.
  [[nodiscard]] bool open_page(const Salt& salt, std::uint64_t number, std::string& page) const;

 private:
  struct Keys {
    Salt salt{};
    std::array<std::uint8_t, 32> page{}, code{};
  };
  explicit FileKey(std::string_view secret) : secret_(secret) {}
  [[nodiscard]] Keys keys(const Salt& salt) const;

  std::string secret_;
  mutable std::mutex mutex_;
  mutable std::optional<Keys> last_;
};

/// Overwrites a secret, and empties it.
void wipe(std::string& secret);

}  // namespace mnemic::storage
