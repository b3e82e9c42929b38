// SPDX-License-Identifier: Apache-2.0
// The words that a text is found by.
#include "engine/store_impl.hpp"
#include "storage/tail.hpp"
#include "text/tokenizer.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace mnemic::engine {
namespace {

/// A text of more terms than this counts as the best of its windows of so many: each term with the most that one window has of it. So a
/// book is found by what one of its pages says, and does not outdo short texts by repeating itself from page to page.
constexpr std::size_t kWindowTerms = 1000;

bool is_question(std::string_view text) {
  for (const std::string_view mark : {"?", "\uff1f", "\u061f"}) {
    if (text.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

void tokenize_document(text::TokenizerPool& pool, std::string_view text, storage::Tail& tail) {
  std::vector<std::uint64_t> hashes;
  {
    auto tokenizer = pool.lease();
    for (const std::string& term : tokenizer->tokens(text, text::Side::kDocument)) hashes.push_back(text::term_hash(term));
  }
  tail.question = is_question(text);
  tail.length = static_cast<std::uint32_t>(std::min(hashes.size(), kWindowTerms));
  tail.terms.clear();
  for (auto term = hashes.begin(); term != hashes.end();) {
    const auto end = hashes.end() - term > static_cast<std::ptrdiff_t>(kWindowTerms) ? term + kWindowTerms : hashes.end();
    std::sort(term, end);
    while (term != end) {
      const auto next = std::upper_bound(term, end, *term);
      tail.terms.push_back({*term, static_cast<std::uint32_t>(next - term)});
      term = next;
    }
  }
  if (hashes.size() <= kWindowTerms) return;
  const auto before = [](const auto& a, const auto& b) { return a.term != b.term ? a.term < b.term : a.count > b.count; };
  std::sort(tail.terms.begin(), tail.terms.end(), before);
  const auto same = [](const auto& a, const auto& b) { return a.term == b.term; };
  tail.terms.erase(std::unique(tail.terms.begin(), tail.terms.end(), same), tail.terms.end());
}

}  // namespace mnemic::engine
