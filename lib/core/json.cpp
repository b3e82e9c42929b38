// SPDX-License-Identifier: Apache-2.0
// Json over nlohmann::ordered_json, which stays private.
#include "core/json_tree.hpp"
#include "core/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mnemic {
namespace {

using Tree = nlohmann::ordered_json;
constexpr auto kReplace = Tree::error_handler_t::replace;

std::shared_ptr<const Json::Node> node_of(Tree tree) {
  return std::make_shared<Json::Node>(Json::Node{std::make_shared<const Tree>(std::move(tree)), {}});
}

const Tree& null_tree() {
  static const Tree tree;
  return tree;
}

/// Deepest nesting of brackets outside strings; counts without recursion, so that it can run before the parser.
std::size_t nesting(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

bool equal(const Tree& a, const Tree& b) {
  if (a.is_number_integer() && b.is_number_integer() && a.is_number_unsigned() != b.is_number_unsigned()) {
    const Tree& one = a.is_number_unsigned() ? b : a;  // the signed one; nlohmann would wrap it around
    if (one.get<std::int64_t>() < 0) return false;
  }
  if (a.is_number() && b.is_number()) return a == b;  // 1 == 1.0
  if (a.type() != b.type()) return false;
  if (a.is_array()) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const Tree& x, const Tree& y) { return equal(x, y); });
  }
  if (a.is_object()) {
    return a.size() == b.size() && std::all_of(a.items().begin(), a.items().end(), [&b](const auto& member) {
             const auto other = b.find(member.key());
             return other != b.end() && equal(member.value(), *other);
           });
  }
  return a == b;
}

bool map_tree(Tree& tree, const std::function<void(std::string&)>& change) {
  if (tree.is_string()) {
    auto& text = tree.get_ref<std::string&>();
    std::string before = text;
    change(text);
    return before != text;
  }
  bool changed = false;
  if (tree.is_structured()) {
    for (auto& child : tree) changed |= map_tree(child, change);
  }
  return changed;
}

bool valid_tree(const Tree& tree) {
  if (tree.is_string()) return core::is_valid_utf8(tree.get_ref<const std::string&>());
  if (tree.is_object()) {
    return std::all_of(tree.items().begin(), tree.items().end(),
                       [](const auto& member) { return core::is_valid_utf8(member.key()) && valid_tree(member.value()); });
  }
  if (tree.is_array()) return std::all_of(tree.begin(), tree.end(), valid_tree);
  return true;
}

std::size_t depth_of_tree(const Tree& tree) {
  if (!tree.is_structured()) return 0;
  std::size_t deepest = 0;
  for (const auto& child : tree) deepest = std::max(deepest, depth_of_tree(child));
  return deepest + 1;
}

}  // namespace

Json::Json() noexcept = default;
Json::Json(bool value) : node_(node_of(Tree(value))) {}
Json::Json(std::int64_t value) : node_(node_of(Tree(value))) {}
Json::Json(std::uint64_t value)
    : node_(node_of(value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
                        ? Tree(static_cast<std::int64_t>(value))
                        : Tree(static_cast<double>(value)))) {}
Json::Json(double value) : node_(std::isfinite(value) ? node_of(Tree(value)) : nullptr) {}
Json::Json(std::string_view value) : node_(node_of(Tree(std::string(value)))) {}
Json::Json(std::shared_ptr<const Node> node) noexcept : node_(std::move(node)) {}
Json::~Json() = default;
Json::Json(const Json&) noexcept = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(const Json&) noexcept = default;
Json& Json::operator=(Json&&) noexcept = default;

namespace {
const Tree& tree_of(const std::shared_ptr<const Json::Node>& node) { return node ? *node->tree : null_tree(); }
}  // namespace

Json Json::object(const std::vector<Member>& members) {
  Tree tree = Tree::object();
  for (const auto& [key, value] : members) tree[key] = tree_of(value.node_);
  return Json(node_of(std::move(tree)));
}
Json Json::object(std::initializer_list<Member> members) { return object(std::vector<Member>(members)); }

Json Json::array(const std::vector<Json>& items) {
  Tree tree = Tree::array();
  for (const Json& item : items) tree.push_back(tree_of(item.node_));
  return Json(node_of(std::move(tree)));
}
Json Json::array(std::initializer_list<Json> items) { return array(std::vector<Json>(items)); }

