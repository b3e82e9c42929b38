// SPDX-License-Identifier: Apache-2.0
// A turn as a memory.
#pragma once

#include <mnemic/memory.hpp>
#include <mnemic/layers/session.hpp>

#include <string>

namespace mnemic::layers {

MemoryInput to_input(const Turn& turn, const std::string& session);
/// What a token counter is shown of a turn.
std::string countable_text(const Memory& turn);

}  // namespace mnemic::layers
