// SPDX-License-Identifier: Apache-2.0
// Long texts: how they are split, that a sentence in the middle of one finds it, and what is shown of it then.
#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store_impl.hpp"
#include "open_store.hpp"
#include "storage/tail.hpp"
#include "support/random.hpp"
#include "text/passages.hpp"
#include "text/tokenizer.hpp"

using namespace mnemic;
using namespace mnemic::test;
using text::Range;

namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (const Range& range : text::passages(text)) parts.push_back(text.substr(range.begin, range.end - range.begin));
  return parts;
}

/// Whole, in order, none longer than it may be, and no more shared than is allowed.
void check_ranges(const std::string& text) {
  const auto ranges = text::passages(text);
  REQUIRE_FALSE(ranges.empty());
  CHECK(ranges.front().begin == 0);
  CHECK(ranges.back().end == text.size());
  if (text.size() <= text::kPassageBytes) CHECK(ranges.size() == 1);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].end - ranges[i].begin > text::kPassageBytes) FAIL("too long: passage " << i);
    if (i == 0) continue;
    if (ranges[i].begin <= ranges[i - 1].begin || ranges[i].end <= ranges[i - 1].end) FAIL("no step forward: passage " << i);
    if (ranges[i].begin > ranges[i - 1].end) FAIL("left out: before passage " << i);
    if (ranges[i - 1].end - ranges[i].begin > text::kOverlapBytes) FAIL("too much shared: passage " << i);
  }
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

const std::string kNeedle = "Ada keeps the spare key of the observatory under the blue flower pot. ";

/// 200 KB about other things, with one sentence in the middle.
std::string long_text() {
  const std::string filler = "The committee discussed the quarterly budget at length. Nobody objected to the minutes of the last meeting. "
                             "After lunch the weather turned and the delegates went home early. ";
  const std::string half = repeated(filler, 100'000 / filler.size() + 1);
  return half + kNeedle + half;
}

class Count final : public Embedder {
 public:
  [[nodiscard]] const EmbeddingSpace& space() const noexcept override { return space_; }
  Status embed(std::span<const std::string_view> texts, EmbedKind, std::span<float> out) override {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      sizes.push_back(texts[i].size());
      std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(4 * i), 4, 0.0F);
      out[4 * i + static_cast<std::size_t>(std::count(texts[i].begin(), texts[i].end(), 'x') % 4)] = 1;
    }
    return {};
  }
  std::vector<std::size_t> sizes;

 private:
  EmbeddingSpace space_{.name = "count", .version = "1", .dimension = 4};
};

}  // namespace

TEST_CASE("passages: a text that is short enough is one") {
  CHECK(text::passages("") == std::vector<Range>{{0, 0}});
  CHECK(text::passages("One. Two. Three.") == std::vector<Range>{{0, 16}});
  const std::string most(text::kPassageBytes, 'a');
  CHECK(text::passages(most).size() == 1);
  CHECK(text::passages(most + "a").size() == 2);
}

TEST_CASE("passages: whole sentences, the last of one passage again in the next") {
  std::string text;
  std::vector<std::string> sentences;
  for (int i = 0; i < 40; ++i) text += sentences.emplace_back("Sentence number " + std::to_string(100 + i) + " has so many words in it. ");
  check_ranges(text);
  const auto parts = split(text);
  REQUIRE(parts.size() > 5);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    CHECK(parts[i].starts_with("Sentence number "));
    CHECK(parts[i].ends_with("in it. "));
    if (i > 0) CHECK(parts[i - 1].ends_with(parts[i].substr(0, sentences[0].size())));
  }
}

TEST_CASE("passages: sentences end in the ways of many scripts, and not at the dot of a number") {
  for (const std::string sentence : {"我们昨天去了北京看长城。", "今日はとても暑いですね！", "هل قرأت هذا الكتاب الجديد؟ ", "वह कल दिल्ली जाएगा। ", "He said \"no.\" ",
                                     "A line without a stop\n", "It cost 3.50 in all (so they say). "}) {
    INFO(sentence);
    const std::string text = repeated(sentence, 60);
    check_ranges(text);
    for (const std::string& part : split(text)) {
      CHECK(part.starts_with(sentence));
      CHECK(part.ends_with(sentence));
    }
  }
}

TEST_CASE("passages: what has no sentences is cut between words, and without words between characters") {
  const std::string words = repeated("no stop anywhere ", 100);
  check_ranges(words);
  for (const std::string& part : split(words)) CHECK(part.ends_with(' '));
  const std::string characters = repeated("\u4e2d\u6587", 400);
  check_ranges(characters);
  for (const std::string& part : split(characters)) CHECK(part.size() % 3 == 0);
  check_ranges(std::string(1 << 20, 'w'));  // 1 MB of one word
  check_ranges(repeated(".", 5000));
  check_ranges(repeated("\n", 5000));
  check_ranges(repeated("\xff\xfe", 5000));
}

TEST_CASE("passages: random texts are covered whole") {
  Random random(1);
  for (int n = 0; n < 500; ++n) {
    std::string text;
    for (std::size_t i = random.below(400); i > 0; --i) text += random.pick({"a", "word", ". ", "? ", " ", " ", "\n", "。", "\u00e9t\u00e9", "...", "\""});
    check_ranges(text);
  }
}

