// SPDX-License-Identifier: Apache-2.0
// SQLCipher 4's scheme with its defaults, by OpenSSL: PBKDF2-HMAC-SHA512 of 256,000 rounds gives the key of the pages, two more rounds the key of
// their codes; AES-256-CBC with an initialisation vector for each writing of a page, HMAC-SHA512 over both and the page's number.
#include "storage/file_key.hpp"

#include "core/error.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>

namespace mnemic::storage {
namespace {

using core::fail;

constexpr int kRounds = 256'000, kCodeRounds = 2;
constexpr std::uint8_t kCodeSaltMask = 0x3a;
constexpr std::size_t kVector = 16, kCode = 64;
constexpr std::size_t kRawSize = 2 + 64 + 1;  // x'…'

using Key = std::array<std::uint8_t, 32>;

void derive(std::string_view secret, const Salt& salt, int rounds, Key& into) {
  const int ok = PKCS5_PBKDF2_HMAC(secret.data(), static_cast<int>(secret.size()), salt.data(), static_cast<int>(salt.size()), rounds, EVP_sha512(),
                                   static_cast<int>(into.size()), into.data());
  if (ok != 1) fail(StatusCode::kInternal, "key: OpenSSL derives none");
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool says_raw(std::string_view secret) { return secret.size() > 2 && (secret.starts_with("x'") || secret.starts_with("X'")) && secret.ends_with('\''); }

void check(std::string_view secret) {
  if (secret.size() < FileKey::kLeast || secret.size() > FileKey::kMost) {
    fail(StatusCode::kInvalidArgument, "key: {} bytes where {} to {} are due", secret.size(), FileKey::kLeast, FileKey::kMost);
  }
  if (!says_raw(secret)) return;
  const std::string_view digits = secret.substr(2, secret.size() - 3);
  if (secret.size() != kRawSize || !std::all_of(digits.begin(), digits.end(), [](char c) { return digit(c) >= 0; })) {
    fail(StatusCode::kInvalidArgument, "key: x'…' is a key of 64 hexadecimal digits");
  }
}

void add_hex(std::string& into, const std::uint8_t* bytes, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < size; ++i) (into += kDigits[bytes[i] >> 4]) += kDigits[bytes[i] & 15];
}

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

}  // namespace

FileKeyPtr FileKey::of(std::string_view secret) {
#if defined(MNEMIC_TEST_KEY)
  if (secret.empty()) secret = MNEMIC_TEST_KEY;
#endif
  if (secret.empty()) return nullptr;
  check(secret);
  return FileKeyPtr(new FileKey(secret));
}

FileKey::~FileKey() {
  wipe(secret_);
  if (last_) OPENSSL_cleanse(&*last_, sizeof *last_);
}

Salt FileKey::salt_for_copy() const {
  {
    const std::lock_guard lock(mutex_);
    if (last_) return last_->salt;
  }
  Salt salt{};
  if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1) fail(StatusCode::kInternal, "key: OpenSSL has no random bytes");
  return salt;
}

FileKey::Keys FileKey::keys(const Salt& salt) const {
  const std::lock_guard lock(mutex_);
  if (last_ && last_->salt == salt) return *last_;
  Keys made{.salt = salt};
  if (says_raw(secret_)) {
    for (std::size_t i = 0; i < made.page.size(); ++i) made.page[i] = static_cast<std::uint8_t>(digit(secret_[2 + 2 * i]) << 4 | digit(secret_[3 + 2 * i]));
  } else {
    derive(secret_, salt, kRounds, made.page);
  }
  Salt masked = salt;
  for (std::uint8_t& byte : masked) byte ^= kCodeSaltMask;
  derive({reinterpret_cast<const char*>(made.page.data()), made.page.size()}, masked, kCodeRounds, made.code);
  last_ = made;
  return made;
}

std::string FileKey::spec(const Salt& salt) const {
  Keys both = keys(salt);
  std::string spec;
  spec.reserve(2 * (both.page.size() + both.code.size() + salt.size()) + 3);
  spec += "x'";
  add_hex(spec, both.page.data(), both.page.size());
  add_hex(spec, both.code.data(), both.code.size());
  add_hex(spec, salt.data(), salt.size());
  spec += '\'';
  OPENSSL_cleanse(&both, sizeof both);
  return spec;
}

bool FileKey::open_page(const Salt& salt, std::uint64_t number, std::string& page) const {
  constexpr std::size_t kUsable = kPage - kReserved;
  if (page.size() != kPage) return false;
  if (std::all_of(page.begin(), page.end(), [](char byte) { return byte == 0; })) return true;
  Keys both = keys(salt);
  const std::size_t begin = number == 1 ? salt.size() : 0;  // where SQLite's own first bytes would be
  auto* const bytes = reinterpret_cast<unsigned char*>(page.data());
  std::string signed_part = page.substr(begin, kUsable + kVector - begin);
  for (int shift = 0; shift < 32; shift += 8) signed_part += static_cast<char>(number >> shift & 0xFF);
  std::array<unsigned char, kCode> code{};
  unsigned int code_size = 0;
  const bool made = HMAC(EVP_sha512(), both.code.data(), static_cast<int>(both.code.size()), reinterpret_cast<const unsigned char*>(signed_part.data()),
                         signed_part.size(), code.data(), &code_size) != nullptr;
  const bool holds = made && CRYPTO_memcmp(code.data(), bytes + kUsable + kVector, kCode) == 0;

  std::string plain(kUsable, '\0');
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool opened = context != nullptr &&
                      EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, both.page.data(), bytes + kUsable) == 1 &&
                      EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
                      EVP_DecryptUpdate(context.get(), reinterpret_cast<unsigned char*>(plain.data()), &written, bytes + begin,
                                        static_cast<int>(kUsable - begin)) == 1;
  OPENSSL_cleanse(&both, sizeof both);
  if (!opened) fail(StatusCode::kInternal, "key: OpenSSL decrypts nothing");
  page.replace(begin, kUsable - begin, plain, 0, kUsable - begin);
  if (number == 1) page.replace(0, begin, std::string_view("SQLite format 3\0", 16));
  return holds;
}

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace mnemic::storage
