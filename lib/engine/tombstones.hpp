// SPDX-License-Identifier: Apache-2.0
// Texts that were erased, and must not come back.
#pragma once

#include "engine/store_impl.hpp"
#include "storage/sqlite/writer.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace mnemic::engine {

/// The keyed hash of a text as it is compared: without case, accents, and white space other than single spaces between words. "" without
/// a key, and for a text of nothing else.
std::string erasure_hash(const StoreImpl& store, std::string_view text);

/// Counts a write that was refused, once its transaction is undone.
using CountRefusal = std::function<void(storage::Writer&)>;

}  // namespace mnemic::engine
