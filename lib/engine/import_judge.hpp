// SPDX-License-Identifier: Apache-2.0
// What is to become of one thing in a file, as the store is at this moment.
#pragma once

#include "storage/sqlite/reader.hpp"
#include "transfer/item.hpp"

#include <optional>
#include <string>

namespace mnemic::engine {

/// Of a memory.
enum class Fate : std::uint8_t { kWritten, kReplaced, kUnchanged, kKept };

struct Verdict {
  Fate fate = Fate::kWritten;
  std::string why = {};                               // it is kept
  std::uint64_t last_version = 0;                      // that the store has had of it; 0: none
  std::optional<Seq> ended = {};                       // the version it replaces
  std::optional<std::uint64_t> turn = {};              // that it has now
  std::optional<storage::Record> displaced = {};       // another memory, which has its key and is older
};

/// @param timed  whether the times of `memory` are its own
Verdict judge(storage::Reader& reader, const Memory& memory, bool timed);

/// The memory that is to be forgotten; unset when it is not there, or, and then `why` says so, stays.
std::optional<storage::Record> judge(storage::Reader& reader, const transfer::ForgottenItem& item, std::string& why);

/// When the current version of a memory got what it holds: versions that differ in vectors alone do not count.
Timestamp changed_at(storage::Reader& reader, const Memory& current);

}  // namespace mnemic::engine
