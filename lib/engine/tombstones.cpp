// SPDX-License-Identifier: Apache-2.0
#include "engine/tombstones.hpp"

#include "text/ascii.hpp"
#include "text/fold.hpp"

namespace mnemic::engine {

std::string erasure_hash(const StoreImpl& store, std::string_view text) {
  if (!store.erasure_hash) return {};
  std::string folded;
  text::fold(text, folded);
  std::string compared;
  for (const char c : folded) {
    const bool space = text::is_space(c);
    if (space && (compared.empty() || compared.back() == ' ')) continue;
    compared += space ? ' ' : c;
  }
  if (compared.ends_with(' ')) compared.pop_back();
  return compared.empty() ? std::string() : store.erasure_hash->of(compared);
}

}  // namespace mnemic::engine
