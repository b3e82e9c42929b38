// SPDX-License-Identifier: Apache-2.0
// Recall in stores that are too large to score everything, against the reference, which does.
#include "reference.hpp"

#include "recall/constants.hpp"
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/made_up.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;
using reference::Answer;
using reference::Ranked;

namespace {

constexpr double kClose = 1e-9;
constexpr std::size_t kSession = 40;  // turns of most

/// A store of conversations and facts, and what is in it.
class Large {
 public:
  explicit Large(std::uint64_t seed) : random_(seed), reference_(embedder_) {
    Options options;
    options.embedder = embedder_;
    options.clock = clock_;
    options.random = seeded_random(seed);
    options.durability = Durability::kRelaxed;
    store_ = std::make_unique<Store>(Store::open(dir_ / "store.db", options).value());
  }

  void put(std::size_t count) {
    std::vector<MemoryInput> inputs;
    for (std::size_t n = 0; n < count; ++n) inputs.push_back(some_input());
    put(inputs);
  }

  void put(const std::vector<MemoryInput>& inputs) {
    Batch batch;
    for (const MemoryInput& input : inputs) batch.put(input);
    const auto written = scope().write(batch);
    REQUIRE_OK(written);
    for (std::size_t i = 0; i < inputs.size(); ++i) remember(inputs[i], (*written)[i].id);
  }

  /// Forgets some, changes the texts and states of others.
  void change(std::size_t count) {
    Batch batch;
    std::set<MemoryId> touched;
    for (std::size_t n = 0; n < count; ++n) {
      const auto one = std::next(entries_.begin(), static_cast<std::ptrdiff_t>(random_.below(entries_.size())));
      if (one->second.memory.expires_at || !touched.insert(one->first).second) continue;  // what has expired cannot be changed
      if (random_.chance(30)) {
        batch.forget(one->first);
        entries_.erase(one);
        continue;
      }
      Memory& m = one->second.memory;
      MemoryChange change;
      if (random_.chance(60)) {
        m.text = made_up_text_about(random_, random_.below(200), kWords, 3, 25);
        change.text = m.text;
        embed(one->second);
      }
      m.state = random_.pick({State::kActive, State::kConfirmed, State::kRejected});
      m.importance = random_.pick({0.25, 0.5, 0.75});
      change.state = m.state;
      change.importance = m.importance;
      batch.update(one->first, change);
    }
    REQUIRE_OK(scope().write(batch));
  }

  void seal() {
    while (store_->maintain({.items = 1000}).value().done > 0) {
    }
  }
  void reopen() {
    Options options;
    options.embedder = embedder_;
    options.clock = clock_;
    options.cache_bytes = random_.chance(50) ? 1 : std::uint64_t{1} << 30;
    store_.reset();
    store_ = std::make_unique<Store>(Store::open(dir_ / "store.db", options).value());
  }

  /// Some words of a memory.
  Query some_query() {
    const auto& one = std::next(entries_.begin(), static_cast<std::ptrdiff_t>(random_.below(entries_.size())))->second.memory;
    return {.text = made_up_question_about(random_, one.text, 3, 6)};
  }
  RecallOptions some_options() {
    RecallOptions options{.k = random_.pick<std::size_t>({1, 10, 10, 30})};
    options.vector_weight = random_.pick({0.0, 0.2, 0.2});
    if (random_.chance(30)) options.valid_at = kStart - std::chrono::hours(random_.below(2000));
    if (random_.chance(20)) options.recency_boost = 0.1;
    if (random_.chance(20)) options.layers = {Layer::kConversational};
    return options;
  }
  Random& random() { return random_; }
  Scope scope() { return store_->scope({"acme", "ada"}).value(); }
  Answer answer(const Query& query, const RecallOptions& options) {
    return reference_.answer(entries_, {{{"acme", "ada"}}, {}, clock_->now()}, query, options);
  }

  /// How recall and the reference agree, over all queries so far.
  std::size_t asked = 0;
  std::size_t hits = 0;
  std::size_t common = 0;
  std::size_t other_scores = 0;  // queries with one: the best vector was missed

  void check(const Query& query, const RecallOptions& options) {
    INFO("query '" << query.text << "' where " << query.where.to_json().dump() << ", k " << options.k << ", weight "
                   << *options.vector_weight);
    const auto got = scope().recall(query, options);
    REQUIRE_OK(got);
    const Answer want = answer(query, options);
    CHECK(got->searched == want.searched);
    std::map<MemoryId, double> scores;
    for (const Ranked& ranked : want.ranked) scores[ranked.id] = ranked.score;
    const auto sure = static_cast<std::size_t>(
        std::count_if(want.hits.begin(), want.hits.end(), [](const Ranked& r) { return r.score > kClose; }));
    REQUIRE(got->hits.size() >= sure);
    REQUIRE(got->hits.size() <= options.k);
    ++asked;
    hits += sure;
    bool others = false;
    for (std::size_t i = 0; i < got->hits.size(); ++i) {
      const Hit& hit = got->hits[i];
      if (i > 0) REQUIRE(got->hits[i - 1].score >= hit.score);
      REQUIRE((scores.contains(hit.memory.id) || hit.score <= kClose));  // visible, and the filter lets it through
      if (i < sure) common += scores[hit.memory.id] >= want.hits[sure - 1].score - kClose ? 1 : 0;
      others |= std::abs(hit.score - scores[hit.memory.id]) > kClose;
    }
    other_scores += others ? 1 : 0;
  }

