// SPDX-License-Identifier: Apache-2.0
// Ledger: what writers were told is stored, and whether a store agrees. Operations come from a seed, so that a parent
// knows what its child was doing when it died without being told more than a number.
#pragma once

#include "support/random.hpp"

#include <mnemic/scope.hpp>
#include <mnemic/store.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mnemic::test {

/// A word nobody else uses: letters only, no vowel, left alone by a stemmer.
std::string unique_word(std::uint64_t number);

/// A link from the memory of one key to that of another, made or ended.
struct LinkEffect {
  std::string type;
  std::string to;
  bool there = true;
};

/// What one operation does to one key: its new text, or (nothing) that it is forgotten, or to its links only. Keys with a
/// '~' name no memory but a list that grows by one word: the values of a fact, the runs of a skill.
struct Effect {
  Layer layer = Layer::kSemantic;
  std::string key;
  std::optional<std::string> text;
  std::string word;  ///< the unique word in `text`
  std::vector<LinkEffect> links = {};
  bool links_only = false;
};

struct Operation {
  /// kFact: a value that closes the one before. kRun: a run, counted in its skill. kEpisode: an episode with its sources.
  /// kLinked: a memory put with links. kLinks: a batch that puts, links and unlinks.
  enum class Kind : std::uint8_t { kPut, kUpsert, kUpdate, kForget, kAppend, kBatch, kFact, kRun, kEpisode, kLinked, kLinks };
  Kind kind = Kind::kPut;
  std::string session;          ///< of an append
  std::string subject;          ///< of a fact: also the name of a skill
  std::uint64_t number = 0;     ///< grows: where a fact begins
  std::vector<Effect> effects;  ///< all or none of them happen

  /// Keys without which it cannot be done.
  [[nodiscard]] std::vector<std::string> needs() const;
};

class Ledger {
 public:
  struct Entry {
    Layer layer = Layer::kSemantic;
    std::string text;
    std::string word;
    std::uint64_t version = 1;
    std::set<std::pair<std::string, std::string>> links = {};  ///< type, key at the other end
    bool operator==(const Entry&) const = default;
  };
  using Entries = std::map<std::string, Entry>;  // by key; keys are unique over the layers here

  void acknowledge(const Operation& operation) { apply(entries_, operation); }
  [[nodiscard]] const Entries& entries() const noexcept { return entries_; }
  static void apply(Entries& entries, const Operation& operation);

  /// What the scope holds under keys starting with `prefix`, read by paged list, with its links, facts and skills. Whatever
  /// does not fit together (an open value before another, a count that is not that of the runs) is a problem, appended.
  static Entries read(const Scope& scope, const std::string& prefix, std::vector<std::string>& problems);
  /// Compares the scope with this ledger and, when given, an operation that was under way and may have happened or not,
  /// as a whole. What happened is then taken over. @return problems.
  std::vector<std::string> compare(const Scope& scope, const std::string& prefix, const Operation* under_way = nullptr);
  /// Looks up to `limit` of the newest entries under `prefix` up by key and recalls them by their word; of facts the last
  /// value is recalled and the one before is not. @return problems.
  [[nodiscard]] std::vector<std::string> recall(const Scope& scope, const std::string& prefix, std::size_t limit) const;

 private:
  Entries entries_;
};

/// The first difference between two sets of entries; "" when equal.
std::string first_difference(const Ledger::Entries& want, const Ledger::Entries& got);

/// An endless list of operations over keys that start with `prefix`, the same for the same arguments.
class Workload {
 public:
  /// @param kinds  drawn evenly; updates, upserts and forgets become puts while there is nothing to change.
  Workload(std::string prefix, std::uint64_t seed, std::vector<Operation::Kind> kinds);
  Operation next();

 private:
  Effect fresh(Layer layer);
  std::string prefix_;
  Random random_;
  std::vector<Operation::Kind> kinds_;
  std::uint64_t counter_ = 0;
  Ledger ledger_;  // as if all had been acknowledged
};

/// Does one operation; the status is that of its write.
Status perform(const Scope& scope, const Operation& operation, std::optional<Durability> durability = {});

/// `store.check()` as problems.
std::vector<std::string> check_problems(const Store& store);

std::string join(const std::vector<std::string>& lines);

}  // namespace mnemic::test
