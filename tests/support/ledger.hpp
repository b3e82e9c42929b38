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
#include <string>
#include <vector>

namespace mnemic::test {

/// A word nobody else uses: letters only, no vowel, left alone by a stemmer.
std::string unique_word(std::uint64_t number);

/// What one operation does to one key: its new text, or (nothing) that it is forgotten.
struct Effect {
  Layer layer = Layer::kSemantic;
  std::string key;
  std::optional<std::string> text;
  std::string word;  ///< the unique word in `text`
};

struct Operation {
  enum class Kind : std::uint8_t { kPut, kUpsert, kUpdate, kForget, kAppend, kBatch };
  Kind kind = Kind::kPut;
  std::string session;          ///< of an append
  std::vector<Effect> effects;  ///< all or none of them happen
};

class Ledger {
 public:
  struct Entry {
    Layer layer = Layer::kSemantic;
    std::string text;
    std::string word;
    std::uint64_t version = 1;
    bool operator==(const Entry&) const = default;
  };
  using Entries = std::map<std::string, Entry>;  // by key; keys are unique over the layers here

  void acknowledge(const Operation& operation) { apply(entries_, operation); }
  [[nodiscard]] const Entries& entries() const noexcept { return entries_; }
  static void apply(Entries& entries, const Operation& operation);

  /// What the scope holds under keys starting with `prefix`, read by paged list. Problems are appended.
  static Entries read(const Scope& scope, const std::string& prefix, std::vector<std::string>& problems);
  /// Compares the scope with this ledger and, when given, an operation that was under way and may have happened or not,
  /// as a whole. What happened is then taken over. @return problems.
  std::vector<std::string> compare(const Scope& scope, const std::string& prefix, const Operation* under_way = nullptr);
  /// Looks up to `limit` of the newest entries under `prefix` up by key and recalls them by their word. @return problems.
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