 private:
  static constexpr std::size_t kWords = 3600;

  MemoryInput some_input() {
    MemoryInput input;
    const std::size_t topic = puts_++ / kSession;
    input.text = made_up_text_about(random_, topic, kWords, 3, 25);
    if (random_.chance(20)) input.text += "?";
    input.event_time = kStart - std::chrono::hours(random_.below(3000));
    if (random_.chance(70)) {
      input.layer = Layer::kConversational;
      input.session = "s" + std::to_string(topic);
      input.author = random_.pick({"ada", "bob"});
    } else if (random_.chance(50)) {
      input.event_end = random_.chance(50) ? kOpenEnd : *input.event_time + std::chrono::hours(random_.below(4000));
    }
    if (random_.chance(20)) input.importance = static_cast<double>(random_.below(65)) / 64;
    if (random_.chance(5)) input.expires_at = kStart + std::chrono::hours(random_.between(-5, 5));
    input.metadata = Json::object({{"n", static_cast<int>(random_.below(1000))}});
    return input;
  }

  void embed(reference::Entry& entry) {
    entry.codes.erase("");
    if (auto codes = reference_.embed_document(entry.memory.text); !codes.empty()) entry.codes[""] = std::move(codes);
  }

  void remember(const MemoryInput& input, MemoryId id) {
    reference::Entry& entry = entries_[id];
    Memory& m = entry.memory;
    m.id = id;
    m.name_space = {"acme", "ada"};
    m.layer = input.layer;
    m.text = input.text;
    m.session = input.session;
    m.author = input.author;
    m.event_time = input.event_time.value_or(clock_->now());
    m.event_end = input.event_end;
    m.expires_at = input.expires_at;
    m.importance = input.importance;
    m.tags = input.tags;
    m.metadata = input.metadata;
    if (!input.session.empty()) m.turn = next_turn_[input.session]++;
    embed(entry);
  }

  TempDir dir_;
  Random random_;
  std::shared_ptr<Embedder> embedder_ = std::make_shared<MadeUpEmbedder>(128);
  reference::Recall reference_;
  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
  std::unique_ptr<Store> store_;
  reference::Entries entries_;
  std::map<std::string, std::uint64_t> next_turn_;
  std::size_t puts_ = 0;
};

void check_some(Large& large, int queries) {
  for (int n = 0; n < queries; ++n) {
    Query query = large.some_query();
    if (large.random().chance(40)) query.where = Filter::metadata("n", Op::kLt, large.random().pick({1, 100, 500, 900}));
    RecallOptions options = large.some_options();
    large.check(query, options);
    if (n % 3 > 0) continue;
    options.exact = true;
    const std::size_t lost = large.hits - large.common;
    const std::size_t others = large.other_scores;
    large.check(query, options);
    CHECK(large.hits - large.common == lost);  // none of these
    CHECK(large.other_scores == others);
  }
}

}  // namespace

TEST_CASE("recall in a large store finds what the reference finds, with its scores") {
  for (const std::uint64_t seed : seeds()) {
    INFO("seed " << seed);
    Large large(seed);
    large.put(recall::kExact + 1000);  // of which some have expired or do not hold
    check_some(large, 10);
    large.put(3000);
    large.change(600);
    check_some(large, 10);
    large.seal();
    large.reopen();
    check_some(large, 10);
    INFO(large.asked << " queries, " << large.hits << " hits, " << large.common << " of them found, other scores in "
                     << large.other_scores);
    CHECK(static_cast<double>(large.common) >= 0.99 * static_cast<double>(large.hits));
    CHECK(large.other_scores <= 1);
  }
}

TEST_CASE("recall in a large store: a filter that keeps one memory in a thousand still gives k hits, the reference's") {
  const std::uint64_t seed = fresh_seed();
  INFO("seed " << seed);
  Large large(seed);
  large.put(5000);
  std::vector<MemoryInput> rare;
  for (int n = 0; n < 12; ++n) rare.push_back({.text = "babak " + made_up_text(large.random(), 3600, 30, 40), .tags = {"rare"}});
  large.put(rare);
  large.put(5000);
  for (const char* text : {"babak", "babak bebak", "babak unheard"}) {  // thousands have it, in shorter texts
    for (const double weight : {0.0, 0.2, 0.5}) {
      const Query query{.text = text, .where = Filter::tag("rare")};
      const RecallOptions options{.k = 10, .vector_weight = weight};
      const auto got = large.scope().recall(query, options).value();
      REQUIRE(got.searched == 12);
      REQUIRE(got.hits.size() == 10);
      large.check(query, options);
    }
  }
  CHECK(large.common == large.hits);
  CHECK(large.other_scores == 0);
}
