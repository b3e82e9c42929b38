// SPDX-License-Identifier: Apache-2.0
// The arms and the pool inside: what finds the best few against what scores everything, over random stores whose sizes lie
// at every boundary where the way of searching changes.
#include "recall/constants.hpp"
#include "recall/fuse.hpp"
#include "recall/pool.hpp"
#include "recall/search.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/tail.hpp"
#include "text/tokenizer.hpp"

#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/made_up.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;
using recall::Field;
using recall::Member;
using recall::RowSet;
using recall::Scored;
using recall::VectorQuery;
using recall::View;
using recall::WordQuery;

namespace {

/// What a store is filled with.
enum class Kind { kFacts, kTurns, kMixed };

struct Shape {
  Kind kind = Kind::kMixed;
  std::size_t dimension = 64;
  std::size_t words = 600;      // there are
  std::size_t most_words = 10;  // of most texts
  bool topical = false;         // a session has a topic
};

struct Asked {
  std::vector<std::string> namespaces{"acme/ada"};
  std::vector<Layer> layers = {};
  Filter scope_where = {};
  Filter query_where = {};
  Timestamp valid_at = kStart;
  std::string text = {};
  bool by_vector = true;
  RecallOptions options = {};
};

/// How many of the queries came out in which way.
struct Tally {
  std::size_t few = 0;             // searched by nominees
  std::size_t same = 0;            // of these: the hits of a search over everything
  std::size_t by_first_pass = 0;   // of the others: the first pass has missed a nominee
  std::size_t by_nomination = 0;   // of the others: it has not
  std::size_t proven = 0;          // the floors alone prove the hits
  std::size_t hits = 0;            // asked of a search over everything
  std::size_t found = 0;           // of these: found by nominees, or one as good
  std::map<std::size_t, std::pair<double, std::size_t>> recall;  // of the vector arm's best m: sum, times
  std::size_t exact = 0;           // times that nothing was estimated

  void note_recall(std::size_t m, double share) {
    recall[m].first += share;
    ++recall[m].second;
  }
  [[nodiscard]] double hits_found() const { return hits == 0 ? 1 : static_cast<double>(found) / static_cast<double>(hits); }
  [[nodiscard]] double mean_recall(std::size_t m) const {
    const auto of = recall.find(m);
    return of == recall.end() ? 1 : of->second.first / static_cast<double>(of->second.second);
  }
};

std::vector<std::size_t> all_views(const Field& field) {
  std::vector<std::size_t> views(field.views().size());
  std::iota(views.begin(), views.end(), std::size_t{0});
  return views;
}

recall::RowsOf rows_of(const Field& field, RowSet View::*set) {
  return [&field, set](std::size_t view) -> const RowSet& { return field.views()[view].*set; };
}

/// Flat numbers and the bits of the scores.
std::vector<std::pair<std::size_t, std::uint64_t>> bits_of(const std::vector<Scored<double>>& list) {
  std::vector<std::pair<std::size_t, std::uint64_t>> bits;
  for (const auto& [flat, score] : list) bits.emplace_back(flat, std::bit_cast<std::uint64_t>(score));
  return bits;
}

template <typename T>
std::vector<T> first_of(std::vector<T> list, std::size_t most) {
  list.resize(std::min(list.size(), most));
  return list;
}

void check_words(Random& random, const Field& field, const WordQuery& words) {
  std::vector<std::vector<double>> scores(field.views().size());
  bool any = false;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    words.score_all(i, scores[i]);
    REQUIRE(scores[i].size() == field.views()[i].chunk->size());
    field.views()[i].visible.for_each([&](index::Row row) { any |= scores[i][row] > 0; });

    const unsigned share = random.pick({2U, 50U, 100U});
    std::vector<index::Row> rows;
    for (index::Row row = 0; row < scores[i].size(); ++row) {
      if (random.chance(share)) rows.push_back(row);
    }
    std::vector<double> some(rows.size(), -1);
    words.score(i, rows, some);
    for (std::size_t n = 0; n < rows.size(); ++n) {
      if (std::bit_cast<std::uint64_t>(some[n]) != std::bit_cast<std::uint64_t>(scores[i][rows[n]])) FAIL("row " << rows[n]);
    }
  }
  REQUIRE(words.empty() == !any);

