// SPDX-License-Identifier: Apache-2.0
// Recall against the reference over random stores: the same memories in the same order with the same score parts; and the
// same answer from every handle, however it came to know what it knows.
#include "reference.hpp"

#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;
using reference::Answer;
using reference::Ranked;

namespace {

constexpr double kClose = 1e-9;

const std::vector<Namespace>& names() {
  static const std::vector<Namespace> all = {{"acme"}, {"acme", "ada"}, {"acme", "bob"}, {"acme/ada"}, {"zeta"}};
  return all;
}

const std::vector<std::string>& content_words() {
  static const std::vector<std::string> all = {
      "cat",     "cats",   "window", "seat",    "train",   "Lisbon", "green",   "tea",     "coffee", "running",
      "organize", "ran",   "moved",  "meeting", "birthday", "sister", "getUserName", "naïve", "Straße", "mountain",
      "O'Brien's", "e-mail", "zebra", "allergic", "peanuts", "guitar", "lesson", "tuesday", "budget", "garden"};
  return all;
}

const std::vector<std::string>& small_words() {
  static const std::vector<std::string> all = {"the", "is", "and", "my", "where", "what", "does", "not", "to", "you", "金融科技", "テレビ", "1999", "😀"};
  return all;
}

/// At least one word that is no stop word: four equal features would meet in the middle between two codes.
std::string some_text(Random& random, std::size_t most) {
  std::string text = random.pick(content_words());
  for (std::size_t n = random.below(most); n > 0; --n) {
    text += random.chance(10) ? ", " : " ";
    text += random.chance(60) ? random.pick(content_words()) : random.pick(small_words());
  }
  if (random.chance(30)) text += random.pick({"?", "？", "؟", " (?)"});
  if (random.chance(3)) {
    for (int i = 0; i < 200; ++i) text += (random.chance(10) ? ". " : " ") + random.pick(content_words());
  }
  return text;
}

std::vector<float> some_vector(Random& random) {
  std::vector<float> values(8);
  for (float& value : values) value = static_cast<float>(random.between(-1'000'000, 1'000'000)) / 7919.0F;
  values[0] += 0.5F;
  return values;
}

Filter some_filter(Random& random, int depth = 0) {
  switch (random.below(depth < 2 ? 11 : 8)) {
    case 0: return Filter::tag(random.pick({"food", "work"}));
    case 1: return Filter::where("author", Op::kIn, Json::array({"ada", "bob"}));
    case 2: return Filter::metadata("n", Op::kGte, static_cast<int>(random.below(4)));
    case 3: return Filter::session(random.pick({"s1", "s2"}));
    case 4: return Filter::where("importance", Op::kGt, 0.25);
    case 5: return Filter::where("turn", Op::kExists, random.chance(50));
    case 6: return Filter::where("event_time", Op::kLt, to_string(kStart + std::chrono::hours(random.between(-100, 100))));
    case 7: return Filter::where("trust", Op::kGte, "model");
    case 8: return !some_filter(random, depth + 1);
    case 9: return some_filter(random, depth + 1) && some_filter(random, depth + 1);
    default: return some_filter(random, depth + 1) || some_filter(random, depth + 1);
  }
}

/// A store with what was put into it kept beside, by its own rules.
class World {
 public:
  World(std::uint64_t seed, std::shared_ptr<Embedder> embedder)
      : random_(seed), embedder_(std::move(embedder)), reference_(embedder_), clock_(std::make_shared<ManualClock>()) {
    store_ = open();
    early_ = open();
  }

  void change() {
    switch (random_.below(12)) {
      case 0:
      case 1:
      case 2: return put();
      case 3:
      case 4:
      case 5: return append();
      case 6:
      case 7:
      case 8: return update();
      case 9: return forget();
      case 10: return pop();
      default: clock_->advance(std::chrono::minutes(random_.below(600)));
    }
  }

