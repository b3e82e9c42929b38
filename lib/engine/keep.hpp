// SPDX-License-Identifier: Apache-2.0
// What backup and restore share.
#pragma once

#include "engine/store_impl.hpp"
#include "storage/sqlite/copy.hpp"

#include <memory>
#include <string>

namespace mnemic::engine {

/// A store file as it is, whatever its language, without an embedder.
std::shared_ptr<StoreImpl> open_kept(const std::string& path, const std::string& language, Access access, const storage::FileKeyPtr& key);

/// What `Store::check` does.
CheckReport check_store(StoreImpl& store, bool repair);
/// Verifies a copy that nobody else knows of.
/// @throws StatusError kCorruption: names the first of what is wrong
void verify_copy(StoreImpl& copy);

/// Erases in `restored` what was erased in `replaced`, the store whose place it is about to take: the ledger of erasures is replayed.
/// @return  how many memories were erased
std::size_t replay_erasures(StoreImpl& replaced, StoreImpl& restored);

}  // namespace mnemic::engine
