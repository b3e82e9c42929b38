// SPDX-License-Identifier: Apache-2.0
// What the secret screen looks for: one finder per kind of secret. Each looks at one place of a text; going through a
// text with it takes linear time.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace mnemic::text {

/// A secret: where it begins and ends, and the word put in its stead.
struct Find {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view kind;
};

/// What stands before the kind in a redacted text.
constexpr std::string_view kRedacted = "[redacted:";

/// A key or token that has a known prefix, or a JSON web token, that begins at `at`.
std::optional<Find> find_known_key(std::string_view text, std::size_t at);

/// The value of a `password: ...` assignment whose keyword begins at `at`.
std::optional<Find> find_assignment(std::string_view text, std::size_t at);

/// A payment card number that begins at `at`, in one piece or in the groups printed on cards.
std::optional<Find> find_card(std::string_view text, std::size_t at);

/// Finds private-key blocks. Knows the END lines of the text beforehand, so that many BEGIN lines do not each search
/// for one. Borrows the text.
class PrivateKeys {
 public:
  explicit PrivateKeys(std::string_view text);
  std::optional<Find> find(std::size_t at) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> ends_;
};

}  // namespace mnemic::text
