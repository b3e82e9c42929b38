// SPDX-License-Identifier: Apache-2.0
// JSON from a server that may mean harm.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace mnemic::http {

/// Discarded (`is_discarded`) when `text` is not JSON, holds broken UTF-8, or is nested deeper than 64: printing and
/// copying a tree recurse, and would exhaust the stack.
nlohmann::json parse_json(std::string_view text);

}  // namespace mnemic::http
