// SPDX-License-Identifier: Apache-2.0
// Facts: the semantic layer as subject, attribute and value, each true for an interval of time.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/scope.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

/// How many values of an attribute can be true of a subject at once. Stored: do not renumber.
enum class Cardinality : std::uint8_t {
  kSingle = 1,  ///< "lives in": a new value closes the one before
  kMany = 2,    ///< "likes": values stand side by side
};

/// What an attribute is, as declared data. Names are compared like subjects: without case, accents and extra spaces.
struct Attribute {
  std::string name = {};
  Cardinality cardinality = Cardinality::kSingle;
};

/// Stored: do not renumber.
enum class FactKind : std::uint8_t {
  kFact = 1,
  kPreference = 2,  ///< what somebody wants or likes, as opposed to what is the case
};

/// Something that is true, to be asserted. What is stored is a memory of the semantic layer whose interval [since, until)
/// is when it holds, and whose `metadata.fact` has `subject attribute value kind`, and `cardinality` when it was stated.
struct FactInput {
  std::string subject = {};    ///< "Ada"; not empty
  std::string attribute = {};  ///< "lives in"; not empty
  std::string value = {};      ///< "Lisbon"; not empty
  FactKind kind = FactKind::kFact;
  std::string text = {};                      ///< a sentence that says it; "" = "<subject> <attribute> <value>"
  std::optional<Cardinality> cardinality = {};  ///< unset: as declared (`Facts::declare`)
  std::optional<Timestamp> since = {};        ///< from when it holds; the clock's now when unset
  std::optional<Timestamp> until = {};        ///< from when it holds no more; unset: until the next known value, or still
  State state = State::kActive;               ///< active, confirmed, or proposed: waits for `confirm` or `reject`
  std::vector<MemoryId> sources = {};         ///< the turns it came from, or other memories this scope reads
  std::optional<Trust> trust = {};            ///< never more than the least of its sources; unset: that, or external without any
  std::string author = {};
  std::string session = {};
  double importance = 0.5;
  bool pinned = false;
  std::vector<std::string> tags = {};
  Json metadata = {};                         ///< null or an object; its member `fact` is ours
};

/// A stored fact.
struct Fact {
  Memory memory;  ///< as stored; it holds in [memory.event_time, memory.event_end)
  std::string subject;
  std::string attribute;
  std::string value;
  FactKind kind = FactKind::kFact;
  Validity holds;
  /// True when it holds at `time` and is not rejected, quarantined, or superseded without an end.
  [[nodiscard]] MNEMIC_EXPORT bool is_true_at(Timestamp time) const noexcept;
};

/// What an assertion did.
struct Asserted {
  MemoryId id;           ///< the fact; the one that stood already when it said the same
  bool known = false;    ///< it stood already, with the same value and for all of the interval: only sources were added
  std::vector<MemoryId> superseded;  ///< facts whose interval it cut or replaced, each now at the end of a `supersedes` relation
  std::vector<MemoryId> conflicts;   ///< other values, left to be decided: firm ones beside a proposal, later proposals beside a firm one
};

struct AboutOptions {
  std::optional<Timestamp> at = {};  ///< the moment they hold at; the clock's now when unset
  std::string attribute = {};        ///< "" = all
  Filter where = {};
  std::size_t limit = 1000;          ///< 1 to Limits::k
};

struct FactListOptions {
  std::optional<Timestamp> at = {};  ///< the moment they hold at; the clock's now when unset
  bool all = false;                  ///< also what does not hold, is rejected or superseded; `at` is not looked at
  Filter where = {};
  std::size_t limit = 100;           ///< facts per page, 1 to Limits::k
  std::string cursor = {};           ///< `FactPage::next` of the page before; "" = the first
};

/// One page of facts.
struct FactPage {
  std::vector<Fact> items;
  std::string next;  ///< opaque; "" when this was the last page
  [[nodiscard]] auto begin() const noexcept { return items.begin(); }
  [[nodiscard]] auto end() const noexcept { return items.end(); }
};

/// The semantic layer of a scope; made by `Scope::facts`. Cheap to copy; safe from many threads; keeps the store alive.
/// Every call may also answer the errors that Scope lists for all of its calls.
///
/// Of a single-valued attribute at most one firm (active or confirmed) value holds at any moment. A firm value takes its time
/// from firm ones, and from proposals that began before it or say the same; with no `until` it reaches to the next firm one.
/// Of a value cut in the middle the rest stands on as a fact of its own. A proposed value takes time from other proposed
/// ones only, until it is confirmed. Of a many-valued attribute the same holds for each value by itself.
class MNEMIC_EXPORT Facts {
 public:
  /// Asserts a fact: closes what it replaces, and writes it with its relations, in one commit.
  /// @errors  kInvalidArgument: an empty or overlong subject, attribute or value, an `until` not after `since`, a state that
  ///          is not active, confirmed or proposed, a limit, a metadata member `fact`. kNotFound: a source, as for
  ///          Scope::get. Otherwise as Scope::put.
  /// @threads Any. Concurrent assertions of one attribute are ordered. @cost as Scope::put, and the values of the attribute.
  /// @since 0.1
  Result<Asserted> assert_fact(const FactInput& input, const WriteOptions& options = {}) const;
  /// Several, in order, in one commit, all or none.
  /// @errors  As above; the message starts with "fact <n>: ", n from 0. kInvalidArgument: more than Limits::batch.
  /// @threads Any. @since 0.1
  Result<std::vector<Asserted>> assert_facts(std::span<const FactInput> inputs, const WriteOptions& options = {}) const;

