// SPDX-License-Identifier: Apache-2.0
// Skills: the procedural layer, what was tried for a goal, how often it worked, and what to try next time.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/scope.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

/// One step of a run: a call of a tool, or something done by other means.
struct Step {
  std::string tool = {};                    ///< "find_order"; not empty
  Json arguments = {};                      ///< what it was called with; kept as a value, not byte for byte
  std::string digest = {};                  ///< a short form of the result, or a hash of it
  std::chrono::milliseconds duration{0};    ///< not negative
};

/// One attempt at a goal, to be recorded. What is stored is a memory of the procedural layer with the run as its content
/// and no text, so that recall finds the skill and not each of its runs.
struct RunInput {
  std::string goal = {};                ///< what it was for, in words; not empty
  std::string skill = {};               ///< runs of one skill have the same name and tools in the same order; "" = the goal
  std::vector<Step> steps = {};         ///< in order; at most Limits::relations
  Outcome outcome = Outcome::kUnknown;
  std::optional<Timestamp> start = {};  ///< the clock's now when unset
  std::vector<MemoryId> sources = {};   ///< the turns it came from, or other memories this scope reads
  std::optional<Trust> trust = {};      ///< never more than the least of its sources; unset: that, or external without any
  std::string session = {};
  std::vector<std::string> tags = {};
  Json metadata = {};                   ///< null or an object; its members `run` and `skill` are ours
};

/// A way of doing something: what its runs have in common, and how they went. A memory of the procedural layer whose text
/// is the goal and the tools, made and counted by `record_run` (`metadata.skill`: `name runs successes failures
/// duration_ms`, the name when one was given). Its runs are `Scope::related(id, {.type = "run_of", .direction = Direction::kIncoming})`.
struct Skill {
  Memory memory;
  std::string name;         ///< as given, or the goal
  std::string goal;         ///< of the run that made it
  std::vector<Step> steps;  ///< of the run recorded last that succeeded, or of the last as long as none did
  std::size_t runs = 0;
  std::size_t successes = 0;
  std::size_t failures = 0;
  std::chrono::milliseconds mean_duration{0};  ///< over all runs, of the sums of their steps
  /// Lower end of the 95 % interval of the share of successes among the runs with a known outcome; 0 without any.
  /// @source Wilson, "Probable inference, the law of succession, and statistical inference", 1927; z = 1.96.
  double confidence = 0;
};

/// What recording a run did.
struct RecordedRun {
  MemoryId run;
  MemoryId skill;
};

struct SkillListOptions {
  Filter where = {};
  std::size_t limit = 100;  ///< skills per page, 1 to Limits::k
  std::string cursor = {};  ///< `SkillPage::next` of the page before; "" = the first
};

/// One page of skills.
struct SkillPage {
  std::vector<Skill> items;
  std::string next;  ///< opaque; "" when this was the last page
  [[nodiscard]] auto begin() const noexcept { return items.begin(); }
  [[nodiscard]] auto end() const noexcept { return items.end(); }
};

struct BestForOptions {
  std::size_t k = 3;            ///< skills wanted, 1 to Limits::k
  double min_similarity = 0.4;  ///< in [0, 1]; raised: fewer skills for goals that are worded differently
  Filter where = {};
};

struct SkillMatch {
  Skill skill;
  double similarity = 0;  ///< of the goals, in [0, 1]: the recall score of the skill, at most 1
  double score = 0;       ///< similarity × (1 + confidence) / 2, in [0, 1]
};

/// The procedural layer of a scope; made by `Scope::skills`. Cheap to copy; safe from many threads; keeps the store alive.
/// Every call may also answer the errors that Scope lists for all of its calls.
class MNEMIC_EXPORT Skills {
 public:
  /// Records a run and counts it in its skill, which is made when there is none, in one commit.
  /// @errors  kInvalidArgument: an empty goal or tool, a negative duration, a limit, a metadata member `run` or `skill`.
  ///          kNotFound: a source, as for Scope::get. Otherwise as Scope::put.
  /// @threads Any. @cost as two puts. @since 0.1
  Result<RecordedRun> record_run(const RunInput& input, const WriteOptions& options = {}) const;

  /// The skills, the one with the newest run first.
  /// @errors  kInvalidArgument: a bad filter, `limit` of 0 or above Limits::k, a cursor of another listing.
  /// @threads Any. @cost O(limit), more for a selective filter. @since 0.1
  Result<SkillPage> list(const SkillListOptions& options = {}) const;

  /// The skills to try for a goal, best first: those whose goal is like it, and of these the ones that are known to work.
  /// Similarity counts more: confidence at most doubles a score. None is not an error.
  /// @errors  kInvalidArgument: an empty or overlong goal, broken UTF-8, `k` of 0 or above Limits::k, `min_similarity`
  ///          outside [0, 1], a bad filter.
  /// @threads Any. @cost one recall in the procedural layer. @since 0.1
  Result<std::vector<SkillMatch>> best_for(std::string_view goal, const BestForOptions& options = {}) const;

  /// One skill.
  /// @errors  kNotFound: as for Scope::get, or it is no skill. @threads Any. @since 0.1
  Result<Skill> get(MemoryId id) const;

 private:
  friend class Scope;
  explicit Skills(std::shared_ptr<const ScopeImpl> scope);
  std::shared_ptr<const ScopeImpl> scope_;
};

/// As JSON: `id name goal steps runs successes failures mean_duration_ms confidence` and `memory`; of a match also
/// `similarity score`. @threads Any. @since 0.1
MNEMIC_EXPORT Json to_json(const Skill& skill);
MNEMIC_EXPORT Json to_json(const SkillMatch& match);

}  // namespace mnemic
