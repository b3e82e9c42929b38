// SPDX-License-Identifier: Apache-2.0
// What a Filter is made of, and the table of fields it may name.
#pragma once

#include <mnemic/filter.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

struct Filter::Node {
  enum class Kind : std::uint8_t { kAnd, kOr, kNot, kCompare };
  Kind kind = Kind::kAnd;  // kAnd of nothing: everything; kOr of nothing: nothing
  std::vector<std::shared_ptr<const Node>> children;
  std::string field;
  Op op = Op::kEq;
  Json value;
};

namespace core {

/// What the values of a field are.
enum class FieldKind : std::uint8_t { kText, kId, kLayer, kState, kTrust, kNumber, kBool, kTime, kTags, kMetadata, kUnknown };

FieldKind field_kind(std::string_view field);
/// The keys of "metadata.trip.n": {"trip", "n"}; empty when the path is malformed.
std::vector<std::string> metadata_path(std::string_view field);
std::string_view op_name(Op op);

}  // namespace core
}  // namespace mnemic
