// SPDX-License-Identifier: Apache-2.0
// What the figures were measured on.
#pragma once

#include <mnemic/json.hpp>

#include <filesystem>
#include <optional>

namespace mnemic::cli::bench {

/// `cpu cores memory_bytes kernel file_system build compiler mnemic load`; what cannot be found out is "unknown", or
/// left out when it is a number. `load`: the load average of the last minute. Names neither the host nor a path.
/// @param place  where the store is, or will be.
Json describe_machine(const std::filesystem::path& place);

/// Bytes of this process in memory; Linux alone tells.
std::optional<std::uint64_t> resident_bytes();
/// Hands memory that was freed back to the system, so that what is taken later is seen to grow; glibc only.
void return_freed_memory();

}  // namespace mnemic::cli::bench
