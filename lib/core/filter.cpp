// SPDX-License-Identifier: Apache-2.0
// Filters: building, checking, and the JSON form.
#include "core/error.hpp"
#include "core/filter_node.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mnemic {
namespace {

using core::fail;
using core::FieldKind;
using Kind = Filter::Node::Kind;
using NodePtr = std::shared_ptr<const Filter::Node>;

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxComparisons = 512;
constexpr std::string_view kMetadataPrefix = "metadata.";

constexpr std::array<std::pair<Op, std::string_view>, 10> kOps{{{Op::kEq, "$eq"},
                                                                {Op::kNe, "$ne"},
                                                                {Op::kGt, "$gt"},
                                                                {Op::kGte, "$gte"},
                                                                {Op::kLt, "$lt"},
                                                                {Op::kLte, "$lte"},
                                                                {Op::kIn, "$in"},
                                                                {Op::kNotIn, "$nin"},
                                                                {Op::kExists, "$exists"},
                                                                {Op::kPrefix, "$prefix"}}};

constexpr std::array<std::pair<std::string_view, FieldKind>, 21> kFields{{
    {"id", FieldKind::kId},           {"key", FieldKind::kText},        {"layer", FieldKind::kLayer},
    {"user", FieldKind::kText},       {"agent", FieldKind::kText},      {"session", FieldKind::kText},
    {"author", FieldKind::kText},     {"state", FieldKind::kState},     {"trust", FieldKind::kTrust},
    {"pinned", FieldKind::kBool},     {"importance", FieldKind::kNumber}, {"strength", FieldKind::kNumber},
    {"turn", FieldKind::kNumber},     {"version", FieldKind::kNumber},  {"tags", FieldKind::kTags},
    {"event_time", FieldKind::kTime}, {"created_at", FieldKind::kTime}, {"updated_at", FieldKind::kTime},
    {"expires_at", FieldKind::kTime}, {"event_end", FieldKind::kTime},  {"time_zone", FieldKind::kText},
}};

bool is_order(Op op) { return op == Op::kGt || op == Op::kGte || op == Op::kLt || op == Op::kLte; }
bool is_set(Op op) { return op == Op::kIn || op == Op::kNotIn; }

/// One value that a field is compared with.
void check_scalar(const Filter::Node& node, FieldKind kind, const Json& value) {
  const auto code = StatusCode::kInvalidArgument;
  const auto need = [&](bool right, std::string_view what) {
    if (!right) fail(code, "filter: {} {} takes {}", node.field, core::op_name(node.op), what);
  };
  if (value.is_string() && !core::is_valid_utf8(value.as_string())) fail(code, "filter: {} is not UTF-8", node.field);
  switch (kind) {
    case FieldKind::kText:
    case FieldKind::kTags: return need(value.is_string(), "a string");
    case FieldKind::kId: return need(value.is_string() && MemoryId::parse(value.as_string()).ok(), "an id");
    case FieldKind::kLayer: return need(value.is_string() && parse_layer(value.as_string()).ok(), "a layer name");
    case FieldKind::kState: return need(value.is_string() && parse_state(value.as_string()).ok(), "a state name");
    case FieldKind::kTrust: return need(value.is_string() && parse_trust(value.as_string()).ok(), "a trust name");
    case FieldKind::kNumber: return need(value.is_number(), "a number");
    case FieldKind::kBool: return need(value.is_bool(), "true or false");
    case FieldKind::kTime: return need(value.is_string() && parse_time(value.as_string()).ok(), "an RFC 3339 time");
    case FieldKind::kMetadata:
      if (is_order(node.op)) return need(value.is_string() || value.is_number(), "a string or a number");
      if (node.op == Op::kPrefix) return need(value.is_string(), "a string");
      return need(!value.is_array() && !value.is_object(), "a string, a number, true, false or null");
    case FieldKind::kUnknown: break;
  }
  fail(StatusCode::kInternal, "filter: unchecked field kind");
}

void check_compare(const Filter::Node& node) {
  const auto code = StatusCode::kInvalidArgument;
  const FieldKind kind = core::field_kind(node.field);
  if (kind == FieldKind::kUnknown) {
    fail(code, "filter: unknown field '{}'", core::is_valid_utf8(node.field) ? node.field : "(not UTF-8)");
  }
  if (kind == FieldKind::kMetadata && core::metadata_path(node.field).empty()) {
    fail(code, "filter: a metadata path has an empty key, or one with a quote, a backslash or a control character");
  }
  const bool ordered = kind == FieldKind::kText || kind == FieldKind::kId || kind == FieldKind::kTrust ||
                       kind == FieldKind::kNumber || kind == FieldKind::kTime || kind == FieldKind::kMetadata;
  const bool prefixed = kind == FieldKind::kText || kind == FieldKind::kTags || kind == FieldKind::kMetadata;
  if ((is_order(node.op) && !ordered) || (node.op == Op::kPrefix && !prefixed)) {
    fail(code, "filter: {} does not go with {}", core::op_name(node.op), node.field);
  }
  if (node.op == Op::kExists) {
    if (!node.value.is_bool()) fail(code, "filter: {} $exists takes true or false", node.field);
  } else if (is_set(node.op)) {
    if (!node.value.is_array()) fail(code, "filter: {} {} takes an array", node.field, core::op_name(node.op));
    for (const Json& item : node.value.items()) check_scalar(node, kind, item);
  } else {
    check_scalar(node, kind, node.value);
  }
}

void check_node(const Filter::Node& node, std::size_t depth, std::size_t& comparisons) {
  if (depth > kMaxDepth) fail(StatusCode::kInvalidArgument, "filter: nested deeper than {}", kMaxDepth);
  if (node.kind == Kind::kCompare) {
    check_compare(node);
    comparisons += is_set(node.op) ? std::max<std::size_t>(1, node.value.size()) : 1;
    if (comparisons > kMaxComparisons) {
      fail(StatusCode::kInvalidArgument, "filter: more than {} comparisons and listed values, at {}", kMaxComparisons, node.field);
    }
  }
  for (const auto& child : node.children) check_node(*child, depth + 1, comparisons);
}

NodePtr group(Kind kind, std::vector<NodePtr> children) {
  if (children.size() == 1 && kind != Kind::kNot) return children.front();
  auto node = std::make_shared<Filter::Node>();
  node->kind = kind;
  node->children = std::move(children);
  return node;
}

NodePtr comparison(std::string_view field, Op op, Json value) {
  auto node = std::make_shared<Filter::Node>();
  node->kind = Kind::kCompare;
  node->field = field;
  node->op = op;
  node->value = std::move(value);
  return node;
}

Op parse_op(std::string_view name) {
  for (const auto& [op, known] : kOps) {
    if (known == name) return op;
  }
  fail(StatusCode::kInvalidArgument, "filter: unknown operator '{}'", core::is_valid_utf8(name) ? name : "(not UTF-8)");
}

NodePtr read(const Json& json, std::size_t depth);

NodePtr read_list(const Json& json, Kind kind, std::string_view name, std::size_t depth) {
  if (!json.is_array()) fail(StatusCode::kInvalidArgument, "filter: {} takes an array of filters", name);
  std::vector<NodePtr> children;
  for (const Json& item : json.items()) children.push_back(read(item, depth + 1));
  return group(kind, std::move(children));
}

NodePtr read(const Json& json, std::size_t depth) {
  if (depth > kMaxDepth) fail(StatusCode::kInvalidArgument, "filter: nested deeper than {}", kMaxDepth);
  if (!json.is_object()) fail(StatusCode::kInvalidArgument, "filter: not an object");
  std::vector<NodePtr> all;
  for (const auto& [name, value] : json.members()) {
    if (name == "$and") {
      all.push_back(read_list(value, Kind::kAnd, name, depth));
    } else if (name == "$or") {
      all.push_back(read_list(value, Kind::kOr, name, depth));
    } else if (name == "$not") {
      all.push_back(group(Kind::kNot, {read(value, depth + 1)}));
    } else if (value.is_object()) {
      if (value.size() == 0) fail(StatusCode::kInvalidArgument, "filter: {} has no operator", name);
      for (const auto& [op, operand] : value.members()) all.push_back(comparison(name, parse_op(op), operand));
    } else {
      all.push_back(comparison(name, Op::kEq, value));
    }
  }
  return group(Kind::kAnd, std::move(all));
}

Json write(const Filter::Node& node) {
  if (node.kind == Kind::kCompare) {
    return Json::object({{node.field, Json::object({{std::string(core::op_name(node.op)), node.value}})}});
  }
  if (node.kind == Kind::kAnd && node.children.empty()) return Json::object(std::vector<Json::Member>{});
  if (node.kind == Kind::kNot) return Json::object({{"$not", write(*node.children.front())}});
  std::vector<Json> items;
  for (const auto& child : node.children) items.push_back(write(*child));
  return Json::object({{node.kind == Kind::kAnd ? "$and" : "$or", Json::array(items)}});
}

}  // namespace