  /// One random query through every handle.
  void check_query() {
    const Asked asked = some_question();
    INFO("query '" << asked.query.text << "' where " << asked.query.where.to_json().dump() << " k " << asked.options.k);
    const auto result = ask(*store_, asked);
    REQUIRE_OK(result);
    const Answer want = reference_.answer(entries_, asked.view, asked.query, asked.options);
    compare(*result, want, asked.options);
    for (int n = 0; n < 6 && !entries_.empty(); ++n) {
      check_why(asked, want, *result, std::next(entries_.begin(), static_cast<std::ptrdiff_t>(random_.below(entries_.size())))->second.memory);
    }
    const auto from_early = ask(*early_, asked);
    REQUIRE_OK(from_early);
    check_same(*result, *from_early);
    if (random_.chance(25)) {
      const auto cold = open();
      const auto from_cold = ask(*cold, asked);
      REQUIRE_OK(from_cold);
      check_same(*result, *from_cold);
    }
  }

  void reopen() {
    store_.reset();
    if (random_.chance(50)) early_.reset();
    store_ = open();
    if (!early_) early_ = open();
  }

  void check_file() const {
    CHECK(store_->check()->clean());
    CHECK(store_->stats()->memories == entries_.size());
  }

 private:
  struct Asked {
    Query query;
    RecallOptions options;
    Namespace name;
    ScopeOptions scope;
    std::optional<Filter> narrowed;
    reference::View view;
  };

  std::unique_ptr<Store> open() {
    Options options;
    options.embedder = embedder_;
    options.clock = clock_;
    options.random = seeded_random(random_.next());
    options.durability = Durability::kRelaxed;
    return std::make_unique<Store>(Store::open(dir_ / "store.db", options).value());
  }
  Scope scope(const Namespace& name) { return store_->scope(name).value(); }

  void embed(reference::Entry& entry) {
    entry.codes.erase("");
    if (auto codes = reference_.embed_document(entry.memory.text); !codes.empty()) entry.codes[""] = std::move(codes);
  }

  void remember(const Namespace& name, const MemoryInput& input, MemoryId id) {
    reference::Entry entry;
    Memory& m = entry.memory;
    m.id = id;
    m.name_space = name;
    m.key = input.key;
    m.layer = input.layer;
    m.text = input.text;
    m.session = input.session;
    m.author = input.author;
    m.event_time = input.event_time.value_or(clock_->now());
    m.event_end = input.event_end;
    m.expires_at = input.expires_at;
    m.importance = input.importance;
    m.pinned = input.pinned;
    m.trust = input.trust;
    m.state = input.state;
    m.tags = input.tags;
    m.metadata = input.metadata;
    const auto before = entries_.find(id);
    if (m.layer == Layer::kConversational && !m.session.empty()) {
      const bool stays = before != entries_.end() && before->second.memory.session == m.session && before->second.memory.turn;
      m.turn = stays ? *before->second.memory.turn : next_turn_[{name, m.session}]++;
    }
    embed(entry);
    for (const Vector& vector : input.vectors) entry.codes[vector.space] = {reference::encode(vector.values)};
    entries_[id] = std::move(entry);
  }

  void put() {
    MemoryInput input;
    input.layer = random_.pick({Layer::kConversational, Layer::kEpisodic, Layer::kProcedural, Layer::kSemantic, Layer::kSemantic, Layer::kSemantic});
    input.text = some_text(random_, 14);
    if (random_.chance(30)) input.key = "k" + std::to_string(random_.below(6));
    if (random_.chance(30)) input.session = random_.pick({"s1", "s2"});
    if (random_.chance(40)) input.author = random_.pick({"ada", "bob", "eve"});
    if (random_.chance(50)) input.event_time = kStart + std::chrono::minutes(random_.between(-100'000, 10'000));
    if (random_.chance(40)) input.event_end = some_end(input.event_time.value_or(clock_->now()));
    if (random_.chance(25)) input.expires_at = clock_->now() + std::chrono::minutes(random_.between(-10, 3000));
    if (random_.chance(30)) input.importance = static_cast<double>(random_.below(65)) / 64;
    if (random_.chance(10)) input.pinned = true;
    if (random_.chance(30)) input.trust = random_.pick({Trust::kModel, Trust::kUser});
    if (random_.chance(25)) {
      input.state = random_.pick({State::kProposed, State::kConfirmed, State::kRejected, State::kSuperseded, State::kQuarantined});
    }
    if (random_.chance(40)) input.tags = {random_.pick({"food", "work"})};
    if (random_.chance(40)) input.metadata = Json::object({{"n", static_cast<int>(random_.below(5))}});
    if (random_.chance(25)) {
      input.vectors = {{"mine", some_vector(random_)}};
      if (random_.chance(20)) input.text.clear();
    }
    const Namespace& name = random_.pick(names());
    const auto id = scope(name).put(input);
    REQUIRE_OK(id);
    remember(name, input, *id);
  }

