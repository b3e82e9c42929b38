// SPDX-License-Identifier: Apache-2.0
// Filter: one small expression type for recall, list, count and forget, with a JSON form.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/json.hpp>
#include <mnemic/types.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

/// How a field is compared. The JSON names are `$eq $ne $gt $gte $lt $lte $in $nin $exists $prefix`.
enum class Op : std::uint8_t { kEq, kNe, kGt, kGte, kLt, kLte, kIn, kNotIn, kExists, kPrefix };

/// Which memories are meant. Data, not code: it can be stored, sent, printed and combined.
///
/// Fields: `id key layer user agent session author state trust pinned importance strength turn version tags
/// event_time event_end created_at updated_at expires_at time_zone` and `metadata.<path>` (keys joined by dots).
/// - Values keep their JSON type: 2 equals 2.0, but neither "2" nor true. Times are RFC 3339 strings, or "open", which is
///   later than every time. `layer`, `state` and `trust` take their names; `trust` also compares by rank. `pinned` is a boolean.
/// - `tags` matches when any tag does, and a list in the metadata when any of its items does: `{"tags": "food"}`,
///   `{"metadata.episode.who": "Ben"}`; `$ne` and `$nin` when none does.
/// - An absent metadata path, an unset `event_end` or `expires_at` and the `turn` of what is no turn match only `$exists: false`,
///   `$ne` and `$nin`. Texts left empty are empty strings, not absent.
/// - Order comparisons of strings are by UTF-8 bytes.
///
/// JSON form: `{"tags": "food", "metadata.trip.n": {"$gte": 2, "$lt": 9}, "$or": [{…}, {…}], "$not": {…}}`; members of
/// one object are ANDed, as those of `"$and": [{…}, {…}]` are. `{}` matches everything.
///
/// Building never fails; a filter is checked where it is used, and a bad one answers kInvalidArgument naming the field.
/// A plain value; concurrent reads are safe.
class MNEMIC_EXPORT Filter {
 public:
  Filter();  ///< matches everything

  static Filter where(std::string_view field, Op op, Json value);
  static Filter id(MemoryId id);
  static Filter key(std::string_view key);
  static Filter layer(Layer layer);
  static Filter user(std::string_view user);
  static Filter agent(std::string_view agent);
  static Filter session(std::string_view session);
  static Filter author(std::string_view author);
  static Filter tag(std::string_view tag);
  static Filter metadata(std::string_view path, Op op, Json value);  ///< `metadata("trip.n", Op::kGte, 2)`
  static Filter between(Timestamp from, Timestamp to);               ///< event_time in [from, to)

  static Filter all_of(std::vector<Filter> filters);  ///< AND; of none: everything
  static Filter any_of(std::vector<Filter> filters);  ///< OR; of none: nothing
  friend MNEMIC_EXPORT Filter operator&&(const Filter& a, const Filter& b);
  friend MNEMIC_EXPORT Filter operator||(const Filter& a, const Filter& b);
  friend MNEMIC_EXPORT Filter operator!(const Filter& a);

  /// Reads the JSON form.
  /// @errors  kInvalidArgument: an unknown field or operator, a value of the wrong type, nesting over 32, more than 512
  ///          comparisons and listed values together, a metadata path with an empty key or one with a quote, a backslash or a control character.
  /// @threads Any. @cost O(size). @since 0.1
  static Result<Filter> from_json(const Json& json);
  /// The JSON form; `from_json(to_json(f))` matches the same memories.
  /// @threads Any. @since 0.1
  [[nodiscard]] Json to_json() const;
  /// Ok when this filter could be used; otherwise the error its use would give.
  /// @errors  kInvalidArgument: as for `from_json`.
  /// @threads Any. @since 0.1
  [[nodiscard]] Status check() const;
  [[nodiscard]] bool matches_everything() const noexcept;

  struct Node;  // private: the expression tree (lib/core/filter_node.hpp)
  [[nodiscard]] const Node& node() const noexcept { return *node_; }

 private:
  explicit Filter(std::shared_ptr<const Node> node) noexcept : node_(std::move(node)) {}
  std::shared_ptr<const Node> node_;
};

}  // namespace mnemic
