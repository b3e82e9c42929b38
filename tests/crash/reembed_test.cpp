// SPDX-License-Identifier: Apache-2.0
// A store is killed, loses power or cannot write while it moves from one embedder to another: recall goes by one of the two as a whole, no
// memory and no vector is lost, none gets that of another text, the move goes on where it was, and there is a way back.
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/clock.hpp"
#include "support/fault_sweep.hpp"
#include "support/ledger.hpp"
#include "support/letters.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"
#include "support/test_main.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kThere = 900;  // memories before the move: four steps

std::shared_ptr<Letters> old_one() { return std::make_shared<Letters>("old", 4, 'a'); }
std::shared_ptr<Letters> new_one() { return std::make_shared<Letters>("new", 6, 'c'); }

Options options(std::shared_ptr<Embedder> embedder, std::shared_ptr<Clock> clock) {
  Options options;
  options.embedder = std::move(embedder);
  options.clock = std::move(clock);
  return options;
}

/// A text of its own for each number, with letters that both embedders see.
std::string text_of(std::size_t number) {
  std::string text = "cd";
  for (std::size_t left = number + 1; left > 0; left /= 6) text += static_cast<char>('a' + static_cast<char>(left % 6));
  return text + " " + unique_word(number);
}

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return -1;
  double dot = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    dot += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return aa > 0 && bb > 0 ? dot / std::sqrt(aa * bb) : -1;
}

/// How many vectors of `embedder` the scope holds. Every memory has the text of its key, and every vector is that of its text: of no other,
/// and of no other embedder.
std::size_t vectors_of(const Scope& scope, const Letters& embedder, std::size_t most) {
  std::size_t found = 0;
  for (std::size_t n = 0; n < most; ++n) {
    const auto memory = scope.get(Layer::kSemantic, std::to_string(n), {.vectors = true});
    INFO("memory " << n);
    REQUIRE_OK(memory);
    REQUIRE(memory->text == text_of(n));
    for (const Vector& vector : memory->vectors) {
      if (vector.space != embedder.space().name) continue;
      REQUIRE(cosine(vector.values, embedder.of(memory->text)) > 0.999);
      ++found;
    }
  }
  return found;
}

/// Recall goes by this embedder: some memories are found by their own texts, at the cosine that it says.
void require_recall(const Scope& scope, const Letters& embedder, std::size_t most) {
  for (std::size_t n = 0; n < most; n += 1 + most / 8) {
    const auto found = scope.recall({.text = text_of(n)}, {.k = 3});
    REQUIRE_OK(found);
    REQUIRE(found->dropped.empty());
    REQUIRE_FALSE(found->hits.empty());
    REQUIRE(found->hits[0].memory.text == text_of(n));
    REQUIRE(found->hits[0].parts.cosine.value_or(-1) == Approx(1).margin(1e-3));
    // The other embedder has another dimension: a cosine of two texts says whose it is.
    const std::string& other = found->hits.back().memory.text;
    if (found->hits.back().parts.cosine) {
      REQUIRE(*found->hits.back().parts.cosine == Approx(cosine(embedder.of(text_of(n)), embedder.of(other))).margin(1e-3));
    }
  }
}

/// A closed store that goes by the old embedder.
struct Prepared {
  Prepared() {
    const Store store = Store::open(dir / "store.db", options(old_one(), clock)).value();
    const Scope scope = store.scope({"acme"}).value();
    Batch batch;
    for (std::size_t n = 0; n < kThere; ++n) batch.put({.key = std::to_string(n), .text = text_of(n)});
    scope.write(batch).value();
  }
  void copy_to(const fs::path& directory) const {
    fs::create_directories(directory);
    fs::copy_file(dir / "store.db", directory / "store.db");
  }
  TempDir dir;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
};

enum class Then : std::uint8_t { kLeave, kFinish, kBack };

/// What any moment of a move must leave behind, with `most` memories acknowledged. @return  whether recall goes by the new embedder.
bool require_whole(const fs::path& path, const std::shared_ptr<ManualClock>& clock, std::size_t most, Then then) {
  clock->advance(std::chrono::minutes(30));  // leases and pauses of attempts that never ended
  const auto from = old_one();
  const auto to = new_one();
  auto store = Store::open(path, options(from, clock));
  const bool moved = store.status().code() == StatusCode::kFailedPrecondition;
  if (moved) store = Store::open(path, options(to, clock));
  REQUIRE_OK(store);
  REQUIRE(store->stats()->embedding_space == (moved ? "new/1/6" : "old/1/4"));
  REQUIRE(join(check_problems(*store)) == "");
  const Scope scope = store->scope({"acme"}).value();
  const std::size_t written = scope.count().value();
  REQUIRE(written >= most);
  REQUIRE(written <= most + 1);  // one write may have been under way
  REQUIRE(vectors_of(scope, *from, written) == written);
  const std::size_t there = vectors_of(scope, *to, written);
  if (moved) REQUIRE(there == written);
  const auto move = store->reembedding().value();
  if (move) REQUIRE(move->missing == written - there);
  if (moved) REQUIRE_FALSE(move);
  require_recall(scope, moved ? *to : *from, written);
  if (then == Then::kLeave) return moved;

  if (then == Then::kBack) {
    if (moved) {
      REQUIRE_OK(store->reembed(from, Switch::kNow));
    } else {
      REQUIRE_OK(store->reembed(from));
    }
    REQUIRE_FALSE(store->reembedding().value());
    REQUIRE(store->stats()->embedding_space == "old/1/4");
    require_recall(scope, *from, written);
    REQUIRE(vectors_of(scope, *from, written) == written);
    REQUIRE(join(check_problems(*store)) == "");
    return moved;
  }
  if (!moved) REQUIRE_OK(store->reembed(to));
  for (int i = 0; i < 20 && store->reembedding().value(); ++i) {
    REQUIRE_OK(store->maintain({.time = std::chrono::hours(1)}));
    clock->advance(std::chrono::minutes(30));
  }
  REQUIRE_FALSE(store->reembedding().value());
  REQUIRE(to->embedded <= written - there + 16);  // only what was missing, and the questions below
  REQUIRE(store->stats()->embedding_space == "new/1/6");
  REQUIRE(store->stats()->without_vector == 0);
  REQUIRE(vectors_of(scope, *from, written) == written);
  REQUIRE(vectors_of(scope, *to, written) == written);
  require_recall(scope, *to, written);
  REQUIRE(join(check_problems(*store)) == "");
  return moved;
}

}  // namespace

