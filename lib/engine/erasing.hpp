// SPDX-License-Identifier: Apache-2.0
// Erasing from inside a transaction, for those who do it besides Admin::erase.
#pragma once

#include "engine/store_impl.hpp"
#include "storage/sqlite/writer.hpp"

#include <mnemic/lifecycle/erasure.hpp>
#include <mnemic/lifecycle/policies.hpp>

#include <vector>

namespace mnemic::engine {

bool is_held(storage::Reader& reader, const std::vector<Policy>& holds, const MemoryId& id);
/// Erases these with what was derived from them alone, but what a hold covers. @return how many
std::size_t erase_unheld(StoreImpl& store, storage::Writer& writer, const std::vector<MemoryId>& ids, const EraseOptions& why);

}  // namespace mnemic::engine