  std::optional<Timestamp> some_end(Timestamp start) {
    if (random_.chance(40)) return kOpenEnd;
    return start + std::chrono::minutes(random_.pick({0, 1, 5000, 50'000, 100'000}));
  }

  void append() {
    const Namespace& name = random_.pick(names());
    const std::string session = random_.pick({"s1", "s2", "s3"});
    std::vector<Turn> turns;
    for (std::size_t n = 1 + random_.below(5); n > 0; --n) {
      turns.push_back(Turn{.author = random_.pick({"ada", "bob", ""}), .text = some_text(random_, 10), .trust = Trust::kUser});
    }
    const auto ids = scope(name).session(session).append(turns);
    REQUIRE_OK(ids);
    for (std::size_t i = 0; i < turns.size(); ++i) {
      MemoryInput input;
      input.layer = Layer::kConversational;
      input.text = turns[i].text;
      input.author = turns[i].author;
      input.session = session;
      input.trust = Trust::kUser;
      remember(name, input, (*ids)[i]);
    }
  }

  /// A memory that a scope of its own namespace sees now.
  reference::Entry* someone() {
    std::vector<reference::Entry*> living;
    for (auto& [id, entry] : entries_) {
      if (!entry.memory.expires_at || *entry.memory.expires_at > clock_->now()) living.push_back(&entry);
    }
    return living.empty() ? nullptr : random_.pick(living);
  }

  void update() {
    reference::Entry* const entry = someone();
    if (entry == nullptr) return;
    Memory& m = entry->memory;
    MemoryChange change;
    if (random_.chance(50)) change.text = some_text(random_, 12);
    if (random_.chance(20)) change.author = random_.pick({"ada", "bob"});
    if (random_.chance(20)) change.importance = static_cast<double>(random_.below(65)) / 64;
    if (random_.chance(30)) change.state = random_.pick({State::kActive, State::kActive, State::kConfirmed, State::kRejected, State::kSuperseded, State::kQuarantined});
    if (random_.chance(15)) change.event_time = kStart + std::chrono::minutes(random_.between(-100'000, 10'000));
    if (random_.chance(15)) change.event_end = std::optional<Timestamp>();
    if (random_.chance(20) || (change.event_time && m.event_end)) change.event_end = some_end(change.event_time.value_or(m.event_time));
    if (random_.chance(15)) change.pinned = random_.chance(50);
    if (random_.chance(15)) change.tags = std::vector<std::string>{"work"};
    if (random_.chance(15)) change.metadata = Json::object({{"n", static_cast<int>(random_.below(5))}});
    if (random_.chance(15)) change.expires_at = std::optional(clock_->now() + std::chrono::minutes(random_.between(1, 3000)));
    if (random_.chance(10)) change.expires_at = std::optional<Timestamp>();
    if (random_.chance(15)) change.vectors = {{"mine", some_vector(random_)}};
    REQUIRE_OK(scope(m.name_space).update(m.id, change));
    const auto set = [](auto& field, const auto& value) {
      if (value) field = *value;
    };
    set(m.text, change.text);
    set(m.author, change.author);
    set(m.importance, change.importance);
    set(m.state, change.state);
    set(m.event_time, change.event_time);
    set(m.event_end, change.event_end);
    set(m.pinned, change.pinned);
    set(m.tags, change.tags);
    set(m.metadata, change.metadata);
    set(m.expires_at, change.expires_at);
    if (change.text) embed(*entry);
    for (const Vector& vector : change.vectors) entry->codes[vector.space] = {reference::encode(vector.values)};
  }