  const std::vector<std::size_t> all = all_views(field);
  std::vector<std::size_t> few;
  std::copy_if(all.begin(), all.end(), std::back_inserter(few), [&](std::size_t) { return random.chance(60); });
  for (const auto& views : {all, few}) {
    for (const auto set : {&View::visible, &View::allowed}) {
      std::vector<Scored<double>> want;
      for (const std::size_t i : views) {
        const View& view = field.views()[i];
        (view.*set).for_each([&](index::Row row) {
          if (scores[i][row] > 0) want.push_back({view.offset + row, scores[i][row]});
        });
      }
      std::sort(want.begin(), want.end());
      const std::size_t n = want.size();
      for (const std::size_t most : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{10}, std::size_t{33},
                                     std::size_t{120}, n / 2, n - std::min<std::size_t>(1, n), n, n + 1, std::size_t{100'000}}) {
        INFO("the best " << most << " of " << n);
        REQUIRE(bits_of(words.top(views, rows_of(field, set), most)) == bits_of(first_of(want, most)));
      }
    }
  }
}

std::int32_t plain_dot(const std::int16_t* a, const std::vector<std::int16_t>& b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < b.size(); ++i) sum += static_cast<std::int64_t>(a[i]) * b[i];
  return static_cast<std::int32_t>(sum);
}

/// The best product of every row of the set, best first: from memory, or from the file where a chunk does not hold its vectors.
/// @param vectors  how many there are, passages each by itself, and the sum of their products
std::vector<Scored<std::int32_t>> plain_scan(storage::Reader& reader, const Field& field, storage::SpaceId space,
                                             const std::vector<std::int16_t>& codes, RowSet View::*set,
                                             std::pair<std::size_t, std::int64_t>& vectors) {
  std::vector<Scored<std::int32_t>> all;
  const auto add = [&](std::size_t flat, std::int32_t dot) {
    ++vectors.first;
    vectors.second += dot;
    if (!all.empty() && all.back().flat == flat) {
      all.back().score = std::max(all.back().score, dot);  // another passage of the same
    } else {
      all.push_back({flat, dot});
    }
  };
  for (const View& view : field.views()) {
    const index::VectorBlock* block = view.chunk->vectors(space);
    if (view.chunk->resident()) {
      if (block == nullptr) continue;
      for (std::size_t place = 0; place < block->rows.size(); ++place) {
        const index::Row row = block->rows[place];
        if ((view.*set).has(row))
          add(view.offset + row, plain_dot(block->codes.data() + place * codes.size(), codes));
      }
      continue;
    }
    (view.*set).for_each([&](index::Row row) {
      for (const auto& vector : reader.tail(view.doc(row).seq_from).vectors) {
        if (vector.space == space) add(view.offset + row, plain_dot(vector.codes.data(), codes));
      }
    });
  }
  std::sort(all.begin(), all.end());
  return all;
}

bool same(const std::vector<Scored<std::int32_t>>& a, const std::vector<Scored<std::int32_t>>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.flat == y.flat && x.score == y.score; });
}

/// Whether a search of this set looks at every vector in it.
bool looks_at_all(const Field& field, storage::SpaceId space, RowSet View::*set) {
  return std::all_of(field.views().begin(), field.views().end(), [&](const View& view) {
    const index::VectorBlock* block = view.chunk->vectors(space);
    return block == nullptr || !view.chunk->sealed() || (view.*set).count() * recall::kSparse < block->rows.size();
  });
}

