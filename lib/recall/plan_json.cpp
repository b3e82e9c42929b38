// SPDX-License-Identifier: Apache-2.0
// Depth, stages, passes and windows as text and JSON.
#include <mnemic/recall.hpp>

#include <fmt/format.h>

namespace mnemic {

Planner::~Planner() = default;

std::string_view to_string(Depth depth) noexcept {
  switch (depth) {
    case Depth::kShallow: return "shallow";
    case Depth::kMulti: return "multi";
  }
  return "unknown";
}

std::string_view to_string(Stage stage) noexcept {
  switch (stage) {
    case Stage::kRerank: return "rerank";
    case Stage::kPasses: return "passes";
    case Stage::kDiversity: return "diversity";
    case Stage::kVector: return "vector";
    case Stage::kNeighbours: return "neighbours";
  }
  return "unknown";
}

Result<Depth> parse_depth(std::string_view name) {
  for (const Depth depth : {Depth::kShallow, Depth::kMulti}) {
    if (to_string(depth) == name) return depth;
  }
  return Status(StatusCode::kInvalidArgument, "depth: not one of shallow, multi");
}

Json to_json(const TimeWindow& window) {
  std::vector<Json::Member> members{{"begin", to_string(window.begin)}, {"end", to_string(window.end)}};
  if (!window.words.empty()) members.emplace_back("words", window.words);
  return Json::object(members);
}

Json to_json(const Pass& pass) {
  std::vector<Json::Member> members{{"why", pass.why}, {"text", pass.text}};
  if (!pass.layers.empty()) {
    std::vector<Json> layers;
    for (const Layer layer : pass.layers) layers.emplace_back(to_string(layer));
    members.emplace_back("layers", Json::array(layers));
  }
  if (!pass.where.matches_everything()) members.emplace_back("where", pass.where.to_json());
  if (pass.window) members.emplace_back("window", to_json(*pass.window));
  members.emplace_back("new_hits", pass.new_hits);
  return Json::object(members);
}

}  // namespace mnemic
