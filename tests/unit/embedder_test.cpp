// SPDX-License-Identifier: Apache-2.0
// Embedders and vectors: none, the caller's own, the caller's vectors, and spaces across reopening.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

/// Three dimensions: how many a, b and c a text holds. Not normalised.
class LetterEmbedder final : public Embedder {
 public:
  explicit LetterEmbedder(EmbeddingSpace space = {"letters", "1", 3}) : space_(std::move(space)) {}
  const EmbeddingSpace& space() const noexcept override { return space_; }
  Status embed(std::span<const std::string_view> texts, EmbedKind kind, std::span<float> out) override {
    ++calls;
    texts_seen += texts.size();
    last_kind = kind;
    REQUIRE(out.size() == texts.size() * space_.dimension);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      for (std::size_t d = 0; d < space_.dimension; ++d) {
        out[i * space_.dimension + d] = static_cast<float>(std::count(texts[i].begin(), texts[i].end(), static_cast<char>('a' + d)));
      }
    }
    return {};
  }
  int calls = 0;
  std::size_t texts_seen = 0;
  EmbedKind last_kind = EmbedKind::kPassage;

 private:
  EmbeddingSpace space_;
};

OpenStore with(std::shared_ptr<Embedder> embedder, const std::filesystem::path& path = ":memory:") {
  return OpenStore(still_options({.embedder = std::move(embedder)}), path);
}

}  // namespace

TEST_CASE("embedder: without one, recall works by words", "[embedder]") {
  const OpenStore s = with(nullptr);
  const MemoryId seat = s.put("prefers a window seat");
  s.put("likes tea");
  const auto result = s.scope.recall({.text = "Which seats?"}).value();
  REQUIRE(ids_of(result) == std::vector{seat});
  CHECK(result.hits[0].parts.words == 1.0);
  CHECK(result.hits[0].parts.vector == 0);
  CHECK_FALSE(result.hits[0].parts.cosine);
  CHECK(s.scope.recall({.text = "windowed"})->hits.size() <= 1);
  CHECK(s.scope.get(seat, {.vectors = true})->vectors.empty());
  CHECK(s.store.stats()->embedding_space.empty());
  CHECK(s.store.stats()->without_vector == 0);  // there is no own space to miss
}

TEST_CASE("embedder: without one, the caller's vectors need a name", "[embedder]") {
  const OpenStore s = with(nullptr);
  const auto nameless = s.scope.put({.text = "x", .vectors = {{"", {1, 0}}}});
  REQUIRE_CODE(nameless, StatusCode::kInvalidArgument);
  CHECK(contains(nameless.status().message(), "vectors"));
  REQUIRE_CODE(s.scope.recall({.vector = Vector{"", {1, 0}}}), StatusCode::kInvalidArgument);
  const MemoryId east = s.scope.put({.vectors = {{"compass", {2, 0}}}}).value();  // a vector alone is something
  const MemoryId north = s.scope.put({.text = "north", .vectors = {{"compass", {0, 3}}}}).value();
  const auto result = s.scope.recall({.vector = Vector{"compass", {1, 0.25F}}}).value();
  REQUIRE(result.hits.size() == 2);
  CHECK(result.hits[0].memory.id == east);
  CHECK(result.hits[1].memory.id == north);
  CHECK(*result.hits[0].parts.cosine == Approx(4 / std::sqrt(17)).margin(1e-4));
  CHECK(result.hits[0].parts.vector_rank == 1U);
  CHECK(result.hits[1].parts.vector_rank == 2U);
}

TEST_CASE("embedder: a custom one is called once per write, and for queries", "[embedder]") {
  const auto letters = std::make_shared<LetterEmbedder>();
  const OpenStore s = with(letters);
  CHECK(letters->calls == 0);
  Batch batch;
  batch.put({.text = "aaa"});
  batch.put({.text = "bbb"});
  batch.put({.content = Json(1)});
  const auto done = s.scope.write(batch).value();
  CHECK(letters->calls == 1);
  CHECK(letters->texts_seen == 2);
  CHECK(letters->last_kind == EmbedKind::kPassage);
  const auto result = s.scope.recall({.text = "ab a"}).value();
  CHECK(letters->last_kind == EmbedKind::kQuery);
  REQUIRE(result.hits.size() == 2);
  CHECK(result.hits[0].memory.id == done[0].id);
  CHECK(*result.hits[0].parts.cosine == Approx(2 / std::sqrt(5)).margin(1e-4));
  CHECK(s.store.stats()->embedding_space == "letters/1/3");
  CHECK(s.scope.recall({.text = "zzz"})->hits.empty());  // a zero row: no vector for this query
}

