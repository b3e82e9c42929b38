// SPDX-License-Identifier: Apache-2.0
#include "layers/fields.hpp"

#include "core/error.hpp"
#include "core/utf8.hpp"

namespace mnemic::layers {

using core::fail;
constexpr auto kInvalid = StatusCode::kInvalidArgument;

void require_name(std::string_view field, std::string_view text, const Limits& limits) {
  if (text.empty()) fail(kInvalid, "{}: empty", field);
  if (text.size() > limits.name_bytes) fail(kInvalid, "{}: {} bytes, the limit is {}", field, text.size(), limits.name_bytes);
  if (!core::is_valid_utf8(text)) fail(kInvalid, "{}: not UTF-8", field);
  if (text.find('\0') != std::string_view::npos) fail(kInvalid, "{}: holds a NUL", field);
}

void check_sources(const std::vector<MemoryId>& sources, const Limits& limits) {
  if (sources.size() > limits.relations) fail(kInvalid, "sources: {} of them, the limit is {}", sources.size(), limits.relations);
}

void check_outcome(Outcome outcome) {
  if (to_string(outcome) == "unknown" && outcome != Outcome::kUnknown) fail(kInvalid, "outcome: not a known one");
}

Json with_member(const Json& metadata, std::string_view name, Json value, const std::vector<std::string_view>& ours) {
  if (!metadata.is_null() && !metadata.is_object()) fail(kInvalid, "metadata: not an object");
  for (const std::string_view reserved : ours) {
    if (metadata.contains(reserved)) fail(kInvalid, "metadata: its member '{}' is the layer's own", reserved);
  }
  std::vector<Json::Member> members = metadata.members();
  members.emplace_back(name, std::move(value));
  return Json::object(members);
}

}  // namespace mnemic::layers