TEST_CASE("long texts: a sentence in the middle finds them, by meaning and by words, and is shown") {
  const std::string text = long_text();
  REQUIRE(text.size() > 200'000);
  for (const auto& embedder : {default_embedder(), hashed_embedder(), std::shared_ptr<Embedder>()}) {
    INFO((embedder == nullptr ? "none" : embedder->space().name));
    const OpenStore s(still_options({.embedder = embedder}));
    const MemoryId book = s.put(text);
    for (int i = 0; i < 300; ++i) s.put("The " + std::to_string(i) + " keys of the piano in the blue room, and a flower for Ada");
    const auto result = s.scope.recall({.text = "where is the spare key of the observatory?"}).value();
    REQUIRE_FALSE(result.hits.empty());
    const Hit& hit = result.hits.front();
    REQUIRE(hit.memory.id == book);
    CHECK(hit.memory.text == text);
    REQUIRE(hit.passage);
    CHECK(contains(hit.passage->text, kNeedle));
    CHECK(hit.passage->text == text.substr(hit.passage->begin, hit.passage->end - hit.passage->begin));
    CHECK(hit.passage->text.size() <= 300);
    if (hit.parts.cosine) CHECK(*hit.parts.cosine > 0.2);
    const std::string context = result.context();
    CHECK(contains(context, "\u2026 "));
    CHECK(contains(context, "spare key of the observatory"));
    CHECK(context.size() < 10'000);
    for (std::size_t i = 1; i < result.hits.size(); ++i) CHECK_FALSE(result.hits[i].passage);
    CHECK(s.scope.why({.text = "spare key of the observatory"}, book)->verdict == Explanation::Verdict::kHit);
  }
}

TEST_CASE("long texts: a term counts as often as in the window of a thousand terms that has it most often") {
  text::TokenizerPool pool("english");
  Random random(3);
  for (const std::size_t length : {0, 1, 999, 1000, 1001, 2500, 20'000}) {
    std::string text;
    std::map<std::uint64_t, std::uint32_t> want;
    std::map<std::uint64_t, std::uint32_t> window;
    for (std::size_t i = 0; i < length; ++i) {
      if (i % 1000 == 0) window.clear();
      const std::string word = random.pick({"garden", "violin", "tea"}) + (random.chance(50) ? std::to_string(random.below(3000)) : "");
      text += word + ' ';
      const std::uint64_t term = text::term_hash(pool.lease()->tokens(word, text::Side::kDocument).at(0));
      want[term] = std::max(want[term], ++window[term]);
    }
    storage::Tail tail;
    engine::tokenize_document(pool, text, tail);
    CHECK(tail.length == std::min<std::size_t>(length, 1000));
    REQUIRE(tail.terms.size() == want.size());
    std::size_t place = 0;
    for (const auto& [term, count] : want) {
      if (tail.terms[place].term != term || tail.terms[place].count != count) FAIL("term " << place);
      ++place;
    }
  }
}

TEST_CASE("long texts: each passage is embedded once, and an update asks only about those that changed") {
  auto embedder = std::make_shared<Count>();
  const OpenStore s(still_options({.embedder = embedder}));
  std::string text;
  for (int i = 0; i < 50; ++i) text += "This is sentence " + std::to_string(i) + " of a text, and it is long enough for this. ";
  const auto passages = text::passages(text).size();
  const MemoryId id = s.put(text);
  CHECK(embedder->sizes.size() == passages);
  CHECK(*std::max_element(embedder->sizes.begin(), embedder->sizes.end()) <= 300);
  embedder->sizes.clear();
  REQUIRE_OK(s.scope.update(id, {.text = text + "xxx"}));
  CHECK(embedder->sizes.size() <= 2);
  const auto memory = s.scope.get(id, {.vectors = true}).value();
  REQUIRE(memory.vectors.size() == 1);  // of the whole
  CHECK(memory.vectors[0].space == "count");
}

TEST_CASE("long texts: passages come back after a restart, a seal and a job that makes up for missing vectors") {
  const TempDir dir;
  const auto path = dir / "store.db";
  const std::string text = long_text();
  MemoryId book;
  const auto find = [&](const Store& store) {
    const auto hits = store.scope({"acme", "ada"})->recall({.text = "the spare key of the observatory"}, {.k = 1, .vector_weight = 1}).value().hits;
    REQUIRE(hits.size() == 1);
    CHECK(hits[0].memory.id == book);
    REQUIRE(hits[0].passage);
    CHECK(contains(hits[0].passage->text, kNeedle));
    return hits[0].parts.cosine.value();
  };
  double cosine = 0;
  {
    OpenStore without(still_options({.embedder = nullptr}), path);
    book = without.put(text);
    for (int i = 0; i < 5000; ++i) (void)without.scope.put({.text = "note " + std::to_string(i)}, {.durability = Durability::kRelaxed}).value();
    REQUIRE_OK(without.store.close());
  }
  {
    OpenStore with(still_options(), path);
    while (with.store.maintain({.items = 1000})->done > 0) {
    }
    cosine = find(with.store);
    REQUIRE_OK(with.store.close());
  }
  OpenStore again(still_options(), path);
  CHECK(find(again.store) == cosine);
  CHECK(again.store.check()->clean());
}
