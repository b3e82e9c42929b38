// SPDX-License-Identifier: Apache-2.0
// All memories of a user as JSON lines, in a new file that is either whole or not there.
#pragma once

#include <mnemic/scope.hpp>

#include <cstddef>
#include <filesystem>

namespace chatbot {

/// Writes every memory of `scope`, the oldest first, to a new file with mode 0600. Nothing is ever replaced.
/// @return how many. @throws mnemic::Error, std::system_error (EEXIST when there is something at `path`)
std::size_t export_memories(const mnemic::Scope& scope, const std::filesystem::path& path);

}  // namespace chatbot