  void forget() {
    reference::Entry* const entry = someone();
    if (entry == nullptr) return;
    const MemoryId id = entry->memory.id;
    REQUIRE_OK(scope(entry->memory.name_space).forget(id));
    entries_.erase(id);
  }

  void pop() {
    const Namespace& name = random_.pick(names());
    const auto taken = scope(name).session(random_.pick({"s1", "s2", "s3"})).pop(random_.below(3));
    REQUIRE_OK(taken);
    for (const Memory& memory : *taken) entries_.erase(memory.id);
  }

  Asked some_question() {
    Asked asked;
    Query& query = asked.query;
    const bool known_space = std::any_of(entries_.begin(), entries_.end(), [](const auto& e) { return e.second.codes.contains("mine"); });
    if (known_space && random_.chance(25)) query.vector = Vector{"mine", some_vector(random_)};
    if (!query.vector || random_.chance(60)) {
      query.text = some_text(random_, 6);
      if (random_.chance(10)) query.text = "xylophone quagmire";  // no memory has such a word
      if (random_.chance(5)) query.text = "...";
      if (random_.chance(20)) query.text += random_.pick({" Ada", " bob's", " of EVE?"});
    }
    if (random_.chance(40)) query.where = some_filter(random_);
    RecallOptions& options = asked.options;
    options.time_expressions = false;  // the reference reads no dates
    if (random_.chance(25)) {
      const Timestamp begin = kStart + std::chrono::hours(random_.between(-200, 100));
      options.window = TimeWindow{begin, begin + std::chrono::hours(1 + random_.below(1000)), {}};
      options.window_boost = static_cast<double>(random_.below(101)) / 100;
    }
    options.k = random_.pick({1, 3, 10, 50, 1000});
    if (random_.chance(30)) options.layers.push_back(Layer::kConversational);
    if (random_.chance(20)) options.layers.push_back(Layer::kSemantic);
    if (random_.chance(45)) options.valid_at = kStart + std::chrono::minutes(random_.between(-100'000, 20'000));
    if (random_.chance(50)) {
      std::size_t left = options.k;
      for (const Layer layer : {Layer::kSemantic, Layer::kConversational, Layer::kProcedural, Layer::kEpisodic}) {
        if (random_.chance(40)) continue;
        LayerQuota quota{.layer = layer};
        if (random_.chance(50)) quota.weight = random_.pick({0.0, 0.5, 2.0, 100.0});
        if (random_.chance(40)) quota.at_least = random_.below(std::min<std::size_t>(left, 4) + 1);
        if (random_.chance(40)) quota.at_most = quota.at_least + random_.below(4);
        left -= quota.at_least;
        options.per_layer.push_back(quota);
      }
      if (random_.chance(30)) std::reverse(options.per_layer.begin(), options.per_layer.end());
    }
    if (random_.chance(40)) options.recency_boost = static_cast<double>(random_.below(101)) / 100;
    if (random_.chance(40)) options.recency_half_life = std::chrono::hours(1 + random_.below(2000));
    if (random_.chance(40)) options.author_boost = static_cast<double>(random_.below(101)) / 100;
    if (random_.chance(40)) options.importance_boost = static_cast<double>(random_.below(101)) / 100;
    if (random_.chance(30)) options.vector_weight = static_cast<double>(random_.below(101)) / 100;

    asked.name = random_.pick(names());
    asked.view.now = clock_->now();
    asked.view.namespaces = {asked.name};
    if (random_.chance(30)) {
      asked.scope.reach = Reach::kSubtree;
      for (const Namespace& name : names()) {
        if (asked.name.contains(name)) asked.view.namespaces.insert(name);
      }
    } else if (random_.chance(20)) {
      asked.scope.reach = Reach::kGranted;
      const Namespace& target = random_.pick(names());
      if (target != asked.name && random_.chance(70)) {
        REQUIRE_OK(store_->admin().grant(asked.name, target));
        grants_.insert({asked.name, target});
      } else if (grants_.erase({asked.name, target}) > 0) {
        REQUIRE_OK(store_->admin().revoke(asked.name, target));
      }
      for (const auto& [reader, granted] : grants_) {
        if (reader == asked.name) asked.view.namespaces.insert(granted);
      }
    }
    if (random_.chance(30)) {
      asked.scope.where = some_filter(random_);
      asked.view.where.push_back(asked.scope.where.to_json());
    }
    if (random_.chance(20)) {
      asked.narrowed = some_filter(random_);
      asked.view.where.push_back(asked.narrowed->to_json());
    }
    return asked;
  }