void check_vectors(storage::Reader& reader, const Field& field, const VectorQuery& vectors, storage::SpaceId space,
                   const std::vector<std::int16_t>& codes, Tally& tally) {
  std::pair<std::size_t, std::int64_t> all;
  const auto visible = plain_scan(reader, field, space, codes, &View::visible, all);
  std::unordered_map<std::size_t, std::int32_t> products;
  for (const auto& [flat, dot] : visible) products[flat] = dot;
  REQUIRE(vectors.count() == all.first);
  REQUIRE(vectors.empty() == visible.empty());
  REQUIRE(vectors.sum() == all.second);
  for (std::size_t i = 0; i < field.views().size(); ++i) {
    const View& view = field.views()[i];
    view.visible.for_each([&](index::Row row) {
      const auto found = products.find(view.offset + row);
      const std::int32_t want = found == products.end() ? recall::kNoVector : found->second;
      if (vectors.dot(i, row) != want) FAIL("row " << row << " of view " << i);
    });
  }

  const auto views = all_views(field);
  for (const auto set : {&View::visible, &View::allowed}) {
    std::pair<std::size_t, std::int64_t> of_set;
    const auto want = plain_scan(reader, field, space, codes, set, of_set);
    for (const std::size_t most : {0, 1, 10, 120, 100'000}) {
      INFO("the best " << most << " of " << want.size());
      const auto got = vectors.top(views, rows_of(field, set), most);
      REQUIRE(got.size() == std::min(most, want.size()));
      REQUIRE(std::is_sorted(got.begin(), got.end()));
      std::set<std::size_t> seen;
      for (const auto& [flat, dot] : got) {
        if (!seen.insert(flat).second) FAIL("twice " << flat);
        if (!(set == &View::visible ? field.visible(flat) : field.allowed(flat))) FAIL("outside the set: " << flat);
        if (products.at(flat) != dot) FAIL("not its product: " << flat);
      }
      if (looks_at_all(field, space, set) || most + recall::kFirstPass >= want.size()) {
        ++tally.exact;
        REQUIRE(same(got, first_of(want, most)));
      } else if (most > 0) {
        const std::int32_t floor = want[most - 1].score;
        const auto found = std::count_if(got.begin(), got.end(), [&](const auto& one) { return one.score >= floor; });
        tally.note_recall(most, static_cast<double>(found) / static_cast<double>(most));
      }
    }
  }
}

const index::Doc& doc_of(const Field& field, std::size_t flat) {
  const View& view = field.view_of(flat);
  return view.doc(static_cast<index::Row>(flat - view.offset));
}

/// The visible turn `step` places after this one in its session.
std::optional<std::size_t> beside(const Field& field, std::size_t flat, int step) {
  const View& view = field.view_of(flat);
  const std::size_t offset = field.parts()[view.part].offset;
  const auto turns = view.partition->session_of(static_cast<index::DocIndex>(flat - offset));
  auto place = std::find(turns.begin(), turns.end(), flat - offset) - turns.begin();
  for (place += step; place >= 0 && place < static_cast<std::ptrdiff_t>(turns.size()); place += step) {
    if (field.visible(offset + turns[static_cast<std::size_t>(place)])) return offset + turns[static_cast<std::size_t>(place)];
  }
  return std::nullopt;
}

std::optional<std::size_t> flat_of(const recall::Pool& pool, std::uint32_t place) {
  return place == Member::kNobody ? std::nullopt : std::optional(pool.members[place].flat);
}

/// Every member of the nominees' pool is what it is among everything; whoever is beside a nominee may become a hit; and no
/// word score outside is above the floor.
void check_pools(const Field& field, const WordQuery& words, const recall::Pool& everything, const recall::Pool& few,
                 std::size_t most) {
  std::unordered_map<std::size_t, const Member*> all, chosen;
  for (const Member& member : everything.members) all[member.flat] = &member;
  REQUIRE(all.size() == field.visible_count());
  REQUIRE(
      std::is_sorted(few.members.begin(), few.members.end(), [](const Member& a, const Member& b) { return a.flat < b.flat; }));
  for (const Member& member : few.members) {
    chosen[member.flat] = &member;
    const auto found = all.find(member.flat);
    if (found == all.end()) FAIL("not visible: " << member.flat);
    const Member& want = *found->second;
    const bool equal = member.view == want.view && member.doc == want.doc && member.dot == want.dot &&
                       std::bit_cast<std::uint64_t>(member.bm25) == std::bit_cast<std::uint64_t>(want.bm25);
    const bool beside =
        !member.candidate || (want.candidate && flat_of(few, member.previous) == flat_of(everything, want.previous) &&
                              flat_of(few, member.next) == flat_of(everything, want.next));
    if (!equal || !beside) FAIL("another member: " << member.flat);
  }
  REQUIRE(chosen.size() == few.members.size());
  for (const auto& [flat, member] : all) {
    if (!chosen.contains(flat) && member->bm25 > few.words_floor) FAIL("outside and above the floor: " << flat);
  }
  for (const auto set : {&View::visible, &View::allowed}) {
    for (const auto& [flat, score] : words.top(all_views(field), rows_of(field, set), most)) {
      const Member& nominee = *all.at(flat);
      for (const auto& candidate :
           {std::optional(flat), flat_of(everything, nominee.previous), flat_of(everything, nominee.next)}) {
        if (!candidate) continue;
        const auto found = chosen.find(*candidate);
        if (found == chosen.end() || found->second->candidate != all.at(*candidate)->candidate)
          FAIL("no candidate: " << *candidate);
      }
    }
  }
}

std::vector<recall::Found> hits_of(const recall::Findings& findings) {
  std::vector<recall::Found> hits;
  std::copy_if(findings.ranked.begin(), findings.ranked.end(), std::back_inserter(hits),
               [](const recall::Found& found) { return found.hit; });
  return hits;
}

/// The same scores; of equal ones another may stand here.
bool same_scores(const std::vector<recall::Found>& a, const std::vector<recall::Found>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) { return x.score == y.score; });
}

std::string to_text(const std::vector<recall::Found>& hits) {
  std::string text;
  for (const auto& hit : hits) text += std::to_string(hit.seq_from) + ":" + std::to_string(hit.score) + " ";
  return text;
}

void check_identical(const std::vector<recall::Found>& a, const std::vector<recall::Found>& b) {
  INFO(to_text(a) << " and " << to_text(b));
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    REQUIRE(a[i].id == b[i].id);
    REQUIRE(std::bit_cast<std::uint64_t>(a[i].score) == std::bit_cast<std::uint64_t>(b[i].score));
    REQUIRE(to_json(a[i].parts).dump() == to_json(b[i].parts).dump());
  }
}