  /// What is true of a subject, by attribute, then by since, then by id. Proposed facts are among them (`memory.state`).
  /// @errors  kInvalidArgument: an empty or overlong subject, a bad filter, an open `at`, `limit` of 0 or above Limits::k.
  /// @threads Any. @cost grows with what was ever asserted of the subject. @since 0.1
  Result<std::vector<Fact>> about(std::string_view subject, const AboutOptions& options = {}) const;

  /// Every value an attribute of a subject ever had, whatever its state, by since, then by id. An `attribute` of "" is all.
  /// @errors  kInvalidArgument: an empty or overlong subject.
  /// @threads Any. @cost as about. @since 0.1
  Result<std::vector<Fact>> history(std::string_view subject, std::string_view attribute = {}) const;

  /// The facts of this scope, the newest first.
  /// @errors  kInvalidArgument: a bad filter, an open `at`, `limit` of 0 or above Limits::k, a cursor of another listing.
  /// @threads Any. @cost O(limit), more for a selective filter. @since 0.1
  Result<FactPage> list(const FactListOptions& options = {}) const;

  /// One fact.
  /// @errors  kNotFound: as for Scope::get, or it is no fact. @threads Any. @since 0.1
  Result<Fact> get(MemoryId id) const;

  /// Says that a fact holds no more, without a new value. What it was until then stays true of that time.
  /// @param at  from when; unset: the clock's now. Not after its start: it never held.
  /// @errors  kNotFound: unknown, not this scope's own, or no fact. kFailedPrecondition: it was rejected, or had ended by
  ///          then. Otherwise as Scope::update.
  /// @threads Any. @cost one commit. @since 0.1
  Result<Fact> retract(MemoryId id, std::optional<Timestamp> at = {}, const WriteOptions& options = {}) const;

  /// Confirms a proposed (or active) fact: it becomes firm, and closes what it replaces.
  /// @errors  kNotFound: as retract. kFailedPrecondition: rejected or superseded. Otherwise as Scope::update.
  /// @threads Any. @cost one commit. @since 0.1
  Result<Asserted> confirm(MemoryId id, const WriteOptions& options = {}) const;

  /// Refuses a fact: it was never true. It is kept, and never recalled; its value is not learned again (kPermissionDenied, or with
  /// Options::quarantine_erased quarantined) unless it is asserted as State::kConfirmed.
  /// @errors  kNotFound: as retract. Otherwise as Scope::update. @threads Any. @cost one commit. @since 0.1
  Result<Fact> reject(MemoryId id, const WriteOptions& options = {}) const;

  /// Declares attributes for this namespace; a name declared before is replaced. What is asserted later follows it; what
  /// stands is not changed. What nobody declared is as in `default_attributes`, or else single.
  /// @errors  kInvalidArgument: an empty or overlong name, one given twice, more than 1,000. kPermissionDenied: a read-only
  ///          scope. kFailedPrecondition: a read-only store.
  /// @threads Any. @cost one commit. @since 0.1
  Status declare(std::span<const Attribute> attributes, const WriteOptions& options = {}) const;

  /// The attributes declared in this namespace, by name.
  /// @errors  none of its own. @threads Any. @since 0.1
  Result<std::vector<Attribute>> attributes() const;

 private:
  friend class Scope;
  explicit Facts(std::shared_ptr<const ScopeImpl> scope);
  std::shared_ptr<const ScopeImpl> scope_;
};

/// What holds where nothing is declared: a few attributes of English talk that have many values ("likes", "speaks",
/// "is allergic to", …). @threads Any. @since 0.1
MNEMIC_EXPORT std::span<const Attribute> default_attributes() noexcept;

/// Stable lower-case names ("single", "many"; "fact", "preference") and back.
/// @errors  kInvalidArgument (parse_*): an unknown name. @threads Any. @since 0.1
MNEMIC_EXPORT std::string_view to_string(Cardinality cardinality) noexcept;
MNEMIC_EXPORT std::string_view to_string(FactKind kind) noexcept;
MNEMIC_EXPORT Result<Cardinality> parse_cardinality(std::string_view name);
MNEMIC_EXPORT Result<FactKind> parse_fact_kind(std::string_view name);

/// As JSON: `id subject attribute value kind state since until` and `memory`; `until` is left out while it holds.
/// @threads Any. @since 0.1
MNEMIC_EXPORT Json to_json(const Fact& fact);
MNEMIC_EXPORT Json to_json(const Asserted& asserted);

}  // namespace mnemic