  static Result<Scope> scope_of(const Store& store, const Asked& asked) {
    auto scope = store.scope(asked.name, asked.scope);
    if (scope && asked.narrowed) scope = scope->narrow({.reach = asked.scope.reach, .where = *asked.narrowed});
    return scope;
  }
  static Result<RecallResult> ask(const Store& store, const Asked& asked) {
    const auto scope = scope_of(store, asked);
    if (!scope) return scope.status();
    return scope->recall(asked.query, asked.options);
  }
  static Result<Explanation> why(const Store& store, const Asked& asked, const MemoryId& id) {
    const auto scope = scope_of(store, asked);
    if (!scope) return scope.status();
    return scope->why(asked.query, id, asked.options);
  }

  /// The reference's word on one memory: verdict, rank, score, cut.
  void check_why(const Asked& asked, const Answer& want, const RecallResult& result, const Memory& m) {
    INFO("why " << m.id.to_string() << " '" << m.text << "'");
    const auto told = why(*store_, asked, m.id);
    const bool seen = asked.view.namespaces.contains(m.name_space) &&
                      std::all_of(asked.view.where.begin(), asked.view.where.end(), [&](const Json& where) { return naive_matches(where, m); });
    if (!seen) {
      REQUIRE_CODE(told, StatusCode::kNotFound);
      return;
    }
    REQUIRE_OK(told);
    INFO("verdict " << to_string(told->verdict) << ": " << told->reason);
    using enum Explanation::Verdict;
    const RecallOptions& options = asked.options;
    const Timestamp valid_at = options.valid_at.value_or(asked.view.now);
    std::set<Explanation::Verdict> kept_out;
    if (m.expires_at && *m.expires_at <= asked.view.now) kept_out.insert(kExpired);
    if (m.state == State::kRejected || m.state == State::kQuarantined || is_gone(m)) kept_out.insert(kState);
    if (has_validity(m) && !holds_at(m, valid_at)) kept_out.insert(kNotHolding);
    const bool asked_layer = options.layers.empty() || std::find(options.layers.begin(), options.layers.end(), m.layer) != options.layers.end();
    const bool filtered = !asked_layer || !naive_matches(asked.query.where.to_json(), m) || reference::Recall::quota_of(options, m.layer).weight == 0;
    if (filtered) kept_out.insert(kFiltered);
    const bool hit = std::any_of(result.hits.begin(), result.hits.end(), [&](const Hit& h) { return h.memory.id == m.id; });
    REQUIRE((told->verdict == kHit) == hit);
    if (!kept_out.empty()) {
      REQUIRE(kept_out.contains(told->verdict));
      REQUIRE_FALSE(told->rank.has_value());
      return;
    }
    const auto place = std::find_if(want.ranked.begin(), want.ranked.end(), [&](const Ranked& r) { return r.id == m.id; });
    if (place == want.ranked.end() || place->score <= kClose) {
      if (place == want.ranked.end()) REQUIRE(told->score <= kClose);
      return;
    }
    REQUIRE(told->rank.has_value());
    std::map<MemoryId, double> scores;
    for (const Ranked& ranked : want.ranked) scores[ranked.id] = ranked.score;
    check_rank(*told->rank, place->score, scores);
    CHECK(std::abs(told->score - place->score) <= kClose);
    if (!has_noise(want)) CHECK(std::abs(told->cut - want.cut) <= kClose);
    CHECK(std::abs(told->parts.layer - place->parts.layer) <= kClose);
    CHECK(told->matched.empty() == !place->parts.bm25.has_value());
    if (hit) return;
    // Left out by the quotas when its rank or its score would have made it a hit.
    if (told->verdict == kQuota) {
      CHECK((*told->rank <= options.k || place->score > want.cut - kClose));
      CHECK_FALSE(options.per_layer.empty());
    } else {
      CHECK(told->verdict == kBelowCut);
      CHECK(*told->rank > options.k);
      CHECK(place->score <= want.cut + kClose);
    }
  }