constexpr std::uint64_t kNoBudget = std::numeric_limits<std::uint64_t>::max();

/// A store, and its file seen through the parts that recall is made of.
class World {
 public:
  World(std::uint64_t seed, const Shape& shape)
      : random_(seed),
        shape_(shape),
        embedder_(std::make_shared<MadeUpEmbedder>(shape.dimension)),
        clock_(std::make_shared<ManualClock>()),
        store_(Store::open(dir_ / "store.db", options(seed)).value()),
        database_(dir_ / "store.db", {.key = storage::FileKey::of("")}),
        warm_(std::make_unique<index::PartitionCache>(kNoBudget, 1)) {}

  /// Puts memories that every plain query sees.
  void put(std::size_t count) {
    while (count > 0) {
      Batch batch;
      const std::size_t some = std::min<std::size_t>(count, 1000);
      for (std::size_t n = 0; n < some; ++n) batch.put(input());
      const bool other = shape_.kind == Kind::kMixed && random_.chance(50);
      const auto& scope = other ? bob_ : ada_;
      for (const Written& written : scope.write(batch).value()) (other ? bobs_ : adas_).push_back(written.id);
      count -= some;
    }
  }

  /// The same memory again and again, put among others.
  void put_identical(const std::string& text, std::size_t count) {
    Batch batch;
    for (std::size_t n = 0; n < count; ++n) {
      batch.put({.layer = Layer::kConversational, .text = text});
      if (n % 64 == 0) batch.put(input());
    }
    (void)ada_.write(batch).value();
  }

