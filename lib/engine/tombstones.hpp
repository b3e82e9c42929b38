// SPDX-License-Identifier: Apache-2.0
// Texts that were erased, and must not come back.
#pragma once

#include "engine/store_impl.hpp"
#include "storage/sqlite/writer.hpp"

#include <string>
#include <string_view>

namespace mnemic::engine {

/// The keyed hash of a text as it is compared: without case, accents, and white space other than single spaces between words. "" without
/// a key, and for a text of nothing else.
std::string erasure_hash(const StoreImpl& store, std::string_view text);

/// A write that was refused for its text, to be counted once its transaction is undone.
struct Refused {
  storage::NamespaceId ns = 0;
  std::string hash;
};

}  // namespace mnemic::engine
