// SPDX-License-Identifier: Apache-2.0
// Names short enough to type: the last eight digits of a memory's id, which are random.
#pragma once

#include <mnemic/scope.hpp>

#include <string>
#include <string_view>

namespace chatbot {

inline constexpr std::size_t kShownName = 8;
inline constexpr std::size_t kShortestName = 4;  ///< shorter ones are numbers of hits

std::string short_name(mnemic::MemoryId id);

/// The one memory of this scope whose id is `name` or ends with it.
/// @errors kNotFound: none, or several. kInvalidArgument: no id. Otherwise as Scope::list.
mnemic::Result<mnemic::MemoryId> find_by_name(const mnemic::Scope& scope, std::string_view name);

}  // namespace chatbot