  /// Some are updated, some forgotten, some hidden by their state or from some moment on.
  void change(std::size_t count) {
    for (const bool other : {false, true}) {
      auto& ids = other ? bobs_ : adas_;
      if (ids.empty()) continue;
      Batch batch;
      for (std::size_t n = 0; n < count && !ids.empty(); ++n) {
        const std::size_t which = random_.below(ids.size());
        const MemoryId id = ids[which];
        if (random_.chance(25)) {
          batch.forget(id);
          ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(which));
          continue;
        }
        MemoryChange change;
        if (random_.chance(60)) change.text = text();
        if (random_.chance(30))
          change.state =
              random_.pick({State::kActive, State::kConfirmed, State::kRejected, State::kSuperseded, State::kQuarantined});
        if (random_.chance(20)) {
          change.expires_at = std::optional(clock_->now() + std::chrono::hours(random_.between(1, 50)));
          ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(which));  // nobody can change what has expired
        }
        if (shape_.kind != Kind::kTurns && random_.chance(20)) {
          change.event_time = kStart - std::chrono::hours(10);
          change.event_end = random_.chance(30) ? kOpenEnd : kStart + std::chrono::hours(random_.between(-10, 10));
        }
        change.importance = random_.pick({0.0, 0.5, 1.0});
        batch.update(id, change);
      }
      (void)(other ? bob_ : ada_).write(batch).value();
    }
    if (random_.chance(50)) clock_->advance(std::chrono::hours(10));
  }

  /// Makes sealed chunks in the file, and merges those of which half has ended. Answers how many jobs that were.
  std::size_t seal() {
    std::size_t done = 0;
    while (const std::size_t some = store_.maintain({.items = 1000}).value().done) done += some;
    return done;
  }

  /// Chunks that a partition loaded now has.
  std::size_t chunks_not_resident() {
    std::size_t count = 0;
    database_.read([&](storage::Reader& reader) {
      index::PartitionCache fresh;
      Field field;
      const Asked all{{"acme/ada", "acme/bob"}};
      REQUIRE(field.load(reader, fresh, request(reader, all)));
      for (const View& view : field.views()) count += view.chunk->resident() ? 0 : 1;
    });
    return count;
  }

  /// From here on partitions hold what has ended since.
  void warm_up() {
    database_.read([&](storage::Reader& reader) {
      Field field;
      const Asked all{{"acme/ada", "acme/bob"}};
      REQUIRE(field.load(reader, *warm_, request(reader, all)));
    });
  }

  /// What everything sees that nobody asked to leave anything out.
  std::size_t visible() {
    std::size_t count = 0;
    database_.read([&](storage::Reader& reader) {
      Field field;
      const Asked all{{"acme/ada", "acme/bob"}};
      REQUIRE(field.load(reader, *warm_, request(reader, all)));
      count = field.visible_count();
    });
    return count;
  }

  Asked some_question() {
    Asked asked;
    if (shape_.kind == Kind::kMixed) {
      if (random_.chance(70)) asked.namespaces.emplace_back("acme/bob");
      if (random_.chance(15)) asked.layers = {Layer::kConversational, Layer::kSemantic};
    }
    asked.text = made_up_text(random_, shape_.words, 1, 7);
    if (random_.chance(5)) asked.text = "unheard";
    if (random_.chance(30)) asked.scope_where = some_filter();
    if (random_.chance(40)) asked.query_where = some_filter();
    asked.valid_at = clock_->now() + std::chrono::hours(random_.chance(60) ? 0 : random_.between(-12, 12));
    asked.by_vector = random_.chance(60);
    RecallOptions& options = asked.options;
    options.k = random_.pick({1, 10, 10, 10, 50});
    if (random_.chance(20)) options.importance_boost = 0;
    if (random_.chance(20)) options.recency_boost = 0.3;
    if (shape_.kind == Kind::kMixed && random_.chance(20)) {
      options.per_layer = {
          {.layer = Layer::kSemantic, .weight = random_.pick({0.0, 0.5, 2.0}), .at_most = random_.below(options.k + 1)}};
      if (options.k >= 10 && random_.chance(50)) options.per_layer.push_back({.layer = Layer::kProcedural, .at_least = 2});
    }
    return asked;
  }

  /// Some words of a memory, of those that are there; default options.
  Asked question_about_one() {
    Asked asked;
    if (shape_.kind == Kind::kMixed) asked.namespaces.emplace_back("acme/bob");
    asked.text = made_up_question_about(random_, random_.pick(texts_), 3, 6);
    asked.valid_at = clock_->now();
    return asked;
  }

  /// One query, its hits alone.
  void check_hits(const Asked& asked, double weight, Tally& tally) {
    INFO("query '" << asked.text << "'" << (asked.by_vector ? "" : ", words only"));
    database_.read([&](storage::Reader& reader) {
      recall::SearchRequest search = request_of(reader, asked);
      search.vector_weight = weight;
      look_outside(reader, search);
      const auto few = recall::search(reader, *warm_, search);
      search.everything = true;
      const auto all = recall::search(reader, *warm_, search);
      REQUIRE((few && all));
      compare(hits_of(*few), *all, asked, tally);
    });
  }

  /// Where the partitions of a query come from.
  enum class From {
    kWarm,    // loaded by the first call, refreshed ever since; the sign codes of sealed chunks stand side by side
    kCold,    // loaded now
    kNarrow,  // the same, with no room for the vectors of sealed chunks
  };

  /// One query, every part of it.
  void check(const Asked& asked, Tally& tally, From from = From::kWarm) {
    INFO("query '" << asked.text << "', k " << asked.options.k << ", scope " << asked.scope_where.to_json().dump() << ", where "
                   << asked.query_where.to_json().dump() << (asked.by_vector ? "" : ", words only"));
    index::PartitionCache fresh, narrow(1);
    index::PartitionCache& cache = from == From::kWarm ? *warm_ : from == From::kCold ? fresh : narrow;
    database_.read([&](storage::Reader& reader) {
      const recall::SearchRequest search = request_of(reader, asked);
      const bool small = check_parts(reader, cache, search, tally);
      recall::SearchRequest full = search;
      full.everything = true;
      const auto few = recall::search(reader, cache, search), all = recall::search(reader, cache, full);
      REQUIRE((few && all));
      REQUIRE(few->searched == all->searched);
      const auto got = hits_of(*few), want = hits_of(*all);
      REQUIRE(got.size() == few->ranked.size());
      if (small) {
        check_identical(got, want);
      } else {
        compare(got, *all, asked, tally);
      }
      if (from == From::kCold) {  // it cannot matter where the sign codes stand
        index::PartitionCache gathered(kNoBudget, 1);
        const auto elsewhere = recall::search(reader, gathered, search);
        REQUIRE(elsewhere);
        check_identical(got, hits_of(*elsewhere));
        return;
      }
      if (asked.by_vector && !small) return;
      const auto anew = recall::search(reader, fresh, search);  // no estimates: it cannot matter how the chunks came about
      REQUIRE(anew);
      check_identical(got, hits_of(*anew));
    });
  }

 private:
  Options options(std::uint64_t seed) {
    Options options;
    options.embedder = embedder_;
    options.clock = clock_;
    options.random = seeded_random(seed);
    options.durability = Durability::kRelaxed;
    return options;
  }

  /// One in ten texts is there already, one in ten has no vector.
  std::string text() {
    if (!texts_.empty() && random_.chance(10)) return random_.pick(texts_);
    if (shape_.topical) {
      return texts_.emplace_back(made_up_text_about(random_, puts_ / kSession, shape_.words, 3, shape_.most_words) +
                                 (random_.chance(20) ? "?" : ""));
    }
    std::string text = random_.chance(10) ? "nobody"
                                          : made_up_text(random_, shape_.words, (shape_.most_words + 9) / 10,
                                                         random_.chance(5) ? 150 : shape_.most_words);
    if (random_.chance(20)) text += "?";
    texts_.push_back(text);
    return text;
  }

  MemoryInput input() {
    MemoryInput input;
    input.text = text();
    input.layer = shape_.kind == Kind::kTurns ? Layer::kConversational
                  : shape_.kind == Kind::kFacts
                      ? Layer::kSemantic
                      : random_.pick({Layer::kConversational, Layer::kEpisodic, Layer::kSemantic, Layer::kProcedural});
    if (input.layer == Layer::kConversational) {
      input.session = "s" + std::to_string(random_.chance(60) ? puts_ / kSession : random_.below(3));
      input.author = random_.pick({"ada", "bob"});
    }
    if (shape_.kind == Kind::kFacts && random_.chance(40)) input.event_end = kOpenEnd;
    if (random_.chance(30)) input.importance = static_cast<double>(random_.below(65)) / 64;
    input.event_time = kStart - std::chrono::hours(24 + random_.below(2000));
    input.metadata = Json::object({{"n", static_cast<int>(random_.below(1000))}});
    ++puts_;
    return input;
  }

  /// Lets everything through, nothing, or any share in between.
  Filter some_filter() {
    const int share = random_.pick({0, 1, 10, 50, 62, 63, 100, 300, 500, 900, 1000});
    return Filter::metadata("n", random_.chance(70) ? Op::kLt : Op::kGte, share);
  }

  recall::FieldRequest request(storage::Reader& reader, const Asked& asked) {
    recall::FieldRequest request;
    for (const std::string& name : asked.namespaces) {
      if (const auto ns = reader.find_namespace(name)) request.namespaces.push_back(*ns);
    }
    request.layers = asked.layers;
    request.scope_where = &asked.scope_where;
    request.query_where = &asked.query_where;
    request.now = clock_->now().time_since_epoch().count();
    request.valid_at = asked.valid_at.time_since_epoch().count();
    request.snapshot = reader.seq();
    return request;
  }

  recall::SearchRequest request_of(storage::Reader& reader, const Asked& asked) {
    recall::SearchRequest search;
    search.field = request(reader, asked);
    for (const std::string& term : tokenizer_.tokens(asked.text, text::Side::kQuery)) {
      const std::uint64_t hash = text::term_hash(term);
      if (std::find(search.terms.begin(), search.terms.end(), hash) == search.terms.end()) search.terms.push_back(hash);
    }
    search.options = asked.options;
    search.vector_weight = recall::kModelVectorWeight;
    if (!asked.by_vector) return search;
    std::vector<float> row(embedder_->space().dimension);
    const std::string_view view = asked.text;
    REQUIRE_OK(embedder_->embed({&view, 1}, EmbedKind::kQuery, row));
    if (std::all_of(row.begin(), row.end(), [](float value) { return value == 0; })) return search;
    search.vector = storage::encode_vector(row);
    const auto space = reader.find_space(embedder_->space().name, embedder_->space().version);
    if (space) search.space = space->id;
    return search;
  }

  /// Field, arms and pools. Answers whether so few are visible that everything is scored.
  bool check_parts(storage::Reader& reader, index::PartitionCache& cache, const recall::SearchRequest& search, Tally& tally) {
    Field field;
    REQUIRE(field.load(reader, cache, search.field));
    const WordQuery words(field, search.terms);
    const VectorQuery vectors(reader, field, search.space, search.vector);
    check_words(random_, field, words);
    if (search.space) check_vectors(reader, field, vectors, *search.space, search.vector, tally);
    const std::size_t most = recall::nominees(search);
    const recall::Pool all = recall::everything(field, words, vectors);
    const recall::Pool few = recall::nominated(field, words, vectors, search);
    check_pools(field, words, all, few, most);

    look_outside(reader, field, vectors, few, search);
    return field.visible_count() <= recall::kExact;
  }

  void look_outside(storage::Reader& reader, const recall::SearchRequest& search) {
    Field field;
    REQUIRE(field.load(reader, *warm_, search.field));
    const WordQuery words(field, search.terms);
    const VectorQuery vectors(reader, field, search.space, search.vector);
    look_outside(reader, field, vectors, recall::nominated(field, words, vectors, search), search);
  }

  /// No memory outside has more than the floors in its arms, nor have those beside it: what it may score at most. And whether
  /// the first pass has missed any.
  void look_outside(storage::Reader& reader, const Field& field, const VectorQuery& vectors, const recall::Pool& few,
                    const recall::SearchRequest& search) {
    const std::size_t most = recall::nominees(search);
    Member outside;
    outside.bm25 = few.words_floor;
    outside.dot = few.vectors_floor;
    const recall::Fusion fusion(few, vectors, search.vector_weight, search.options);
    most_outside_ = fusion.total(outside) * (1 + recall::kFromQuestion + recall::kFromNext) * (1 + search.options.recency_boost) *
                    (1 + search.options.importance_boost / 2);
    missed_.clear();
    missed_best_ = missed_any_ = false;
    if (!search.space) return;
    for (const auto set : {&View::visible, &View::allowed}) {
      std::pair<std::size_t, std::int64_t> all;
      const auto want = first_of(plain_scan(reader, field, *search.space, search.vector, set, all), most);
      const auto got = vectors.top(all_views(field), rows_of(field, set), most);
      missed_any_ |= !same(got, want);
      missed_best_ |= !want.empty() && got[0].score != want[0].score;
      for (const auto& [flat, dot] : want) {
        const auto is_it = [flat = flat](const auto& one) { return one.flat == flat; };
        if (std::any_of(got.begin(), got.end(), is_it)) continue;
        for (const auto& near : {std::optional(flat), beside(field, flat, -1), beside(field, flat, 1)}) {
          if (near) missed_.insert(doc_of(field, *near).seq_from);
        }
      }
    }
  }

  /// The hits of a search by nominees against those of a search over everything.
  void compare(const std::vector<recall::Found>& got, const recall::Findings& everything, const Asked& asked, Tally& tally) {
    const auto want = hits_of(everything);
    REQUIRE(got.size() == want.size());
    ++tally.few;
    const bool full = want.size() == asked.options.k;
    const bool proven =
        !missed_any_ && asked.options.per_layer.empty() && (most_outside_ == 0 || (full && want.back().score > most_outside_));
    tally.proven += proven ? 1 : 0;
    std::unordered_map<Seq, double> scores;
    for (const auto& found : everything.ranked) scores[found.seq_from] = found.score;
    tally.hits += want.size();
    for (const auto& hit : got) tally.found += scores[hit.seq_from] >= want.back().score ? 1 : 0;
    if (same_scores(got, want)) {
      ++tally.same;
      return;
    }
    INFO("no more than " << most_outside_ << " outside; " << to_text(got) << " instead of " << to_text(want));
    REQUIRE_FALSE(proven);
    const bool missed =
        missed_best_ || std::any_of(want.begin(), want.end(), [&](const auto& hit) { return missed_.contains(hit.seq_from); });
    ++(missed ? tally.by_first_pass : tally.by_nomination);
  }

  static constexpr std::size_t kSession = 40;

  TempDir dir_;
  Random random_;
  Shape shape_;
  std::shared_ptr<MadeUpEmbedder> embedder_;
  std::shared_ptr<ManualClock> clock_;
  Store store_;
  Scope ada_ = store_.scope({"acme", "ada"}).value();
  Scope bob_ = store_.scope({"acme", "bob"}).value();
  storage::Database database_;
  std::unique_ptr<index::PartitionCache> warm_;
  text::Tokenizer tokenizer_{"english"};
  std::vector<MemoryId> adas_, bobs_;
  std::vector<std::string> texts_;
  std::size_t puts_ = 0;
  // Of the last query:
  double most_outside_ = 0;
  bool missed_any_ = false;   // the first pass lacks one of the vector arm's best
  bool missed_best_ = false;  // even the best
  std::set<Seq> missed_;      // those it lacks, and who is beside them
};

