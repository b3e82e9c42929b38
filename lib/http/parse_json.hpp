// SPDX-License-Identifier: Apache-2.0
// JSON from a server that may mean harm.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace mnemic::http {

/// Discarded (`is_discarded`) when `text` is not JSON, holds broken UTF-8, or is nested deeper than 64: printing and
/// copying a tree recurse, and would exhaust the stack.
nlohmann::json parse_json(std::string_view text);

/// Member `name` of an object if it is there and not null.
const nlohmann::json* member(const nlohmann::json& tree, const char* name);

/// What an object says in `error`, which servers send as a text or as an object with `message`; none without one.
std::optional<std::string> error_words(const nlohmann::json& tree);

}  // namespace mnemic::http
