// SPDX-License-Identifier: Apache-2.0
// What is erased by itself: jobs of kind `retain`.
#pragma once

#include "engine/job_context.hpp"
#include "storage/sqlite/writer.hpp"

#include <mnemic/lifecycle/policies.hpp>

#include <functional>

namespace mnemic::engine {

/// Memories for which a retention rule says that their time has come, held ones too, until `each` answers false.
void each_due(storage::Reader& reader, const PolicyInput& rule, Timestamp now, const std::function<bool(const MemoryId&)>& each);
/// Lets the next `maintain` look, however long ago the last one did.
void look_for_due_soon(storage::Writer& writer);

}  // namespace mnemic::engine