constexpr std::array kKinds{Kind::kFacts, Kind::kTurns, Kind::kMixed};

void run(std::uint64_t seed, const Shape& shape, std::size_t size, int queries, Tally& tally) {
  INFO("seed " << seed << ", kind " << static_cast<int>(shape.kind) << ", " << size << " memories");
  World world(seed, shape);
  world.put(size);
  world.warm_up();
  REQUIRE(world.visible() == size);
  for (int n = 0; n < queries; ++n) world.check(world.some_question(), tally, n == 0 ? World::From::kCold : World::From::kWarm);
  world.change(1 + size / 8);
  world.put(1 + size / 50);
  for (int n = 0; n < queries; ++n) world.check(world.some_question(), tally, n == 0 ? World::From::kCold : World::From::kWarm);
}

std::string to_text(const Tally& tally) {
  std::string text = std::to_string(tally.few) + " queries by nominees: " + std::to_string(tally.same) + " the same, " +
                     std::to_string(tally.by_first_pass) + " missed by the first pass, " + std::to_string(tally.by_nomination) +
                     " not nominated; " + std::to_string(tally.proven) + " proven by the floors; hits found " +
                     std::to_string(tally.hits_found()) + "; " + std::to_string(tally.exact) + " exact scans";
  for (const auto& [most, recall] : tally.recall)
    text += ", recall of the best " + std::to_string(most) + ": " + std::to_string(tally.mean_recall(most));
  return text;
}

}  // namespace

