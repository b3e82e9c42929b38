// SPDX-License-Identifier: Apache-2.0
// NaiveStore: what the headers promise, as plain maps and loops. Slow and obvious; it shares no code with the library but
// the value types. Property tests compare the two.
#pragma once

#include <mnemic/batch.hpp>
#include <mnemic/memory.hpp>
#include <mnemic/options.hpp>
#include <mnemic/scope.hpp>
#include <mnemic/layers/session.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mnemic::test {

/// Evaluates the JSON form of a filter as filter.hpp describes it. Throws std::runtime_error on what is no filter.
bool naive_matches(const Json& filter, const Memory& memory);

/// What differs between two memories, vectors aside; "" when nothing does.
std::string difference(const Memory& want, const Memory& got);

/// A fact, as recall sees it: a semantic memory with an interval. Does it hold at this moment?
bool has_validity(const Memory& memory);
bool holds_at(const Memory& memory, Timestamp time);
/// Superseded, and not merely from some moment on: never recalled.
bool is_gone(const Memory& memory);

/// A scope, to the model. `name` is already normalised.
struct NaiveScope {
  Namespace name;
  std::string user, agent, session;
  Access access = Access::kReadWrite;
  Reach reach = Reach::kOwn;
  std::vector<Json> where;  ///< all must match
};

/// The answer of a write to the model: its code, and for a put the id it must keep (unset: a new one).
struct NaivePlan {
  StatusCode code = StatusCode::kOk;
  std::optional<MemoryId> id;
};

class NaiveStore {
 public:
  Timestamp now{};
  std::string time_zone = "UTC";

  // Writes: `plan_*` says what must come out and changes nothing; `apply_*` is called when it was kOk.
  [[nodiscard]] NaivePlan plan_put(const NaiveScope& scope, const MemoryInput& input) const;
  void apply_put(const NaiveScope& scope, const MemoryInput& input, MemoryId id);
  [[nodiscard]] StatusCode plan_update(const NaiveScope& scope, MemoryId id, const UpdateOptions& options,
                                       const MemoryChange& change = {}) const;
  void apply_update(MemoryId id, const MemoryChange& change);
  [[nodiscard]] StatusCode plan_forget(const NaiveScope& scope, MemoryId id) const;
  void apply_forget(MemoryId id);
  /// Ids a forget by filter takes, in order of creation.
  [[nodiscard]] std::vector<MemoryId> forgettable(const NaiveScope& scope, const Json& where) const;
  void grant(const Namespace& reader, const Namespace& target) { grants_.insert({reader, target}); }
  bool revoke(const Namespace& reader, const Namespace& target) { return grants_.erase({reader, target}) > 0; }

  // Relations. One that stands is replaced when its metadata is another, and then is as if made anew.
  [[nodiscard]] StatusCode plan_relate(const NaiveScope& scope, MemoryId from, const RelationInput& relation) const;
  void apply_relate(MemoryId from, const RelationInput& relation);
  [[nodiscard]] StatusCode plan_unrelate(const NaiveScope& scope, MemoryId from) const;
  void apply_unrelate(MemoryId from, const std::string& type, MemoryId to);
  /// In the order they were made; `seq` counts the changes of relations here, and `after` is such a number.
  [[nodiscard]] std::vector<Related> related(const NaiveScope& scope, MemoryId id, const RelatedOptions& options, const Json& where) const;
  [[nodiscard]] const std::vector<Relation>& relations() const noexcept { return relations_; }

  // Sessions.
  [[nodiscard]] NaivePlan plan_append(const NaiveScope& scope, const std::string& session, const Turn& turn) const;
  void apply_append(const NaiveScope& scope, const std::string& session, const Turn& turn, MemoryId id);
  /// Visible turns of one session, oldest first.
  [[nodiscard]] std::vector<Memory> turns(const NaiveScope& scope, const std::string& session) const;
  [[nodiscard]] std::vector<Memory> window(const NaiveScope& scope, const std::string& session, const WindowOptions& options,
                                           const std::function<std::size_t(const std::string&)>& tokens) const;
  [[nodiscard]] std::map<std::string, SessionInfo> sessions(const NaiveScope& scope) const;

  // Reads.
  [[nodiscard]] const Memory* get(const NaiveScope& scope, MemoryId id) const;
  [[nodiscard]] const Memory* get(const NaiveScope& scope, Layer layer, const std::string& key) const;
  [[nodiscard]] std::vector<Memory> list(const NaiveScope& scope, const Json& where, Order order) const;
  /// As list, without what recall does not search: rejected, superseded, quarantined, facts that do not hold at
  /// `valid_at` (unset: now); `layers` empty = all.
  [[nodiscard]] std::vector<Memory> recallable(const NaiveScope& scope, const Json& where, const std::vector<Layer>& layers,
                                               std::optional<Timestamp> valid_at = {}) const;
  /// What the scope could see if nothing ever expired.
  [[nodiscard]] bool reachable(const NaiveScope& scope, MemoryId id) const;
  [[nodiscard]] bool reads(const NaiveScope& scope, const Namespace& name) const;
  [[nodiscard]] bool expired(const Memory& memory) const { return memory.expires_at && *memory.expires_at <= now; }

  [[nodiscard]] const std::vector<Memory>& history(MemoryId id) const { return versions_.at(id); }
  [[nodiscard]] bool known(MemoryId id) const { return versions_.contains(id); }
  [[nodiscard]] bool forgotten(MemoryId id) const { return forgotten_.contains(id); }
  [[nodiscard]] const std::vector<MemoryId>& ids() const noexcept { return order_; }
  [[nodiscard]] std::size_t current_count() const { return versions_.size() - forgotten_.size(); }
  [[nodiscard]] const std::set<std::pair<Namespace, Namespace>>& grants() const noexcept { return grants_; }

 private:
  [[nodiscard]] bool visible(const NaiveScope& scope, const Memory& memory) const;
  [[nodiscard]] const Memory* current(MemoryId id) const;
  [[nodiscard]] const Memory* by_key(const Namespace& name, Layer layer, const std::string& key) const;
  void give_turn(Memory& memory);

  std::map<MemoryId, std::vector<Memory>> versions_;
  std::vector<MemoryId> order_;  // in order of their first write
  std::set<MemoryId> forgotten_;
  std::set<std::pair<Namespace, Namespace>> grants_;
  std::map<std::pair<Namespace, std::string>, std::uint64_t> next_turn_;
  std::vector<Relation> relations_;  // those that stand, in the order they were made
  Seq made_ = 0;
};

}  // namespace mnemic::test