TEST_CASE("embedder: a zero row means no vector, and is counted", "[embedder]") {
  const OpenStore s = with(std::make_shared<LetterEmbedder>());
  s.put("abc");
  const MemoryId none = s.put("xyz");
  CHECK(s.scope.get(none, {.vectors = true})->vectors.empty());
  CHECK(s.store.stats()->without_vector == 1);
  REQUIRE_OK(s.scope.update(none, {.text = "xyza"}));
  CHECK(s.store.stats()->without_vector == 0);
  REQUIRE_OK(s.scope.update(none, {.text = "zzz"}));  // the old vector does not stay
  CHECK(s.scope.get(none, {.vectors = true})->vectors.empty());
  CHECK(s.store.stats()->without_vector == 1);
}

TEST_CASE("embedder: the caller's vector for the own space is taken instead of a call", "[embedder]") {
  const auto letters = std::make_shared<LetterEmbedder>();
  const OpenStore s = with(letters);
  const std::string name = GENERATE("", "letters");
  const MemoryId id = s.scope.put({.text = "bbb", .vectors = {{name, {0, 0, 2}}}}).value();
  CHECK(letters->calls == 0);
  const auto stored = s.scope.get(id, {.vectors = true})->vectors;
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].space == "letters");
  CHECK(stored[0].values == std::vector<float>{0, 0, 1});
  CHECK(s.scope.get(id)->vectors.empty());  // only when asked for
  const auto result = s.scope.recall({.vector = Vector{name, {0, 0, 1}}}).value();
  REQUIRE(result.hits.size() == 1);
  CHECK(*result.hits[0].parts.cosine == Approx(1).margin(1e-4));
  CHECK(letters->calls == 0);
  REQUIRE_OK(s.scope.update(id, {.vectors = {{name, {1, 0, 0}}}}));
  CHECK(s.scope.get(id, {.vectors = true})->vectors[0].values == std::vector<float>{1, 0, 0});
  CHECK(letters->calls == 0);
  REQUIRE_CODE(s.scope.put({.text = "x", .vectors = {{"", {1, 0, 0}}, {"letters", {1, 0, 0}}}}), StatusCode::kInvalidArgument);
}

TEST_CASE("embedder: several spaces side by side", "[embedder]") {
  const auto letters = std::make_shared<LetterEmbedder>();
  const OpenStore s = with(letters);
  const MemoryId id = s.scope.put({.text = "aaa", .vectors = {{"image", {0, 1}}, {"sound", {1, 0, 0, 0}}}}).value();
  CHECK(letters->calls == 1);  // the own space was not given
  CHECK(s.scope.get(id, {.vectors = true})->vectors.size() == 3);
  REQUIRE_OK(s.scope.update(id, {.text = "bbb"}));  // drops the own vector, keeps the others
  auto vectors = s.scope.get(id, {.vectors = true})->vectors;
  CHECK(vectors.size() == 3);
  REQUIRE_OK(s.scope.update(id, {.vectors = {{"image", {1, 0}}}}));
  vectors = s.scope.get(id, {.vectors = true})->vectors;
  REQUIRE(vectors.size() == 3);
  for (const Vector& vector : vectors) {
    if (vector.space == "image") CHECK(vector.values == std::vector<float>{1, 0});
    if (vector.space == "letters") CHECK(vector.values == std::vector<float>{0, 1, 0});
    if (vector.space == "sound") CHECK(vector.values == std::vector<float>{1, 0, 0, 0});
  }
  CHECK(s.scope.recall({.vector = Vector{"sound", {1, 0, 0, 0}}})->hits.size() == 1);
  CHECK(letters->calls == 2);
}