TEST_CASE("arms: the best few are those of scoring everything, in small stores") {
  for (const std::uint64_t seed : seeds()) {
    Tally tally;
    for (const std::size_t size : {0, 1, 2, 31, 32, 33, 64, 65}) {
      for (const Kind kind : kKinds) run(seed + size, {.kind = kind}, size, 4, tally);
    }
    CHECK(tally.few == 0);
    CHECK(tally.recall.empty());  // no chunk is sealed
    CHECK(tally.exact > 0);
  }
}

TEST_CASE("arms: the best few are those of scoring everything, wherever the way of searching changes") {
  for (const std::uint64_t seed : seeds()) {
    Tally tally;
    std::size_t turn = seed % 3;
    for (const std::size_t size : {recall::kExact - 1, recall::kExact, recall::kExact + 1, index::kChunkRows - 1,
                                   index::kChunkRows, index::kChunkRows + 1}) {
      run(seed + size, {.kind = kKinds[turn++ % 3]}, size, 8, tally);
    }
    INFO(to_text(tally));
    CHECK(tally.few > 0);
    CHECK(tally.mean_recall(10) >= 0.8);
  }
}

TEST_CASE("arms: the best few are those of scoring everything, over several chunks") {
  for (const std::uint64_t seed : seeds()) {
    Tally tally;
    for (const Kind kind : {Kind::kTurns, Kind::kMixed})
      run(seed, {.kind = kind, .dimension = 256}, 3 * index::kChunkRows + 5, 12, tally);
    INFO(to_text(tally));
    CHECK(tally.few > 0);
    // Identical vectors err alike: a query may lose all of its best at once when so few are asked for.
    CHECK(tally.mean_recall(1) >= 0.8);
    CHECK(tally.mean_recall(10) >= 0.8);
    CHECK(tally.mean_recall(120) >= 0.9);
  }
}

