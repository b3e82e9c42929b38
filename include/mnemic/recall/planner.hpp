// SPDX-License-Identifier: Apache-2.0
// Recall in several passes: how deep, who plans them, and what a deadline leaves out. Included by recall.hpp.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/filter.hpp>
#include <mnemic/status.hpp>
#include <mnemic/types.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

struct Hit;
struct Query;

/// The half-open interval [begin, end) that a query speaks of. Soft: it raises what lies in it and hides nothing.
struct TimeWindow {
  Timestamp begin{};
  Timestamp end{};         ///< after `begin`
  std::string words = {};  ///< of the query, that it was read from; "" when it was given
};

/// How many passes a recall makes.
enum class Depth : std::uint8_t {
  kShallow = 1,  ///< one
  kMulti = 2,    ///< follow-up passes that a Planner makes from the first hits, for questions whose answer is in several places
};

/// What a deadline or a cancel token leaves out, first to last: a later one is left out only with all before it that were
/// asked for. Never left out: the words arm and pinned memories.
enum class Stage : std::uint8_t {
  kRerank = 1,      ///< batches of the reranker not begun yet
  kPasses = 2,      ///< follow-up passes not begun yet
  kDiversity = 3,
  kVector = 4,      ///< the vector arm; also embedding the query, when time is over before it
  kNeighbours = 5,  ///< only when time is over before the words are looked up
};

/// One search of a plan.
struct Pass {
  std::string why = {};                  ///< for people: "entity: Porto"; recorded only, at most Limits::name_bytes
  std::string text = {};                 ///< UTF-8; "" = the query's
  std::vector<Layer> layers = {};        ///< of those the recall is about; empty: all of them
  Filter where = {};                     ///< besides the query's own filter
  std::optional<TimeWindow> window = {};  ///< unset: the query's
  std::size_t new_hits = 0;              ///< in `RecallResult::plan`: hits of the answer that no pass before it had among its k best
};

/// Makes the follow-up passes of Depth::kMulti; built in is one that needs no model. Called on the thread of the call,
/// with no lock held and no transaction open, possibly from several threads at once.
///
/// A memory's score is that of the first pass, plus what follow-up passes add: a small part of its best share of a pass's
/// best score (docs/recall.md). All passes of an answer see one snapshot, `RecallResult::seq`: when
/// the store changed while the planner thought, the passes before are made again.
class MNEMIC_EXPORT Planner {
 public:
  virtual ~Planner();
  /// The passes to make next; none: enough. Called after the first pass, and again after those it asked for, until
  /// `RecallOptions::max_passes` were made. More passes than are left are cut off.
  /// @param query    as given to recall.
  /// @param hits     the answer so far, best first.
  /// @param made     the passes made, the query itself first.
  /// @errors  Any code but kOk fails the recall; so does what is thrown (kInternal). A pass with a text, layer, filter or window
  ///          that a query could not have fails it with kInvalidArgument.
  /// @threads As above. @since 0.1
  virtual Result<std::vector<Pass>> plan(const Query& query, std::span<const Hit> hits, std::span<const Pass> made) = 0;
};

/// Stable lower-case names ("shallow", "multi"; "rerank", "passes", "diversity", "vector", "neighbours") and back.
/// @errors  kInvalidArgument (parse_depth): an unknown name; the message lists the known ones.
/// @threads Any. @since 0.1
MNEMIC_EXPORT std::string_view to_string(Depth depth) noexcept;
MNEMIC_EXPORT std::string_view to_string(Stage stage) noexcept;
MNEMIC_EXPORT Result<Depth> parse_depth(std::string_view name);

/// As JSON, every field by its name above; unset ones are left out. These names are stable.
/// @threads Any. @since 0.1
MNEMIC_EXPORT Json to_json(const TimeWindow& window);
MNEMIC_EXPORT Json to_json(const Pass& pass);

}  // namespace mnemic