namespace core {

FieldKind field_kind(std::string_view field) {
  if (field.starts_with(kMetadataPrefix)) return FieldKind::kMetadata;
  for (const auto& [name, kind] : kFields) {
    if (name == field) return kind;
  }
  return FieldKind::kUnknown;
}

std::vector<std::string> metadata_path(std::string_view field) {
  field.remove_prefix(kMetadataPrefix.size());
  std::vector<std::string> keys(1);
  for (const char c : field) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) return {};
    if (c == '.') {
      keys.emplace_back();
    } else {
      keys.back() += c;
    }
  }
  const bool fine = is_valid_utf8(field) && std::none_of(keys.begin(), keys.end(), [](const auto& k) { return k.empty(); });
  return fine ? keys : std::vector<std::string>{};
}

std::string_view op_name(Op op) {
  for (const auto& [known, name] : kOps) {
    if (known == op) return name;
  }
  return "$?";
}

}  // namespace core

Filter::Filter() : node_(std::make_shared<Node>()) {}
Filter Filter::where(std::string_view field, Op op, Json value) { return Filter(comparison(field, op, std::move(value))); }
Filter Filter::id(MemoryId id) { return where("id", Op::kEq, id.to_string()); }
Filter Filter::key(std::string_view key) { return where("key", Op::kEq, key); }
Filter Filter::layer(Layer layer) { return where("layer", Op::kEq, to_string(layer)); }
Filter Filter::user(std::string_view user) { return where("user", Op::kEq, user); }
Filter Filter::agent(std::string_view agent) { return where("agent", Op::kEq, agent); }
Filter Filter::session(std::string_view session) { return where("session", Op::kEq, session); }
Filter Filter::author(std::string_view author) { return where("author", Op::kEq, author); }
Filter Filter::tag(std::string_view tag) { return where("tags", Op::kEq, tag); }
Filter Filter::metadata(std::string_view path, Op op, Json value) {
  return where(std::string(kMetadataPrefix) + std::string(path), op, std::move(value));
}
Filter Filter::between(Timestamp from, Timestamp to) {
  return where("event_time", Op::kGte, to_string(from)) && where("event_time", Op::kLt, to_string(to));
}

