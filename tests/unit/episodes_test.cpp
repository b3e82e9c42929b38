// SPDX-License-Identifier: Apache-2.0
// Episodes: record, close, get, timeline.
#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::string>;

Timestamp day(int n) { return kStart + std::chrono::hours(24) * n; }

Lines texts(const Timeline& timeline) {
  Lines lines;
  for (const Episode& episode : timeline) lines.push_back(episode.text);
  return lines;
}

}  // namespace

TEST_CASE("episodes: what, when, who, why, outcome and sources come back", "[episodes]") {
  const OpenStore s;
  const MemoryId turn = s.scope.session("s").append(Turn{.author = "ada", .text = "Book it!", .trust = Trust::kUser}).value();
  const MemoryId id = s.scope.episodes()
                          .record({.text = "Booked a table at Lumi",
                                   .start = day(1),
                                   .end = day(1) + 10min,
                                   .who = {"Ben", "Clara"},
                                   .why = "Ada's birthday",
                                   .outcome = Outcome::kSuccess,
                                   .sources = {turn},
                                   .tags = {"food"},
                                   .metadata = Json::object({{"seats", 3}})})
                          .value();
  const Episode episode = s.scope.episodes().get(id).value();
  CHECK(episode.text == "Booked a table at Lumi");
  CHECK(episode.who == Lines{"Ben", "Clara"});
  CHECK(episode.why == "Ada's birthday");
  CHECK(episode.outcome == Outcome::kSuccess);
  CHECK(episode.day == "2026-01-02");
  CHECK_FALSE(episode.open());
  const Memory& memory = episode.memory;
  CHECK(memory.layer == Layer::kEpisodic);
  CHECK(memory.event_time == day(1));
  CHECK(memory.event_end == day(1) + 10min);
  CHECK(memory.trust == Trust::kUser);
  CHECK(memory.metadata["seats"].as_integer() == 3);
  CHECK(memory.text == "Booked a table at Lumi — Ada's birthday — Ben, Clara");
  CHECK(ids_of(s.scope.recall({.text = "birthday with Clara"}).value()).front() == id);  // who and why are searched
  const auto sources = s.scope.related(id, {.type = "derived_from"}).value();
  REQUIRE(sources.size() == 1);
  CHECK(sources[0].memory.id == turn);
  CHECK(s.scope.count(Filter::metadata("episode.outcome", Op::kEq, "success")).value() == 1);
  const Json json = to_json(episode);
  CHECK(json["outcome"].as_string() == "success");
  CHECK(json["who"].size() == 2);
}

TEST_CASE("episodes: a key recorded again replaces the episode", "[episodes]") {
  const OpenStore s;
  const MemoryId id = s.scope.episodes().record({.text = "Moved to Lisbon", .key = "move"}).value();
  CHECK(s.scope.episodes().record({.text = "Moved to Porto", .key = "move"}).value() == id);
  CHECK(texts(s.scope.episodes().timeline().value()) == Lines{"Moved to Porto"});
}

TEST_CASE("episodes: an open one goes on until it is closed", "[episodes]") {
  const OpenStore s;
  const MemoryId id = s.scope.episodes().record({.text = "Fever", .open = true}).value();
  CHECK(s.scope.episodes().get(id).value().open());
  CHECK(to_json(s.scope.episodes().get(id).value())["end"].as_string() == "open");
  CHECK(contains(s.scope.recall({.text = "fever"}).value().context(), "; since 2026-01-01"));
  CHECK(texts(s.scope.episodes().timeline({.from = day(50)}).value()) == Lines{"Fever"});
  s.clock->set(day(3));
  const Episode closed = s.scope.episodes().close(id, {.outcome = Outcome::kSuccess}).value();
  CHECK(closed.memory.event_end == day(3));
  CHECK(closed.memory.version == 2);
  CHECK(closed.outcome == Outcome::kSuccess);
  CHECK(closed.text == "Fever");
  CHECK(s.scope.episodes().timeline({.from = day(50)}).value().items.empty());
  REQUIRE_CODE(s.scope.episodes().close(id), StatusCode::kFailedPrecondition);
  const MemoryId second = s.scope.episodes().record({.text = "Fever", .start = day(2), .open = true}).value();
  REQUIRE_CODE(s.scope.episodes().close(second, {.end = day(1)}), StatusCode::kInvalidArgument);
  CHECK(s.scope.episodes().close(second, {.end = day(2)}).value().memory.event_end == day(2));
  // One that begins in the future ends with its beginning at the earliest.
  const MemoryId third = s.scope.episodes().record({.text = "Trip", .start = day(9), .open = true}).value();
  CHECK(s.scope.episodes().close(third).value().memory.event_end == day(9));
}