TEST_CASE("arms: the best few are those of scoring everything, after sealing and merging chunks in the file") {
  const std::uint64_t seed = fresh_seed();
  INFO("seed " << seed);
  const auto kind = kKinds[seed % 2];
  World world(seed, {.kind = kind});
  Tally tally;
  world.put(2 * index::kChunkRows + 300);
  world.warm_up();
  const auto check = [&] {
    for (const auto from : {World::From::kWarm, World::From::kCold, World::From::kNarrow}) {
      for (int n = 0; n < 4; ++n) world.check(world.some_question(), tally, from);
    }
  };
  REQUIRE(world.seal() >= 2);
  REQUIRE(world.chunks_not_resident() == 2);
  check();
  world.change(10'000);
  check();
  REQUIRE(world.seal() >= 1);  // two halves become one
  check();
  world.put(index::kChunkRows);
  REQUIRE(world.seal() >= 1);
  REQUIRE(world.chunks_not_resident() >= 2);
  check();
  INFO(to_text(tally));
  CHECK(tally.few > 0);
  CHECK(tally.mean_recall(10) >= 0.8);
}

// What stands in the middle of both arms may add up to a hit without being nominated by either: the more so, the more the
// vector arm weighs.
TEST_CASE("arms: questions about a memory get the hits of scoring everything") {
  for (const std::uint64_t seed : seeds()) {
    INFO("seed " << seed);
    World world(seed, {.kind = Kind::kTurns, .dimension = 256, .words = 3600, .most_words = 30, .topical = true});
    world.put(2 * index::kChunkRows + 1000);
    world.warm_up();
    Tally by_words, by_hashed, by_model;
    for (int n = 0; n < 80; ++n) {
      Asked asked = world.question_about_one();
      world.check_hits(asked, recall::kModelVectorWeight, by_model);
      world.check_hits(asked, recall::kHashedVectorWeight, by_hashed);
      asked.by_vector = false;
      world.check_hits(asked, 0, by_words);
    }
    INFO("words alone: " << to_text(by_words) << "\nhashed vectors: " << to_text(by_hashed)
                         << "\nvectors of a model: " << to_text(by_model));
    CHECK(by_words.hits_found() >= 0.99);
    CHECK(by_words.same >= 77);
    CHECK(by_hashed.hits_found() >= 0.99);
    CHECK(by_model.hits_found() >= 0.98);
    CHECK(by_words.by_first_pass == 0);
    CHECK(by_hashed.by_first_pass + by_model.by_first_pass <= 8);
  }
}

TEST_CASE("arms: thousands of identical memories") {
  Tally tally;
  World world(43, {.kind = Kind::kMixed});
  world.put(500);
  world.put_identical("babak bebak", 5000);
  world.warm_up();
  for (const char* text : {"babak", "babak bebak", "bebak bibak", "babak unheard"}) {
    for (const bool by_vector : {false, true}) world.check({.text = text, .by_vector = by_vector}, tally);
  }
  INFO(to_text(tally));
  CHECK(tally.few == 8);
}
