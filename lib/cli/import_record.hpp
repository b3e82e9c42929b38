// SPDX-License-Identifier: Apache-2.0
// One line of an import file as a memory.
#pragma once

#include <mnemic/json.hpp>
#include <mnemic/memory.hpp>

#include <string>

namespace mnemic::cli {

struct ImportRecord {
  std::string scope;  ///< one more namespace segment; "" = none
  MemoryInput input;
};

/// Reads one of the three forms of docs/command-line.md: a labelled-corpus line (it has `_id`), a chat message (it has
/// `role`), or a memory by the field names of MemoryInput. What a form does not know goes into the metadata.
/// @param session  where chat messages go that name no session themselves.
/// @errors  kInvalidArgument: not an object, a field of the wrong type, nothing to store; the message names the field.
Result<ImportRecord> read_record(const Json& line, const std::string& session);

}  // namespace mnemic::cli
