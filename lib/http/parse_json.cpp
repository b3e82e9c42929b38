// SPDX-License-Identifier: Apache-2.0
#include "http/parse_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>

namespace mnemic::http {
namespace {

constexpr std::size_t kMaxDepth = 64;

/// Deepest nesting of brackets outside strings; right for JSON, and harmless for anything else.
std::size_t nesting(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      depth -= std::min<std::size_t>(depth, 1);
    }
  }
  return deepest;
}

}  // namespace

nlohmann::json parse_json(std::string_view text) {
  // Not by the parser's own callback: it takes quadratic time on a long list of objects.
  if (nesting(text) > kMaxDepth) return nlohmann::json(nlohmann::json::value_t::discarded);
  return nlohmann::json::parse(text, nullptr, false);
}

const nlohmann::json* member(const nlohmann::json& tree, const char* name) {
  const auto found = tree.find(name);
  return found == tree.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> error_words(const nlohmann::json& tree) {
  const nlohmann::json* error = member(tree, "error");
  if (error == nullptr) return std::nullopt;
  const nlohmann::json* words = error->is_object() ? member(*error, "message") : error;
  if (words == nullptr) words = error;
  return words->is_string() ? words->get<std::string>() : words->dump();
}

}  // namespace mnemic::http