TEST_CASE("episodes: a timeline has what overlaps its window", "[episodes]") {
  const OpenStore s;
  const Episodes episodes = s.scope.episodes();
  const auto record = [&](const char* text, int start, std::optional<int> end, bool open = false) {
    episodes.record({.text = text, .start = day(start), .end = end ? std::optional(day(*end)) : std::nullopt, .open = open}).value();
  };
  record("moment", 5, {});
  record("long", 0, 10);
  record("early", 0, 3);
  record("late", 8, 12);
  record("goes on", 2, {}, true);
  record("future", 20, 22);
  s.scope.put({.layer = Layer::kEpisodic, .text = "put", .event_time = day(6)}).value();
  const auto in = [&](std::optional<int> from, std::optional<int> to) {
    return texts(episodes
                     .timeline({.from = from ? std::optional(day(*from)) : std::nullopt, .to = to ? std::optional(day(*to)) : std::nullopt})
                     .value());
  };
  CHECK(in({}, {}) == Lines{"long", "early", "goes on", "moment", "put", "late", "future"});
  CHECK(in(5, 6) == Lines{"long", "goes on", "moment"});
  CHECK(in(3, 5) == Lines{"long", "goes on"});    // "early" ended as the window began
  CHECK(in(10, 20) == Lines{"goes on", "late"});  // "future" begins as it ends
  CHECK(in({}, 1) == Lines{"long", "early"});
  CHECK(in(15, {}) == Lines{"goes on", "future"});
  CHECK(texts(episodes.timeline({.to = day(6), .order = Order::kNewest}).value()) == Lines{"moment", "goes on", "long", "early"});
}

TEST_CASE("episodes: a timeline pages and filters", "[episodes]") {
  const OpenStore s;
  for (int n = 0; n < 5; ++n) {
    s.scope.episodes()
        .record({.text = "e" + std::to_string(n), .start = day(n), .who = {n < 2 ? "Ben" : "Clara", "Dina"}, .outcome = n % 2 == 0 ? Outcome::kSuccess : Outcome::kFailure})
        .value();
  }
  TimelineOptions options{.limit = 2};
  Lines all;
  do {
    const Timeline page = s.scope.episodes().timeline(options).value();
    CHECK(page.items.size() <= 2);
    for (const Episode& episode : page) all.push_back(episode.text);
    options.cursor = page.next;
  } while (!options.cursor.empty());
  CHECK(all == Lines{"e0", "e1", "e2", "e3", "e4"});
  const Filter failed = Filter::metadata("episode.outcome", Op::kEq, "failure");
  CHECK(texts(s.scope.episodes().timeline({.where = failed}).value()) == Lines{"e1", "e3"});
  const Filter with_ben = Filter::metadata("episode.who", Op::kEq, "Ben");
  CHECK(texts(s.scope.episodes().timeline({.where = with_ben}).value()) == Lines{"e0", "e1"});
  CHECK(texts(s.scope.episodes().timeline({.where = !with_ben}).value()) == Lines{"e2", "e3", "e4"});
}

