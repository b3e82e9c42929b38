// SPDX-License-Identifier: Apache-2.0
// Timelines against hours ticked off one by one: which episodes have an hour inside the window.
#include "random_values.hpp"
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/ledger.hpp"
#include "support/naive_store.hpp"
#include "support/random.hpp"

#include <mnemic/layers/episodes.hpp>
#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

constexpr int kHours = 40;
Timestamp time_of(int hour) { return kStart + std::chrono::hours(hour); }

struct Told {
  int ns = 0;
  int start = 0;
  std::optional<int> end;  // unset: a moment; kHours: open
  std::string text, why;
  std::vector<std::string> who, tags;
  Outcome outcome = Outcome::kUnknown;
  Trust trust = Trust::kExternal;
  std::optional<int> expires;
  std::string key;
  std::vector<MemoryId> sources;

  [[nodiscard]] bool takes(int hour) const {
    if (hour == start) return true;
    return end && hour > start && hour < *end;
  }
  [[nodiscard]] bool expired(int now) const { return expires && *expires <= now; }
};

class Machine {
 public:
  explicit Machine(std::uint64_t seed) : random_(seed), clock_(std::make_shared<ManualClock>()) {
    Options options;
    options.embedder = nullptr;
    options.clock = clock_;
    options.random = seeded_random(seed);
    options.time_zone = "Asia/Tokyo";  // nine hours ahead, all year
    store_.emplace(Store::open(":memory:", options).value());
    scopes_ = {store_->scope({"acme", "ada"}).value(), store_->scope({"acme", "bob"}).value()};
    REQUIRE_OK(store_->admin().grant({"acme", "ada"}, {"acme", "bob"}));
    granted_.emplace(store_->scope({"acme", "ada"}, {.reach = Reach::kGranted}).value());
    source_ = scopes_[0].put({.text = "a note", .trust = Trust::kModel}).value();
  }

  void step() {
    if (random_.chance(40)) now_ = std::min(kHours - 1, now_ + static_cast<int>(random_.below(2)));
    clock_->set(time_of(now_));
    switch (random_.below(10)) {
      case 0:
      case 1:
      case 2: return record();
      case 3: return put();
      case 4:
      case 5: return close();
      case 6: return forget();
      default: return read();
    }
  }

  void finish() { REQUIRE(join(check_problems(*store_)) == ""); }

 private:
  void record() {
    Told told;
    told.ns = static_cast<int>(random_.below(2));
    told.text = random_text(random_);
    told.start = now_;
    EpisodeInput in;
    in.text = told.text;
    if (random_.chance(80)) in.start = time_of(told.start = static_cast<int>(random_.below(kHours)));
    if (random_.chance(40)) {
      told.end = told.start + static_cast<int>(random_.below(static_cast<std::size_t>(kHours - told.start)));
      in.end = time_of(*told.end);
    } else if (random_.chance(40)) {
      told.end = kHours;
      in.open = true;
    }
    if (random_.chance(50)) in.who = told.who = {"Ada", random_.pick({"Ben", "Eva"})};
    if (random_.chance(50)) in.why = told.why = random_text(random_);
    in.outcome = told.outcome = random_.pick({Outcome::kUnknown, Outcome::kSuccess, Outcome::kFailure});
    in.tags = told.tags = random_tags(random_);
    if (random_.chance(30)) in.trust = told.trust = random_.pick({Trust::kTool, Trust::kOperator});
    if (told.ns == 0 && random_.chance(30)) {
      in.sources = told.sources = {source_};
      told.trust = in.trust ? std::min(*in.trust, Trust::kModel) : Trust::kModel;
    }
    std::optional<MemoryId> taken;
    if (random_.chance(30)) {
      in.key = told.key = random_.pick({"k1", "k2"});
      for (const auto& [id, other] : told_) {
        if (other.ns == told.ns && other.key == told.key) taken = id;
      }
    }
    const auto id = scopes_[static_cast<std::size_t>(told.ns)].episodes().record(in);
    REQUIRE_OK(id);
    REQUIRE(told_.contains(*id) == taken.has_value());
    if (taken) {
      REQUIRE(*id == *taken);
      for (const auto& source : told_.at(*id).sources) {  // links are written besides those it has
        if (told.sources.empty()) told.sources.push_back(source);
      }
    }
    told_[*id] = told;
    check(*id);
  }

  /// Into the layer by other means.
  void put() {
    Told told;
    told.ns = static_cast<int>(random_.below(2));
    MemoryInput in;
    in.layer = Layer::kEpisodic;
    in.text = told.text = random_text(random_);
    in.event_time = time_of(told.start = static_cast<int>(random_.below(kHours)));
    if (random_.chance(50)) {
      told.end = random_.chance(30) ? kHours : told.start + static_cast<int>(random_.below(6));
      in.event_end = *told.end >= kHours ? kOpenEnd : time_of(*told.end);
      told.end = std::min(*told.end, kHours);
    }
    if (random_.chance(30)) in.expires_at = time_of(*(told.expires = now_ + 1 + static_cast<int>(random_.below(8))));
    in.tags = told.tags = random_tags(random_);
    const auto id = scopes_[static_cast<std::size_t>(told.ns)].put(in);
    REQUIRE_OK(id);
    told_[*id] = told;
    check(*id);
  }

  std::optional<MemoryId> some() {
    if (told_.empty()) return std::nullopt;
    return std::next(told_.begin(), static_cast<std::ptrdiff_t>(random_.below(told_.size())))->first;
  }

