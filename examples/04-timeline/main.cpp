// SPDX-License-Identifier: Apache-2.0
// A timeline of events: moments, intervals that overlap, one that is still open; the days of a zone that is not UTC;
// closing; and asking by person and by outcome.
#include <mnemic/mnemic.hpp>

#include <iostream>
#include <memory>
#include <string_view>

namespace {

using mnemic::Episode;
using mnemic::EpisodeInput;
using mnemic::Filter;
using mnemic::Outcome;
using mnemic::Timestamp;

constexpr std::string_view kZone = "America/New_York";

struct FixedClock : mnemic::Clock {
  Timestamp now() noexcept override { return mnemic::parse_time("2026-05-10T16:00:00Z").value(); }
};

/// A civil time of the zone: "2026-05-08" is its midnight there, which is 04:00 in UTC.
Timestamp local(std::string_view text) {
  return mnemic::parse_local_time(text, kZone).value();
}

/// "05-08 21:30"
std::string shown(Timestamp time) {
  return time == mnemic::kOpenEnd ? "open" : mnemic::to_local_string(time, kZone).substr(5, 11);
}

void show(const char* title, const mnemic::Timeline& timeline) {
  std::cout << title << '\n';
  std::string day;
  for (const Episode& episode : timeline) {
    if (episode.day != day) std::cout << "  " << (day = episode.day) << '\n';
    std::cout << "    " << shown(episode.memory.event_time);
    if (episode.memory.event_end) std::cout << " to " << shown(*episode.memory.event_end);
    std::cout << "  " << episode.text << ", " << to_string(episode.outcome) << '\n';
  }
}

void run() {
  auto store = mnemic::Store::open(":memory:", {.time_zone = std::string(kZone),
                                                .clock = std::make_shared<FixedClock>(),
                                                .random = mnemic::seeded_random(1)})
                   .value();
  const mnemic::Scope trip = store.scope({"acme", "trip"}).value();
  const mnemic::Episodes episodes = trip.episodes();
  const auto record = [&](EpisodeInput episode) {
    episode.tags = episode.who;  // recall finds people by their names, a filter by tags
    return episodes.record(episode).value();
  };

  record({.text = "Hired a van", .start = local("2026-05-08 09:00"), .end = local("2026-05-10 20:00"), .who = {"Ada"}});
  record({.text = "Drove to the lake",
          .start = local("2026-05-08 21:30"),
          .end = local("2026-05-09 01:15"),
          .who = {"Ada", "Ben"},
          .outcome = Outcome::kSuccess});
  record({.text = "Tried to light a fire",
          .start = local("2026-05-08 23:45"),
          .who = {"Ben"},
          .why = "the cabin was cold",
          .outcome = Outcome::kFailure});
  const auto paint =
      record({.text = "Painting the boat", .start = local("2026-05-09 10:00"), .open = true, .who = {"Ben"}});

  // At 23:45 of the 8th there, it is the 9th in UTC: days are those of the zone.
  show("Everything", episodes.timeline().value());
  // What reaches into the 9th: also what began the evening before, and what has not ended.
  show("On the 9th", episodes.timeline({.from = local("2026-05-09"), .to = local("2026-05-10")}).value());

  const auto boat = episodes.close(paint, {.end = local("2026-05-10 11:30"), .outcome = Outcome::kSuccess}).value();
  std::cout << "Closed: " << boat.text << ", " << shown(*boat.memory.event_end) << '\n';

  show("With Ada", episodes.timeline({.where = Filter::tag("Ada")}).value());
  const Filter failed = Filter::metadata("episode.outcome", mnemic::Op::kEq, "failure");
  show("What failed, newest first", episodes.timeline({.where = failed, .order = mnemic::Order::kNewest}).value());
  const auto found = trip.recall({.text = "Was the cabin cold?"}, {.k = 1}).value();
  std::cout << "Recalled: " << found.hits.at(0).memory.text << '\n';
  if (mnemic::Status closed = store.close(); !closed) throw mnemic::Error(closed);
}

}  // namespace

int main() {
  try {
    run();
  } catch (const mnemic::Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.status().code());
  }
  return 0;
}