// arguments: path, the time, the number of the next memory. Says "A" for every memory written and "S" for every step.
MNEMIC_CHILD(mover) {
  const auto failed = [](const Status& status) {
    say("! " + status.to_string());
    return 1;
  };
  const auto clock = std::make_shared<ManualClock>(Timestamp(std::chrono::microseconds(std::stoll(arguments.at(1)))));
  auto store = Store::open(arguments.at(0), options(old_one(), clock));
  if (!store) return failed(store.status());
  const Scope scope = store->scope({"acme"}).value();
  if (const Status begun = store->reembed(new_one()); !begun) return failed(begun);
  say("moving");
  for (std::size_t n = std::stoull(arguments.at(2));; ++n) {
    const auto put = scope.put({.key = std::to_string(n), .text = text_of(n)});
    if (!put) return failed(put.status());
    say("A");
    const auto step = store->maintain({.items = 1});
    if (!step) return failed(step.status());
    say("S");
    const auto move = store->reembedding();
    if (!move) return failed(move.status());
    if (!*move) return 0;
  }
}

namespace {

std::string now(const ManualClock& clock) {
  return std::to_string(const_cast<ManualClock&>(clock).now().time_since_epoch().count());
}

/// What a child said, to its end.
std::size_t acknowledged(const std::vector<std::string>& lines) {
  REQUIRE_FALSE(lines.empty());
  REQUIRE(lines[0] == "moving");
  for (const std::string& line : lines) REQUIRE_FALSE(line.starts_with("!"));
  return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), "A"));
}

void fail_moving(Fault fault) {
  const Prepared prepared;
  sweep_faults(fault, {.store = prepared.dir / "store.db",
                       .places = scaled(20, 300),
                       .work =
                           [&](const fs::path& path) {
                             auto store = Store::open(path, options(old_one(), prepared.clock));
                             if (!store || !store->reembed(new_one())) return;
                             for (int slice = 0; slice < 12; ++slice) (void)store->maintain({.items = 1});
                           },
                       .require_whole =
                           [&](const fs::path& path, Random& random) {
                             require_whole(path, prepared.clock, kThere, random.chance(70) ? Then::kFinish : Then::kBack);
                           }});
}

}  // namespace

TEST_CASE("reembed: killed at a random moment, again and again, until it is done") {
  const Prepared prepared;
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  std::size_t interrupted = 0;
  for (std::size_t round = 0; round < scaled(6, 60); ++round) {
    const TempDir dir;
    prepared.copy_to(dir / "x");
    const auto path = dir / "x" / "store.db";
    std::size_t written = kThere;
    bool moved = false;
    for (int kill = 0; !moved && kill < 40; ++kill) {
      INFO("seed " << seed << ", round " << round << ", kill " << kill << ", " << path);
      Child child("mover", {path.string(), now(*prepared.clock), std::to_string(written)});
      auto lines = std::vector<std::string>{child.line().value_or("")};
      std::this_thread::sleep_for(std::chrono::microseconds(random.below(30'000)));
      child.kill();
      for (auto& line : child.rest()) lines.push_back(std::move(line));
      written += acknowledged(lines);
      moved = require_whole(path, prepared.clock, written, Then::kLeave);
      interrupted += !moved;
      const Store store = Store::open(path, options(nullptr, prepared.clock)).value();
      written = store.scope({"acme"})->count().value();  // with what was under way
    }
    require_whole(path, prepared.clock, written, round % 2 == 0 ? Then::kFinish : Then::kBack);
  }
  CHECK(interrupted > 0);
}

TEST_CASE("reembed: killed after each step, then finished or taken back") {
  const Prepared prepared;
  for (const Then then : {Then::kFinish, Then::kBack}) {
    bool ended = false;
    for (std::size_t steps = 0; !ended; ++steps) {
      INFO("after step " << steps << ", " << (then == Then::kBack ? "back" : "on"));
      REQUIRE(steps < 40);
      const TempDir dir;
      prepared.copy_to(dir / "x");
      const auto path = dir / "x" / "store.db";
      Child child("mover", {path.string(), now(*prepared.clock), std::to_string(kThere)});
      std::vector<std::string> lines;
      std::size_t done = 0;
      while (auto line = child.line()) {
        done += *line == "S";
        lines.push_back(*std::move(line));
        if (done == steps && lines.back() == (steps == 0 ? "moving" : "S")) break;
      }
      child.kill();
      for (auto& line : child.rest()) lines.push_back(std::move(line));
      ended = done < steps;
      const bool moved = require_whole(path, prepared.clock, kThere + acknowledged(lines), then);
      if (ended) REQUIRE(moved);
    }
  }
}

TEST_CASE("reembed: the n-th change of the disk fails") { fail_moving(Fault::kIoError); }
TEST_CASE("reembed: the disk is full") { fail_moving(Fault::kDiskFull); }
TEST_CASE("reembed: the power goes at the n-th change of the disk") { fail_moving(Fault::kPowerCut); }