  /// Scores that are nothing but rounding: one side may rank them and the other not.
  static bool has_noise(const Answer& want) {
    return std::any_of(want.ranked.begin(), want.ranked.end(), [](const Ranked& r) { return r.score <= kClose; });
  }

  static void compare(const RecallResult& got, const Answer& want, const RecallOptions& options) {
    const std::size_t k = options.k;
    CHECK(got.searched == want.searched);
    std::vector<MemoryId> pinned;
    for (const Memory& memory : got.pinned) pinned.push_back(memory.id);
    CHECK(pinned == want.pinned);

    const auto sure = static_cast<std::size_t>(
        std::count_if(want.hits.begin(), want.hits.end(), [](const Ranked& r) { return r.score > kClose; }));
    REQUIRE(got.hits.size() >= std::min(k, sure));
    REQUIRE(got.hits.size() <= std::min(k, want.searched));
    for (const Hit& hit : got.hits) {
      const Memory& m = hit.memory;
      REQUIRE(hit.holds.has_value() == has_validity(m));
      if (!hit.holds) continue;
      REQUIRE(hit.holds->since == m.event_time);
      REQUIRE(hit.holds->until == (*m.event_end == kOpenEnd ? std::nullopt : m.event_end));
    }
    for (const LayerQuota& quota : options.per_layer) {
      const auto of_layer = [&](const Hit& hit) { return hit.memory.layer == quota.layer; };
      REQUIRE(static_cast<std::size_t>(std::count_if(got.hits.begin(), got.hits.end(), of_layer)) <= quota.at_most);
    }
    if (!options.per_layer.empty() && has_noise(want)) return;  // a place may be kept for noise
    std::map<MemoryId, const Ranked*> by_id;
    for (const Ranked& ranked : want.ranked) by_id[ranked.id] = &ranked;
    for (std::size_t i = 0; i < got.hits.size(); ++i) {
      const Hit& hit = got.hits[i];
      if (i > 0) REQUIRE(got.hits[i - 1].score >= hit.score);
      if (i >= want.hits.size()) {
        CHECK(hit.score <= kClose);
        continue;
      }
      INFO("place " << i + 1 << " '" << hit.memory.text << "'");
      REQUIRE(hit.score == Approx(want.hits[i].score).margin(kClose).epsilon(0));  // who stands here may be tied
      const auto found = by_id.find(hit.memory.id);
      REQUIRE(found != by_id.end());
      compare(hit, *found->second, want);
      by_id.erase(found);  // nobody twice
    }
  }

  static void compare(const Hit& hit, const Ranked& want, const Answer& all) {
    const auto close = [](double a, double b) { return std::abs(a - b) <= kClose; };
    const ScoreParts& p = hit.parts;
    const ScoreParts& w = want.parts;
    INFO("words " << p.words << " " << w.words << " vector " << p.vector << " " << w.vector << " neighbours " << p.neighbours
                  << " " << w.neighbours << " recency " << p.recency << " " << w.recency << " importance " << p.importance << " "
                  << w.importance);
    CHECK(close(hit.score, want.score));
    CHECK(close(p.words, w.words));
    CHECK(close(p.vector, w.vector));
    CHECK(close(p.neighbours, w.neighbours));
    CHECK(close(p.recency, w.recency));
    CHECK(close(p.importance, w.importance));
    CHECK(close(p.author, w.author));
    CHECK(close(p.layer, w.layer));
    CHECK(p.bm25.has_value() == w.bm25.has_value());
    CHECK(p.cosine.has_value() == w.cosine.has_value());
    CHECK(p.words_rank.has_value() == w.bm25.has_value());
    CHECK(p.vector_rank.has_value() == w.cosine.has_value());
    if (p.bm25 && w.bm25) CHECK(close(*p.bm25, *w.bm25));
    if (p.cosine && w.cosine) CHECK(close(*p.cosine, std::clamp(*w.cosine, -1.0, 1.0)));
    if (p.words_rank && w.bm25) check_rank(*p.words_rank, *w.bm25, all.bm25);
    if (p.vector_rank && w.cosine) check_rank(*p.vector_rank, all.cosines.at(want.id), all.cosines);
  }