TEST_CASE("embedder: vectors that do not fit are refused, naming why", "[embedder]") {
  const OpenStore s = with(std::make_shared<LetterEmbedder>());
  REQUIRE_OK(s.scope.put({.vectors = {{"image", {0, 1}}}}));
  REQUIRE_CODE(s.scope.put({.vectors = {{"image", {0, 1, 0}}}}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.put({.vectors = {{"", {0, 1}}}}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.recall({.vector = Vector{"image", {0, 1, 0}}}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.recall({.vector = Vector{"", {0, 1}}}), StatusCode::kInvalidArgument);
  const auto unknown = s.scope.recall({.vector = Vector{"nowhere", {0, 1}}});
  REQUIRE_CODE(unknown, StatusCode::kInvalidArgument);
  CHECK(contains(unknown.status().message(), "nowhere"));
  CHECK(s.scope.count().value() == 1);
}

TEST_CASE("embedder: cosines stay within [-1, 1] at every dimension", "[embedder]") {
  const OpenStore s = with(nullptr);
  for (const std::size_t dimension : {1, 2, 3, 16, 100, 1000, 4096}) {
    const std::string space = "d" + std::to_string(dimension);
    std::vector<float> values(dimension, 1.0F), opposite(dimension, -1.0F);
    (void)s.scope.put({.vectors = {{space, values}}}).value();
    (void)s.scope.put({.vectors = {{space, opposite}}}).value();
    const auto result = s.scope.recall({.vector = Vector{space, values}}).value();
    REQUIRE_FALSE(result.hits.empty());
    for (const Hit& hit : result.hits) {
      CAPTURE(dimension);
      CHECK(*hit.parts.cosine <= 1.0);
      CHECK(*hit.parts.cosine >= -1.0);
    }
  }
}

TEST_CASE("embedder: reopened with another dimension it is refused, another version is another embedder", "[embedder]") {
  const TempDir dir;
  MemoryId id;
  {
    const OpenStore s = with(std::make_shared<LetterEmbedder>(), dir / "store.db");
    id = s.put("abc");
  }
  const auto open = [&](EmbeddingSpace space, Access access = Access::kReadWrite) {
    return Store::open(dir / "store.db", {.access = access, .embedder = std::make_shared<LetterEmbedder>(std::move(space))});
  };
  for (const Access access : {Access::kReadWrite, Access::kReadOnly}) {
    const auto refused = open({"letters", "1", 4}, access);
    REQUIRE_CODE(refused, StatusCode::kFailedPrecondition);
    CHECK(contains(refused.status().message(), "dimension"));
  }
  REQUIRE_OK(open({"letters", "1", 3}));
  for (const Access access : {Access::kReadWrite, Access::kReadOnly}) {
    const auto refused = open({"letters", "2", 4}, access);
    REQUIRE_CODE(refused, StatusCode::kFailedPrecondition);
    CHECK(contains(refused.status().message(), "letters/1"));
    CHECK(contains(refused.status().message(), "letters/2"));
  }
  const Store store = open({"letters", "1", 3}).value();
  REQUIRE_OK(store.reembed(std::make_shared<LetterEmbedder>(EmbeddingSpace{"letters", "2", 4}), Switch::kNow));
  CHECK(store.stats()->without_vector == 1);
  const Scope scope = store.scope({"acme", "ada"}).value();
  CHECK(scope.recall({.text = "aaa"})->hits.empty());  // the old vectors are of another space
  CHECK(scope.recall({.text = "abc"})->hits.size() == 1);
  REQUIRE_OK(scope.update(id, {.text = "abcd"}));
  CHECK(store.stats()->without_vector == 0);
  const auto vectors = scope.get(id, {.vectors = true})->vectors;
  REQUIRE(vectors.size() == 1);  // of two versions that which recall goes by
  CHECK(vectors[0].values.size() == 4);
  CHECK(store.stats()->memories == 1);
}

TEST_CASE("embedder: a read-only store whose file never saw this space", "[embedder]") {
  const TempDir dir;
  {
    const OpenStore s = with(nullptr, dir / "store.db");
    s.put("window seat");
  }
  const auto store = Store::open(dir / "store.db", {.access = Access::kReadOnly, .embedder = std::make_shared<LetterEmbedder>()});
  REQUIRE_OK(store);
  const Scope scope = store->scope({"acme", "ada"}).value();
  CHECK(scope.recall({.text = "window"})->hits.size() == 1);
  CHECK(scope.recall({.text = "abc"})->hits.empty());
}

TEST_CASE("embedder: spaces that cannot be are refused when opening", "[embedder]") {
  const auto open = [](EmbeddingSpace space) {
    return Store::open(":memory:", {.embedder = std::make_shared<LetterEmbedder>(std::move(space))});
  };
  REQUIRE_CODE(open({"", "1", 3}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(open({"a b", "1", 3}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(open({std::string(65, 'a'), "1", 3}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(open({"a", "1", 0}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(open({"a", "1", 4097}), StatusCode::kInvalidArgument);
  REQUIRE_OK(open({"A.b_c-9", "", 4096}));
}
