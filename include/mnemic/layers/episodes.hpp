// SPDX-License-Identifier: Apache-2.0
// Episodes: the episodic layer, what happened, when, with whom, why, and how it ended.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/scope.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mnemic {

/// Something that happened, to be recorded. What is stored is a memory of the episodic layer whose text is made of
/// `text`, `why` and `who`, whose interval is [start, end), and whose `metadata.episode` holds `text who why outcome`.
struct EpisodeInput {
  std::string text = {};                ///< what happened; not empty
  std::optional<Timestamp> start = {};  ///< the clock's now when unset
  std::optional<Timestamp> end = {};    ///< not before start; unset: it was a moment, or with `open` it goes on
  bool open = false;                    ///< it has begun and not ended: see `close`
  std::vector<std::string> who = {};    ///< who took part
  std::string why = {};
  Outcome outcome = Outcome::kUnknown;
  std::vector<MemoryId> sources = {};   ///< the turns it came from, or other memories this scope reads
  std::optional<Trust> trust = {};      ///< never more than the least of its sources; unset: that, or external without any
  std::string key = {};                 ///< as in MemoryInput: recording it again replaces the episode
  std::string session = {};
  double importance = 0.5;
  bool pinned = false;
  std::vector<std::string> tags = {};
  Json metadata = {};                   ///< null or an object; its member `episode` is ours
};

/// A recorded episode.
struct Episode {
  Memory memory;     ///< as stored; begins at `memory.event_time`
  std::string text;  ///< what happened
  std::vector<std::string> who;
  std::string why;
  Outcome outcome = Outcome::kUnknown;
  std::string day;   ///< the day it began in the scope's zone, "2026-05-08"
  [[nodiscard]] bool open() const noexcept { return memory.event_end == kOpenEnd; }
};

/// How an open episode ended.
struct EpisodeEnd {
  std::optional<Timestamp> end = {};  ///< not before its start; the clock's now when unset
  Outcome outcome = Outcome::kUnknown;  ///< unknown: as it was recorded
};

struct TimelineOptions {
  std::optional<Timestamp> from = {};  ///< episodes that last into [from, to) …
  std::optional<Timestamp> to = {};    ///< … an open bound when unset. `parse_local_time` reads days of a zone
  Filter where = {};
  Order order = Order::kOldest;        ///< by when they began: kOldest or kNewest
  std::size_t limit = 100;             ///< episodes per page, 1 to Limits::k
  std::string cursor = {};             ///< `Timeline::next` of the page before; "" = the first
};

/// One page of a timeline.
struct Timeline {
  std::vector<Episode> items;
  std::string next;       ///< opaque; "" when this was the last page
  std::string time_zone;  ///< the one the days are of
  [[nodiscard]] auto begin() const noexcept { return items.begin(); }
  [[nodiscard]] auto end() const noexcept { return items.end(); }
};

/// The episodic layer of a scope; made by `Scope::episodes`. Cheap to copy; safe from many threads; keeps the store alive.
/// Every call may also answer the errors that Scope lists for all of its calls.
class MNEMIC_EXPORT Episodes {
 public:
  /// Records an episode, with a `derived_from` relation to each of its sources, in one commit.
  /// @errors  kInvalidArgument: an empty text or participant, an end before the start or together with `open`, a limit, a
  ///          metadata member `episode`. kNotFound: a source, as for Scope::get. Otherwise as Scope::put.
  /// @threads Any. @cost as Scope::put. @since 0.1
  Result<MemoryId> record(const EpisodeInput& input, const WriteOptions& options = {}) const;

  /// Ends an open episode.
  /// @return  the episode as it is now.
  /// @errors  kNotFound: unknown, not this scope's own, or no episode. kFailedPrecondition: it has ended already.
  ///          kInvalidArgument: an end before its start. Otherwise as Scope::update.
  /// @threads Any. @cost one commit. @since 0.1
  Result<Episode> close(MemoryId id, const EpisodeEnd& end = {}, const WriteOptions& options = {}) const;

  /// One episode.
  /// @errors  kNotFound: as for Scope::get, or it is no episode. @threads Any. @since 0.1
  Result<Episode> get(MemoryId id) const;

  /// Episodes by when they happened: those that overlap the window, however long before it they began, open ones included.
  /// Ties by id. Memories put into the layer by other means are there too, as a moment unless they have an interval.
  /// @errors  kInvalidArgument: `to` not after `from`, a bad filter, an order by creation, `limit` of 0 or above Limits::k,
  ///          a cursor of another timeline.
  /// @threads Any. @cost grows with the episodes that began before `to`. @since 0.1
  Result<Timeline> timeline(const TimelineOptions& options = {}) const;

 private:
  friend class Scope;
  explicit Episodes(std::shared_ptr<const ScopeImpl> scope);
  std::shared_ptr<const ScopeImpl> scope_;
};

/// As JSON: `id text start end who why outcome day` and `memory`; `end` is "open" while it goes on and left out for a moment.
/// @threads Any. @since 0.1
MNEMIC_EXPORT Json to_json(const Episode& episode);

}  // namespace mnemic
