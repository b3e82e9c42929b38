// SPDX-License-Identifier: Apache-2.0
// A Snowball stemmer for one language.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct sb_stemmer;

namespace mnemic::text {

/// One thread at a time.
class Stemmer {
 public:
  /// A language Snowball does not know leaves every word as it is.
  explicit Stemmer(const std::string& language);

  static bool supports(const std::string& language);

  /// The stem of a folded word; valid until the next call, or as long as `word`. The English stemmer sees ASCII words
  /// only: it knows nothing of the others.
  std::string_view stem(std::string_view word);

 private:
  struct Delete {
    void operator()(sb_stemmer* stemmer) const noexcept;
  };
  std::unique_ptr<sb_stemmer, Delete> stemmer_;
  bool ascii_only_ = false;
};

}  // namespace mnemic::text
