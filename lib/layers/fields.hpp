// SPDX-License-Identifier: Apache-2.0
// Checks and the reserved metadata member that the layers share.
#pragma once

#include <mnemic/json.hpp>
#include <mnemic/options.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace mnemic::layers {

/// @throws StatusError kInvalidArgument when the text is empty, over `Limits::name_bytes`, no UTF-8 or holds a NUL.
void require_name(std::string_view field, std::string_view text, const Limits& limits);

/// @throws StatusError kInvalidArgument when there are more than `Limits::relations`.
void check_sources(const std::vector<MemoryId>& sources, const Limits& limits);
/// @throws StatusError kInvalidArgument when it is none of the enumerators.
void check_outcome(Outcome outcome);

/// `metadata` with `name` as one more member.
/// @throws StatusError kInvalidArgument when it is no object, or has a member of one of the `ours` already.
Json with_member(const Json& metadata, std::string_view name, Json value, const std::vector<std::string_view>& ours);

}  // namespace mnemic::layers
