// SPDX-License-Identifier: Apache-2.0
// Runs and skills as memories.
#pragma once

#include <mnemic/layers/skills.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace mnemic::layers {

/// Both without sources and trust, which only the transaction knows.
/// @throws StatusError kInvalidArgument
MemoryInput run_input(const RunInput& run, Timestamp now, const Limits& limits);
/// The skill as its first run makes it, not yet counted. Its key is made of the name and the tools.
MemoryInput skill_input(const RunInput& run, Timestamp now);
/// Counts `run` in `skill` (the memory that has its key, or the one to be stored): metadata, and content when the steps
/// are to be those of this run.
void count_run(const RunInput& run, const Json& run_steps, Json& metadata, Json& content);
/// The steps of a run or a skill, as its content has them.
Json steps_of(const Json& content);

/// Unset when it is none.
std::optional<Skill> to_skill(Memory memory);

/// Lower end of the interval of a share: Wilson, 1927, with z = 1.96. 0 when nothing was tried.
double wilson_lower_bound(std::size_t successes, std::size_t trials);

}  // namespace mnemic::layers