  /// 1 + how many are better, the nearly equal counted either way.
  static void check_rank(std::size_t rank, double score, const std::map<MemoryId, double>& scores) {
    std::size_t least = 1;
    std::size_t most = 1;
    for (const auto& [id, other] : scores) {
      least += other > score + kClose ? 1 : 0;
      most += other > score - kClose ? 1 : 0;
    }
    CHECK(rank >= least);
    CHECK(rank <= most);
  }

  /// Bit for bit.
  static void check_same(const RecallResult& a, const RecallResult& b) {
    CHECK(a.seq == b.seq);
    CHECK(a.searched == b.searched);
    REQUIRE(a.hits.size() == b.hits.size());
    for (std::size_t i = 0; i < a.hits.size(); ++i) {
      REQUIRE(a.hits[i].memory.id == b.hits[i].memory.id);
      REQUIRE(a.hits[i].score == b.hits[i].score);
      REQUIRE(to_json(a.hits[i]).dump() == to_json(b.hits[i]).dump());
    }
  }

  TempDir dir_;
  Random random_;
  std::shared_ptr<Embedder> embedder_;
  reference::Recall reference_;
  std::shared_ptr<ManualClock> clock_;
  std::unique_ptr<Store> store_;  // writes, and answers all the time
  std::unique_ptr<Store> early_;  // only reads, from the beginning on
  reference::Entries entries_;
  std::map<std::pair<Namespace, std::string>, std::uint64_t> next_turn_;
  std::set<std::pair<Namespace, Namespace>> grants_;
};

void run(std::uint64_t seed, std::shared_ptr<Embedder> embedder) {
  CAPTURE(seed);
  World world(seed, std::move(embedder));
  Random random(seed + 1);
  const std::size_t rounds = 4;
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t n = random.below(random.chance(30) ? 4 : 40); n > 0; --n) world.change();
    for (int n = 0; n < 4; ++n) world.check_query();
    if (random.chance(25)) world.reopen();
  }
  world.check_file();
}

}  // namespace

TEST_CASE("recall answers as the reference does, from every handle") {
  for (const std::uint64_t seed : seeds()) {
    for (std::size_t n = 0; n < scaled(30, 1000); ++n) run(seed + 1000 * n, hashed_embedder());
  }
}

TEST_CASE("recall without an embedder answers as the reference does") {
  for (const std::uint64_t seed : seeds()) {
    for (std::size_t n = 0; n < scaled(10, 300); ++n) run(seed + 1000 * n, nullptr);
  }
}

TEST_CASE("why: a layer of weight 0 leaves its memories out; it is not that no arm found them") {
  auto store = Store::open(":memory:");
  REQUIRE_OK(store);
  const Scope scope = store->scope({"acme"}).value();
  const auto id = scope.put({.text = "Prefers a window seat."});
  REQUIRE_OK(id);
  const RecallOptions options{.per_layer = {{.layer = Layer::kSemantic, .weight = 0}}};
  CHECK(scope.recall({.text = "window"}, options).value().hits.empty());
  const auto told = scope.why({.text = "window"}, *id, options);
  REQUIRE_OK(told);
  CHECK(to_string(told->verdict) == "filtered");
  CHECK_FALSE(told->matched.empty());
}
