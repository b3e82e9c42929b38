// SPDX-License-Identifier: Apache-2.0
// The wrapper of libstemmer, whose stemmers keep a buffer of their own and so are not thread-safe.
#include "text/stemmer.hpp"

#include <libstemmer.h>

#include <algorithm>

#include "text/stop_words.hpp"

namespace mnemic::text {

void Stemmer::Delete::operator()(sb_stemmer* stemmer) const noexcept {
  sb_stemmer_delete(stemmer);
}

Stemmer::Stemmer(const std::string& language)
    : stemmer_(sb_stemmer_new(language.c_str(), "UTF_8")), ascii_only_(is_english(language)) {}

bool Stemmer::supports(const std::string& language) {
  if (language.find('\0') != std::string::npos) return false;
  return std::unique_ptr<sb_stemmer, Delete>(sb_stemmer_new(language.c_str(), "UTF_8")) != nullptr;
}

std::string_view Stemmer::stem(std::string_view word) {
  if (!stemmer_) return word;
  if (ascii_only_ && std::any_of(word.begin(), word.end(), [](char c) { return (c & 0x80) != 0; })) return word;
  const sb_symbol* stemmed =
      sb_stemmer_stem(stemmer_.get(), reinterpret_cast<const sb_symbol*>(word.data()), static_cast<int>(word.size()));
  if (stemmed == nullptr) return word;  // out of memory: the word itself is the next best term
  return {reinterpret_cast<const char*>(stemmed), static_cast<std::size_t>(sb_stemmer_length(stemmer_.get()))};
}

}  // namespace mnemic::text
