// SPDX-License-Identifier: Apache-2.0
// What a Json holds: a shared nlohmann tree, and the text it was parsed from when there was one.
#pragma once

#include <mnemic/json.hpp>

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <string>

namespace mnemic {

struct Json::Node {
  std::shared_ptr<const nlohmann::ordered_json> tree;
  std::string source;  // "" when built, not parsed
};

namespace core {

/// A copy of `json` in which `change` was called on every string value (keys are left alone). The copy prints compactly
/// unless nothing changed, when it is `json` itself.
Json map_strings(const Json& json, const std::function<void(std::string&)>& change);
/// False when a string or key in it is not UTF-8 (possible only in values built, not parsed).
bool is_valid_json_text(const Json& json);
/// Nesting of arrays and objects; a scalar has 0.
std::size_t depth_of(const Json& json);

}  // namespace core
}  // namespace mnemic