Filter Filter::all_of(std::vector<Filter> filters) {
  std::vector<NodePtr> nodes;
  for (Filter& filter : filters) {
    if (!filter.matches_everything()) nodes.push_back(std::move(filter.node_));
  }
  return Filter(group(Kind::kAnd, std::move(nodes)));
}
Filter Filter::any_of(std::vector<Filter> filters) {
  std::vector<NodePtr> nodes;
  for (Filter& filter : filters) nodes.push_back(std::move(filter.node_));
  return Filter(group(Kind::kOr, std::move(nodes)));
}
Filter operator&&(const Filter& a, const Filter& b) { return Filter::all_of({a, b}); }
Filter operator||(const Filter& a, const Filter& b) { return Filter::any_of({a, b}); }
Filter operator!(const Filter& a) { return Filter(group(Kind::kNot, {a.node_})); }

Result<Filter> Filter::from_json(const Json& json) {
  try {
    Filter filter(read(json, 0));
    core::take(filter.check());
    return filter;
  } catch (...) {
    return core::current_status();
  }
}
Json Filter::to_json() const { return write(*node_); }
Status Filter::check() const {
  try {
    std::size_t comparisons = 0;
    check_node(*node_, 0, comparisons);
    return {};
  } catch (...) {
    return core::current_status();
  }
}
bool Filter::matches_everything() const noexcept { return node_->kind == Node::Kind::kAnd && node_->children.empty(); }

}  // namespace mnemic
