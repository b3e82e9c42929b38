// SPDX-License-Identifier: Apache-2.0
// Vectors are kept by namespace, purpose and text: what was embedded once is not embedded again while there is room.
#include "embed/embedding_cache.hpp"

#include "support/catch.hpp"
#include "support/random.hpp"

#include "open_store.hpp"

#include <atomic>
#include <list>
#include <thread>

using namespace mnemic;
using namespace mnemic::test;
using embed::EmbeddingCache;

namespace {

/// The hashed embedder, counting the texts it is given.
class Counting : public Embedder {
 public:
  [[nodiscard]] const EmbeddingSpace& space() const noexcept override { return own_->space(); }
  Status embed(std::span<const std::string_view> texts, EmbedKind kind, std::span<float> out) override {
    asked += texts.size();
    if (fail) return Status(StatusCode::kResourceExhausted, "away");
    return own_->embed(texts, kind, out);
  }
  std::atomic<std::size_t> asked = 0;
  std::atomic<bool> fail = false;

 private:
  std::shared_ptr<Embedder> own_ = hashed_embedder();
};

const EmbeddingCache::Group kQueries{"n", "s", EmbedKind::kQuery};

struct Counted {
  explicit Counted(std::uint64_t budget = 1 << 20) : open(options(budget)) {}
  Options options(std::uint64_t budget) {
    Options options = still_options();
    options.embedder = embedder;
    options.embedding_cache_bytes = budget;
    return options;
  }
  std::shared_ptr<Counting> embedder = std::make_shared<Counting>();
  OpenStore open;
};

}  // namespace

TEST_CASE("embedding cache: a text is embedded once in its namespace, as a passage and as a query", "[embedding_cache]") {
  Counted c;
  const MemoryId first = c.open.put("a red bicycle");
  const MemoryId second = c.open.put("a red bicycle");
  CHECK(c.embedder->asked == 1);
  const auto vectors = [&](MemoryId id) { return c.open.scope.get(id, {.vectors = true}).value().vectors.at(0).values; };
  CHECK(vectors(first) == vectors(second));
  for (int i = 0; i < 3; ++i) CHECK(c.open.scope.recall({.text = "a red bicycle"}).value().hits.size() == 2);
  CHECK(c.embedder->asked == 2);
  c.open.store.scope({"acme", "ben"})->put({.text = "a red bicycle"}).value();  // another tenant's call tells nothing
  CHECK(c.embedder->asked == 3);
  Batch batch;
  for (const char* text : {"a red bicycle", "a blue bicycle", "a red bicycle"}) batch.put({.text = text});
  c.open.scope.write(batch).value();
  CHECK(c.embedder->asked == 4);
  const StoreStats stats = c.open.store.stats().value();
  CHECK(stats.embedding_hits == 1 + 2 + 2);
  CHECK(stats.embedding_misses == 4);
}

TEST_CASE("embedding cache: what fails is not kept, what has no vector is", "[embedding_cache]") {
  Counted c;
  c.embedder->fail = true;
  CHECK(c.open.scope.put({.text = "a kite"}).status().code() == StatusCode::kResourceExhausted);
  c.embedder->fail = false;
  c.open.put("a kite");
  CHECK(c.embedder->asked == 2);
  c.open.put("...");  // no word, no vector
  c.open.put("...");
  CHECK(c.embedder->asked == 3);
  c.embedder->fail = true;  // what is known needs no embedder
  CHECK(c.open.scope.put({.text = "a kite"}).ok());
}

TEST_CASE("embedding cache: off", "[embedding_cache]") {
  Counted c(0);
  c.open.put("a kite");
  c.open.put("a kite");
  CHECK(c.embedder->asked == 2);
  CHECK(c.open.store.stats().value().embedding_hits == 0);
  CHECK(c.open.store.stats().value().embedding_misses == 0);
}

TEST_CASE("embedding cache: within its budget, the least recently used first, as a list does it", "[embedding_cache]") {
  constexpr std::uint64_t kRoom = 10 * (2 + 1 + 3 + 1 + 8 + 160);  // ten entries of these
  EmbeddingCache cache(kRoom);
  std::list<std::string> slow;  // the most recently used first
  Random random(9);
  for (int i = 0; i < 5000; ++i) {
    const std::string text(1, static_cast<char>('a' + random.below(16)));
    const auto known = cache.find(kQueries, text);
    const auto found = std::find(slow.begin(), slow.end(), text);
    REQUIRE(known.has_value() == (found != slow.end()));
    if (found != slow.end()) slow.erase(found);
    slow.push_front(text);
    if (slow.size() > 10) slow.pop_back();
    const EmbeddingCache::Codes codes(4, static_cast<std::int16_t>(text[0]));
    if (known) {
      REQUIRE(*known == codes);
    } else {
      cache.put(kQueries, text, codes);
    }
    REQUIRE(cache.counts().bytes <= kRoom);
  }
  CHECK_FALSE(cache.find({"n", "s", EmbedKind::kPassage}, slow.front()).has_value());
  CHECK_FALSE(cache.find({"m", "s", EmbedKind::kQuery}, slow.front()).has_value());
  CHECK_FALSE(cache.find({"n", "t", EmbedKind::kQuery}, slow.front()).has_value());
  cache.put(kQueries, std::string(kRoom, 'x'), {1});  // alone more than the budget
  CHECK(cache.find(kQueries, slow.front()).has_value());
  cache.clear();
  CHECK(cache.counts().bytes == 0);
  CHECK_FALSE(cache.find(kQueries, slow.front()).has_value());
}

TEST_CASE("embedding cache: many threads", "[embedding_cache]") {
  EmbeddingCache cache(4000);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Random random(static_cast<std::uint64_t>(t));
      for (int i = 0; i < 5000; ++i) {
        const auto n = static_cast<std::int16_t>(random.below(40));
        const std::string text = std::to_string(n);
        if (const auto known = cache.find(kQueries, text)) {
          wrong += *known != EmbeddingCache::Codes{n};
        } else {
          cache.put(kQueries, text, {n});
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}