TEST_CASE("episodes: days are those of the scope's zone", "[episodes]") {
  const OpenStore s(still_options({.time_zone = "Asia/Tokyo"}));
  const Scope lisbon = s.store.scope({"acme", "ada"}, {.time_zone = "Europe/Lisbon"}).value();
  const Timestamp start = parse_local_time("2026-07-01 23:30", "Europe/Lisbon").value();
  CHECK(to_string(start) == "2026-07-01T22:30:00Z");
  const MemoryId id = lisbon.episodes().record({.text = "Fado night", .start = start}).value();
  CHECK(lisbon.episodes().get(id).value().day == "2026-07-01");
  CHECK(lisbon.get(id).value().time_zone == "Europe/Lisbon");
  CHECK(s.scope.episodes().get(id).value().day == "2026-07-02");
  CHECK(lisbon.episodes().timeline().value().time_zone == "Europe/Lisbon");
  CHECK(s.scope.episodes().timeline().value().time_zone == "Asia/Tokyo");
  const auto day_of = [&](const char* zone) {
    const auto bound = [zone](const char* text) { return parse_local_time(text, zone).value(); };
    return s.scope.episodes().timeline({.from = bound("2026-07-01"), .to = bound("2026-07-02")}).value().items.size();
  };
  CHECK(day_of("Europe/Lisbon") == 1);
  CHECK(day_of("Asia/Tokyo") == 0);
  CHECK(contains(lisbon.recall({.text = "fado"}).value().context(), "2026-07-01 23:30 WEST"));
  CHECK(lisbon.narrow({.time_zone = "UTC"}).value().episodes().timeline().value().time_zone == "UTC");
  CHECK(lisbon.narrow({}).value().episodes().timeline().value().time_zone == "Europe/Lisbon");
  REQUIRE_CODE(s.store.scope({"x"}, {.time_zone = "Mars/Olympus"}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(lisbon.narrow({.time_zone = "Mars/Olympus"}), StatusCode::kInvalidArgument);
}

TEST_CASE("episodes: bad input names the field and records nothing", "[episodes]") {
  const OpenStore s;
  const auto refused = [&](const EpisodeInput& input, StatusCode code, const std::string& field) {
    const auto result = s.scope.episodes().record(input);
    REQUIRE_CODE(result, code);
    CHECK(contains(result.status().message(), field));
  };
  constexpr auto kInvalid = StatusCode::kInvalidArgument;
  refused({}, kInvalid, "text");
  refused({.text = "x", .start = day(2), .end = day(1)}, kInvalid, "end");
  refused({.text = "x", .end = day(9), .open = true}, kInvalid, "end");
  refused({.text = "x", .end = kOpenEnd}, kInvalid, "end");
  refused({.text = "x", .start = kOpenEnd}, kInvalid, "event_time");
  refused({.text = "x", .who = {"Ben", ""}}, kInvalid, "who");
  refused({.text = "x", .outcome = static_cast<Outcome>(9)}, kInvalid, "outcome");
  refused({.text = "x", .metadata = Json::object({{"episode", 1}})}, kInvalid, "metadata");
  refused({.text = "x", .metadata = Json::array({1})}, kInvalid, "metadata");
  refused({.text = "x", .sources = {MemoryId()}}, StatusCode::kNotFound, "sources");
  refused({.text = "x", .importance = 2}, kInvalid, "importance");
  CHECK(s.scope.count().value() == 0);
  REQUIRE_CODE(s.scope.episodes().timeline({.from = day(2), .to = day(2)}), kInvalid);
  REQUIRE_CODE(s.scope.episodes().timeline({.order = Order::kCreated}), kInvalid);
  REQUIRE_CODE(s.scope.episodes().timeline({.limit = 0}), kInvalid);
  REQUIRE_CODE(s.scope.episodes().timeline({.cursor = "x"}), kInvalid);
  const MemoryId note = s.put("no episode");
  REQUIRE_CODE(s.scope.episodes().get(note), StatusCode::kNotFound);
  REQUIRE_CODE(s.scope.episodes().close(note), StatusCode::kNotFound);
  REQUIRE_CODE(s.scope.episodes().close(MemoryId()), StatusCode::kNotFound);
}
