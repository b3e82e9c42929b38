// SPDX-License-Identifier: Apache-2.0
// The negative suite: memories that must not be given any more, among many that may, asked for in every way there is. What must not be
// given is the table of kinds.cpp, the ways to ask are that of modes.cpp: a new one is a row more. docs/quality.md, "What must not come back".
#pragma once

#include "cli/hand_clock.hpp"

#include <mnemic/layers/facts.hpp>
#include <mnemic/store.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::cli::negative {

/// Ways to read, as bits.
enum Reads : unsigned {
  kSearch = 1,    ///< what answers a question: recall in every mode, context, why, facts that hold
  kListing = 2,   ///< list, count, related, timeline
  kDirect = 4,    ///< by id, by key, the window of a session, what a write would touch
  kPast = 8,      ///< recall as an earlier change left the store
  kAdmin = 16,    ///< find, history, export, jobs: over every scope, history included
  kGone = kSearch | kListing | kDirect,      ///< no read of a scope, now
  kNeverWas = kGone | kPast | kAdmin,        ///< nor any other
};

/// All is asked before it is over, then after it.
inline constexpr std::chrono::hours kShortLife{1};

/// Who asks.
struct Viewer {
  Namespace name;
  ScopeOptions options = {};
};

/// One memory that is written, found, spoilt, and must then not be given.
struct Case {
  std::size_t number = 0;
  std::string base;     ///< a text like those around it
  std::string token;    ///< one word that stands nowhere else
  std::string text;     ///< the base with the token: what is asked
  Layer layer = Layer::kSemantic;
  std::string key;      ///< "" = none
  std::string session = "planted";
  MemoryId id = {};
  MemoryId anchor = {};    ///< a memory that stays, and has a relation to it
  MemoryId source = {};    ///< what it was derived from, where it was
  bool id_stays = false;   ///< the memory itself may be given, with another text: the token alone counts
  Viewer finder;           ///< finds it before it is spoilt
  Viewer asker;            ///< must not get it afterwards
  // What is asked for afterwards, besides.
  Filter where = {};
  std::vector<Layer> layers = {};
  std::optional<Timestamp> valid_at = {};
  std::optional<Seq> as_of = {};  ///< of reads in the past; unset: the newest change when all is spoilt
};

/// The store of one round.
struct Site {
  std::shared_ptr<HandClock> clock;
  Store store;
  Namespace home{"neg", "ada"};

  /// On the home, or another namespace, with all rights. @throws Error
  [[nodiscard]] Scope scope(const Namespace& name, const ScopeOptions& options = {}) const { return store.scope(name, options).value(); }
  [[nodiscard]] Scope scope() const { return scope(home); }
  [[nodiscard]] Seq seq() const { return store.stats().value().seq; }
};

/// A kind of what must not be given. Both functions may throw Error.
struct Kind {
  std::string_view name;
  std::string_view what;  ///< one line for people
  unsigned absent_from;   ///< Reads
  void (*plant)(Site&, Case&);  ///< writes it, and says who finds it; `asker` is `finder` unless it says another
  void (*spoil)(Site&, Case&);  ///< from now on it must not be given
};
std::span<const Kind> kinds();

/// What an answer held.
class Seen {
 public:
  explicit Seen(const Case& one) : one_(one) {}
  void memory(const Memory& memory);
  void id(const MemoryId& id);
  void text(std::string_view text);
  [[nodiscard]] bool stale() const noexcept { return stale_; }

 private:
  const Case& one_;
  bool stale_ = false;
};

struct Question {
  const Store& store;
  Scope scope;             ///< of the asker, on `store`
  const Case& one;
  Seq as_of = 0;
  std::span<const float> vector;  ///< of the text; empty without an embedder
};

/// A way to ask. `ask` shows everything that was answered to `seen`; it may throw Error, of which kNotFound is an answer without anything.
struct Mode {
  std::string_view name;
  Reads reads;
  void (*ask)(const Question&, Seen& seen);
};
std::span<const Mode> modes();

struct Tally {
  std::size_t asked = 0;
  std::size_t stale = 0;     ///< answers that gave it: must be 0
  std::size_t controls = 0;  ///< asked before it was spoilt
  std::size_t found = 0;     ///< of these, answers that gave it: 0 says that the suite looks at nothing
};

struct Options {
  std::vector<std::size_t> sizes{40, 2'100, 9'000};  ///< memories around them: scored one by one, nominated, and sealed in chunks
  std::size_t per_kind = 6;                          ///< cases of each kind in each size: two of each of three layers
  bool again = true;                                 ///< ask once more after `maintain` did its jobs
  bool spoil = true;                                 ///< false: leave everything as it is, which must then be found: the suite can fail
  std::function<std::string(std::size_t)> text;      ///< the text of memory n; any n
  std::string embedder = "builtin";
  std::span<const Kind> kinds = negative::kinds();
  std::span<const Mode> modes = negative::modes();
  std::function<void(std::uint64_t done, std::uint64_t total)> on_progress;  ///< rounds of asking
};

struct Report {
  std::vector<std::pair<std::string, Tally>> by_kind;  ///< in the order of the table
  std::vector<std::pair<std::string, Tally>> by_mode;  ///< likewise
  Tally all;
  std::vector<std::string> first_stale;  ///< "forgotten, by exact recall, among 2100, in a second handle"; at most 20
  std::vector<std::string> blind;        ///< kinds and modes that found nothing before either: they prove nothing
  [[nodiscard]] bool passed() const { return all.stale == 0 && blind.empty(); }
};

/// Makes a store for each size in a temporary directory, gone afterwards. The same options give the same report.
/// @errors  kCancelled: interrupted. kIo: no temporary directory. Whatever a call of the store that should work answers.
Result<Report> run(const Options& options);

}  // namespace mnemic::cli::negative