  void close() {
    auto id = some();
    for (int tries = 0; id && tries < 4 && told_.at(*id).end != kHours; ++tries) id = some();
    if (!id) return;
    Told& told = told_.at(*id);
    EpisodeEnd end;
    int hour = std::max(now_, told.start);
    if (random_.chance(50)) end.end = time_of(hour = static_cast<int>(random_.below(kHours)));
    end.outcome = random_.pick({Outcome::kUnknown, Outcome::kSuccess, Outcome::kFailure});
    const Episodes episodes = scopes_[static_cast<std::size_t>(told.ns)].episodes();
    const auto got = episodes.close(*id, end);
    if (told.expired(now_)) {
      REQUIRE_CODE(got, StatusCode::kNotFound);
    } else if (told.end != kHours) {
      REQUIRE_CODE(got, StatusCode::kFailedPrecondition);
    } else if (hour < told.start) {
      REQUIRE_CODE(got, StatusCode::kInvalidArgument);
    } else {
      REQUIRE_OK(got);
      told.end = hour;
      if (end.outcome != Outcome::kUnknown) told.outcome = end.outcome;
      compare(*id, told, *got);
      REQUIRE_CODE(episodes.close(*id), StatusCode::kFailedPrecondition);
    }
    REQUIRE_CODE(scopes_[static_cast<std::size_t>(1 - told.ns)].episodes().close(*id), StatusCode::kNotFound);
  }

  void forget() {
    const auto id = some();
    if (!id || told_.at(*id).expired(now_)) return;
    REQUIRE_OK(scopes_[static_cast<std::size_t>(told_.at(*id).ns)].forget(*id));
    told_.erase(*id);
  }

  void compare(const MemoryId& id, const Told& want, const Episode& got) {
    INFO(to_json(got).dump());
    REQUIRE(got.memory.id == id);
    REQUIRE(got.memory.layer == Layer::kEpisodic);
    REQUIRE(got.text == want.text);
    REQUIRE(got.why == want.why);
    REQUIRE(got.who == want.who);
    REQUIRE(got.outcome == want.outcome);
    REQUIRE(got.memory.trust == want.trust);
    REQUIRE(got.memory.tags == want.tags);
    REQUIRE(got.memory.event_time == time_of(want.start));
    REQUIRE(got.open() == (want.end == kHours));
    REQUIRE(got.memory.event_end == (!want.end ? std::nullopt : std::optional(*want.end == kHours ? kOpenEnd : time_of(*want.end))));
    REQUIRE(got.day == to_string(time_of(want.start + 9)).substr(0, 10));
  }

  void check(const MemoryId& id) {
    const Told& told = told_.at(id);
    const Scope& scope = scopes_[static_cast<std::size_t>(told.ns)];
    const auto got = scope.episodes().get(id);
    REQUIRE_OK(got);
    compare(id, told, *got);
    const auto sources = scope.related(id, {.type = "derived_from", .direction = Direction::kOutgoing});
    REQUIRE_OK(sources);
    std::vector<MemoryId> ids;
    for (const auto& one : *sources) ids.push_back(one.memory.id);
    REQUIRE(ids == told.sources);
  }

  void read() {
    const std::size_t whose = random_.below(3);
    const Scope& scope = whose == 2 ? *granted_ : scopes_[whose];
    TimelineOptions options;
    std::optional<int> from, to;
    if (random_.chance(70)) options.from = time_of(*(from = static_cast<int>(random_.below(kHours)) - 2));
    if (random_.chance(70)) {
      to = from.value_or(-2) + 1 + static_cast<int>(random_.below(12));
      options.to = time_of(*to);
    }
    const bool tagged = random_.chance(30);
    if (tagged) options.where = Filter::tag("food");
    options.order = random_.pick({Order::kOldest, Order::kNewest});
    options.limit = random_.pick({1u, 2u, 5u, 1000u});
    std::vector<std::pair<MemoryId, Told>> want;
    for (const auto& [id, told] : told_) {
      if ((whose != 2 && told.ns != static_cast<int>(whose)) || told.expired(now_)) continue;
      if (tagged && std::find(told.tags.begin(), told.tags.end(), "food") == told.tags.end()) continue;
      bool inside = false;
      for (int hour = from.value_or(-1); hour < to.value_or(kHours + 20); ++hour) inside = inside || told.takes(hour) || (told.end == kHours && hour >= told.start);
      if (inside) want.emplace_back(id, told);
    }
    std::sort(want.begin(), want.end(), [&](const auto& a, const auto& b) {
      if (a.second.start != b.second.start) return options.order == Order::kOldest ? a.second.start < b.second.start : a.second.start > b.second.start;
      return a.first < b.first;
    });
    std::size_t at = 0;
    do {
      const auto page = scope.episodes().timeline(options);
      REQUIRE_OK(page);
      REQUIRE(page->items.size() <= options.limit);
      REQUIRE(page->time_zone == "Asia/Tokyo");
      for (const auto& episode : *page) {
        REQUIRE(at < want.size());
        compare(want[at].first, want[at].second, episode);
        ++at;
      }
      options.cursor = page->next;
    } while (!options.cursor.empty());
    REQUIRE(at == want.size());
  }

  Random random_;
  std::shared_ptr<ManualClock> clock_;
  std::optional<Store> store_;
  std::vector<Scope> scopes_;
  std::optional<Scope> granted_;
  MemoryId source_;
  std::map<MemoryId, Told> told_;
  int now_ = 0;
};

}  // namespace

TEST_CASE("timelines: what has an hour in the window is there, in order, on some page") {
  for (const auto seed : seeds()) {
    INFO("seed " << seed);
    for (std::size_t n = 0; n < scaled(4, 40); ++n) {
      Machine machine(seed + 1000 * n);
      for (int step = 0; step < 400; ++step) machine.step();
      machine.finish();
    }
  }
}