Result<Json> Json::parse(std::string_view text, std::size_t max_depth) {
  if (nesting(text) > max_depth) {
    return Status(StatusCode::kInvalidArgument, fmt::format("json: nested deeper than {}", max_depth));
  }
  try {
    auto tree = std::make_shared<const Tree>(Tree::parse(text));
    return Json(std::make_shared<Node>(Node{std::move(tree), std::string(text)}));
  } catch (const Tree::parse_error& error) {
    return Status(StatusCode::kInvalidArgument, fmt::format("json: not JSON at byte {}", error.byte));
  } catch (const Tree::out_of_range&) {
    return Status(StatusCode::kInvalidArgument, "json: a number out of range");
  }
}

std::string Json::dump() const {
  if (node_ && !node_->source.empty()) return node_->source;
  return tree_of(node_).dump(-1, ' ', false, kReplace);
}

Json::Type Json::type() const noexcept {
  const Tree& tree = tree_of(node_);
  if (tree.is_null()) return Type::kNull;
  if (tree.is_boolean()) return Type::kBool;
  if (tree.is_number_unsigned()) {
    constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return tree.get<std::uint64_t>() <= kMax ? Type::kInteger : Type::kDouble;
  }
  if (tree.is_number_integer()) return Type::kInteger;
  if (tree.is_number()) return Type::kDouble;
  if (tree.is_string()) return Type::kString;
  return tree.is_array() ? Type::kArray : Type::kObject;
}

bool Json::as_bool(bool fallback) const noexcept { return is_bool() ? tree_of(node_).get<bool>() : fallback; }
std::int64_t Json::as_integer(std::int64_t fallback) const noexcept {
  return type() == Type::kInteger ? tree_of(node_).get<std::int64_t>() : fallback;
}
double Json::as_double(double fallback) const noexcept {
  return is_number() ? tree_of(node_).get<double>() : fallback;
}
std::string Json::as_string(std::string_view fallback) const {
  return is_string() ? tree_of(node_).get<std::string>() : std::string(fallback);
}

std::size_t Json::size() const noexcept { return is_array() || is_object() ? tree_of(node_).size() : 0; }
bool Json::contains(std::string_view key) const noexcept {
  return is_object() && tree_of(node_).find(std::string(key)) != tree_of(node_).end();
}

namespace {
/// A view of one child that keeps the whole tree alive.
std::shared_ptr<const Json::Node> child_of(const std::shared_ptr<const Json::Node>& parent, const Tree& child) {
  return std::make_shared<Json::Node>(Json::Node{std::shared_ptr<const Tree>(parent->tree, &child), {}});
}
}  // namespace

Json Json::operator[](std::string_view key) const {
  if (!is_object()) return {};
  const auto found = node_->tree->find(std::string(key));
  return found == node_->tree->end() ? Json() : Json(child_of(node_, *found));
}
Json Json::at(std::size_t index) const {
  return is_array() && index < size() ? Json(child_of(node_, (*node_->tree)[index])) : Json();
}
std::vector<Json::Member> Json::members() const {
  std::vector<Member> members;
  if (is_object()) {
    for (const auto& member : node_->tree->items()) members.emplace_back(member.key(), Json(child_of(node_, member.value())));
  }
  return members;
}
std::vector<Json> Json::items() const {
  std::vector<Json> items;
  if (is_array()) {
    for (const auto& item : *node_->tree) items.push_back(Json(child_of(node_, item)));
  }
  return items;
}

bool operator==(const Json& a, const Json& b) noexcept { return equal(tree_of(a.node_), tree_of(b.node_)); }

namespace core {

Json map_strings(const Json& json, const std::function<void(std::string&)>& change) {
  if (json.is_null()) return json;
  Tree tree = *json.node().tree;
  if (!map_tree(tree, change)) return json;
  return *Json::parse(tree.dump(-1, ' ', false, kReplace), std::numeric_limits<std::size_t>::max());
}

bool is_valid_json_text(const Json& json) { return json.is_null() || valid_tree(*json.node().tree); }

std::size_t depth_of(const Json& json) { return json.is_null() ? 0 : depth_of_tree(*json.node().tree); }

}  // namespace core
}  // namespace mnemic
