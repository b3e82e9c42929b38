// SPDX-License-Identifier: Apache-2.0
// Many threads on one Store: readers beside writers, groups of writers, close in the middle of it.
#include "support/catch.hpp"
#include "support/ledger.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <array>
#include <atomic>
#include <filesystem>
#include <latch>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

Namespace home() { return {"acme", "ada"}; }

// Catch2 assertions are for one thread; the others report here.
class Problems {
 public:
  void add(std::string what) {
    const std::lock_guard lock(mutex_);
    if (lines_.size() < 20) lines_.push_back(std::move(what));
  }
  void expect(bool good, const std::string& what) {
    if (!good) add(what);
  }
  void expect_ok(const Status& status, const std::string& what) {
    if (!status.ok()) add(what + ": " + status.to_string());
  }
  std::string all() {
    const std::lock_guard lock(mutex_);
    return join(lines_);
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

struct Joined {
  std::vector<std::thread> threads;
  ~Joined() { join(); }
  void join() {
    for (auto& thread : threads) {
      if (thread.joinable()) thread.join();
    }
  }
};

std::string text_of(const std::string& word) { return "The note " + word + " is shared."; }

}  // namespace

TEST_CASE("readers and writers side by side") {
  const TempDir dir;
  auto store = Store::open(dir / "store.db");
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  constexpr std::size_t kWriters = 4;
  const std::size_t writes = scaled(60, 1000);
  Problems problems;
  std::atomic<std::size_t> writing{kWriters};
  {
    Joined all;
    for (std::size_t w = 0; w < kWriters; ++w) {
      all.threads.emplace_back([&, w] {
        for (std::size_t n = 0; n < writes; ++n) {
          const std::string word = unique_word(w * 100'000 + n);
          MemoryInput input;
          input.key = std::to_string(w) + ":" + std::to_string(n);
          input.text = text_of(word);
          const auto id = scope.put(input);
          problems.expect_ok(id.status(), "put");
          if (!id) break;
          // Read your writes.
          const auto got = scope.get(*id);
          problems.expect(got.ok() && got->text == input.text, "get after put");
          if (n % 8 == 0) {
            const auto answer = scope.recall({.text = word}, {.k = 3});
            problems.expect(answer.ok() && !answer->hits.empty() && answer->hits[0].memory.id == *id, "recall after put");
          }
        }
        --writing;
      });
    }
    for (std::size_t r = 0; r < 2; ++r) {
      all.threads.emplace_back([&, r] {
        std::size_t before = 0;
        for (std::size_t n = 0; writing.load() > 0 || n == 0; ++n) {
          const auto count = scope.count();
          problems.expect(count.ok() && *count >= before, "count went back");
          if (count) before = *count;
          const auto page = scope.list({.order = r == 0 ? Order::kNewest : Order::kCreated, .limit = 20});
          problems.expect_ok(page.status(), "list");
          if (page) {
            for (const auto& memory : *page) {
              problems.expect(memory.text.starts_with("The note "), "a text by half");
              problems.expect_ok(scope.get(memory.id).status(), "get of a listed id");
            }
          }
          if (n % 4 == 0) problems.expect_ok(scope.recall({.text = "note shared"}).status(), "recall");
          if (n % 16 == 0) problems.expect_ok(store->stats().status(), "stats");
        }
      });
    }
  }
  CHECK(problems.all() == "");
  CHECK(scope.count().value() == kWriters * writes);
  REQUIRE(join(check_problems(*store)) == "");
}

TEST_CASE("grouped commits keep each thread's order and whole batches") {
  const TempDir dir;
  auto store = Store::open(dir / "store.db");
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  constexpr std::size_t kThreads = 6;
  constexpr std::size_t kBatch = 5;
  const std::size_t rounds = scaled(40, 600);
  Problems problems;
  std::latch start(kThreads + 1);
  std::atomic<std::size_t> writing{kThreads};
  {
    Joined all;
    for (std::size_t t = 0; t < kThreads; ++t) {
      all.threads.emplace_back([&, t] {
        start.arrive_and_wait();
        Seq last = 0;
        const Session session = scope.session("s" + std::to_string(t % 2));
        for (std::size_t n = 0; n < rounds; ++n) {
          const std::string tag = "b" + std::to_string(t) + "_" + std::to_string(n);
          Batch batch;
          for (std::size_t i = 0; i < kBatch; ++i) {
            MemoryInput input;
            input.text = text_of(unique_word((t * 1000 + n) * 10 + i));
            input.tags = {tag, "batch"};
            batch.put(input);
          }
          const bool spoilt = n % 5 == 4;
          if (spoilt) batch.forget(MemoryId({1, 2, 3}));  // unknown: the whole batch must fail, alone
          const auto written = scope.write(batch);
          if (spoilt) {
            problems.expect(written.status().code() == StatusCode::kNotFound, "the spoilt batch: " + written.status().to_string());
            problems.expect(written.status().message().starts_with("operation 5: "), "message: " + written.status().message());
            continue;
          }
          problems.expect_ok(written.status(), "write");
          if (!written) return;
          for (const auto& one : *written) {
            problems.expect(one.seq > last, "seq went back within a thread");
            last = one.seq;
          }
          const auto turn = session.append(Turn{.author = std::to_string(t), .text = "turn " + std::to_string(n)});
          problems.expect_ok(turn.status(), "append");
        }
        --writing;
      });
    }
    all.threads.emplace_back([&] {
      start.arrive_and_wait();
      for (std::size_t n = 0; writing.load() > 0 || n < 3; ++n) {
        const std::string tag = "b" + std::to_string(n % kThreads) + "_" + std::to_string(n % rounds);
        const auto count = scope.count(Filter::tag(tag));
        problems.expect(count.ok() && (*count == 0 || *count == kBatch), "half a batch was seen");
        const auto total = scope.count(Filter::tag("batch"));
        problems.expect(total.ok() && *total % kBatch == 0, "half a batch was counted");
        if (problems.all() != "") return;
      }
    });
  }
  CHECK(problems.all() == "");
  const std::size_t good = rounds - rounds / 5;
  CHECK(scope.count(Filter::tag("batch")).value() == kThreads * good * kBatch);
  for (std::size_t s = 0; s < 2; ++s) {
    // Within the session each thread's turns stand in the order in which it wrote them.
    const auto window = scope.session("s" + std::to_string(s)).window({.max_tokens = 10'000'000, .max_turns = 10'000});
    REQUIRE_OK(window);
    std::map<std::string, int> last;
    std::uint64_t turn = 0;
    for (const auto& memory : *window) {
      REQUIRE(memory.turn.has_value());
      REQUIRE(*memory.turn == turn++);
      const int n = std::stoi(memory.text.substr(5));
      const auto [at, fresh] = last.try_emplace(memory.author, n);
      if (!fresh) {
        REQUIRE(at->second < n);
        at->second = n;
      }
    }
    REQUIRE(turn == kThreads / 2 * good);
  }
  const auto stats = store->stats();
  REQUIRE_OK(stats);
  INFO("commits " << stats->commits << ", writes " << stats->writes);
  CHECK(stats->commits <= stats->writes);
  REQUIRE(join(check_problems(*store)) == "");
}

TEST_CASE("compare-and-set lets exactly one thread win each version") {
  const TempDir dir;
  auto store = Store::open(dir / "store.db", {.durability = Durability::kRelaxed});
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  const auto id = scope.put({.text = "0", .metadata = Json::object({{"n", 0}})});
  REQUIRE_OK(id);
  constexpr std::size_t kThreads = 4;
  const std::size_t increments = scaled(40, 500);
  Problems problems;
  {
    Joined all;
    for (std::size_t t = 0; t < kThreads; ++t) {
      all.threads.emplace_back([&] {
        for (std::size_t done = 0; done < increments;) {
          const auto now = scope.get(*id);
          if (!now) return problems.add("get: " + now.status().to_string());
          MemoryChange change;
          change.metadata = Json::object({{"n", now->metadata["n"].as_integer() + 1}});
          const auto written = scope.update(*id, change, {.if_version = now->version});
          if (written) {
            ++done;
          } else if (written.status().code() != StatusCode::kAborted) {
            return problems.add("update: " + written.status().to_string());
          }
        }
      });
    }
  }
  CHECK(problems.all() == "");
  const auto end = scope.get(*id).value();
  CHECK(end.metadata["n"].as_integer() == static_cast<std::int64_t>(kThreads * increments));
  CHECK(end.version == kThreads * increments + 1);
}

TEST_CASE("close while in use: calls finish or answer kFailedPrecondition, and nothing acknowledged is lost") {
  for (std::size_t round = 0; round < scaled(8, 100); ++round) {
    const TempDir dir;
    std::optional<Store> store = Store::open(dir / "store.db").value();
    const Scope scope = store->scope(home()).value();
    const auto first = scope.put({.text = text_of("first")});
    REQUIRE_OK(first);
    Problems problems;
    std::atomic<std::size_t> acknowledged{1};
    const bool store_is_held = round % 2 == 0;  // to its end: closed by `close`, not by its destructor
    std::latch start(8);
    {
      Joined all;
      for (std::size_t t = 0; t < 7; ++t) {
        all.threads.emplace_back([&, t] {
          start.arrive_and_wait();
          bool closed = false;
          for (std::size_t n = 0; !closed; ++n) {
            Status status;
            if (t < 3) {
              MemoryInput input;
              input.key = std::to_string(t) + ":" + std::to_string(n);
              input.text = text_of(unique_word(n));
              status = scope.put(input).status();
              if (status.ok()) ++acknowledged;
            } else if (t == 3) {
              status = scope.recall({.text = "note"}).status();
            } else if (t == 4) {
              status = scope.list().status();
            } else if (t == 5 || !store_is_held) {
              status = scope.get(*first).status();
            } else {
              status = store->snapshot(dir / ("copy" + std::to_string(n)));
            }
            if (!status.ok()) {
              problems.expect(status.code() == StatusCode::kFailedPrecondition, status.to_string());
              closed = true;
            }
          }
        });
      }
      start.arrive_and_wait();
      while (acknowledged.load() < 2 + round * 3) std::this_thread::yield();
      if (store_is_held) {
        problems.expect_ok(store->close(), "close");
        problems.expect_ok(store->close(), "second close");
      } else {
        store.reset();  // the destructor; scopes still hold what is left
      }
    }
    CHECK(problems.all() == "");
    REQUIRE_CODE(scope.get(*first), StatusCode::kFailedPrecondition);
    REQUIRE_CODE(scope.put({.text = "late"}), StatusCode::kFailedPrecondition);
    REQUIRE_CODE(scope.recall({.text = "late"}), StatusCode::kFailedPrecondition);
    REQUIRE_CODE(scope.session("s").append(Turn{.author = "user", .text = "late"}), StatusCode::kFailedPrecondition);
    auto again = Store::open(dir / "store.db");
    REQUIRE_OK(again);
    CHECK(again->scope(home()).value().count().value() == acknowledged.load());
    REQUIRE(join(check_problems(*again)) == "");
  }
}

TEST_CASE("snapshots taken while threads write hold what was acknowledged before, and a prefix of each thread's writes") {
  const TempDir dir;
  const bool in_memory = GENERATE(false, true);
  auto store = Store::open(in_memory ? std::filesystem::path(":memory:") : dir / "store.db");
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  constexpr std::size_t kWriters = 4;
  const std::size_t snapshots = scaled(12, 200);
  struct Taken {
    std::array<std::size_t, kWriters> least{}, most{};
  };
  std::vector<Taken> taken(2 * snapshots);
  std::array<std::atomic<std::size_t>, kWriters> begun{}, acknowledged{};
  std::atomic<std::size_t> copying{2};
  Problems problems;
  {
    Joined all;
    for (std::size_t w = 0; w < kWriters; ++w) {
      all.threads.emplace_back([&, w] {
        for (std::size_t n = 0; copying.load() > 0 || n < 20; ++n) {
          ++begun[w];
          // Even writers are relaxed, odd ones append turns.
          const std::string word = unique_word(w * 100'000 + n);
          const auto durability = w < 2 ? Durability::kRelaxed : Durability::kFull;
          const Status written =
              w % 2 == 0 ? scope.put({.key = std::to_string(w) + ":" + std::to_string(n), .text = text_of(word)}, {.durability = durability}).status()
                         : scope.session(std::to_string(w)).append(Turn{.text = text_of(word)}, {.durability = durability}).status();
          problems.expect_ok(written, "write");
          if (!written.ok()) return;
          ++acknowledged[w];
        }
      });
    }
    for (std::size_t t = 0; t < 2; ++t) {
      all.threads.emplace_back([&, t] {
        for (std::size_t n = 0; n < snapshots; ++n) {
          const std::size_t number = t * snapshots + n;
          for (std::size_t w = 0; w < kWriters; ++w) taken[number].least[w] = acknowledged[w].load();
          problems.expect_ok(store->snapshot(dir / ("copy" + std::to_string(number))), "snapshot");
          for (std::size_t w = 0; w < kWriters; ++w) taken[number].most[w] = begun[w].load();
        }
        --copying;
      });
    }
  }
  CHECK(problems.all() == "");
  REQUIRE(join(check_problems(*store)) == "");
  for (std::size_t number = 0; number < taken.size(); ++number) {
    INFO("snapshot " << number);
    auto copy = Store::open(dir / ("copy" + std::to_string(number)));
    REQUIRE_OK(copy);
    REQUIRE(join(check_problems(*copy)) == "");
    const Scope copied = copy->scope(home()).value();
    for (std::size_t w = 0; w < kWriters; ++w) {
      const std::string name = std::to_string(w);
      std::size_t held = 0;
      if (w % 2 == 0) {
        held = copied.count(Filter::where("key", Op::kPrefix, name + ":")).value();
        for (std::size_t n = 0; n < held; ++n) REQUIRE_OK(copied.get(Layer::kSemantic, name + ":" + std::to_string(n)));
      } else {
        held = copied.session(name).size().value();
      }
      CHECK(held >= taken[number].least[w]);
      CHECK(held <= taken[number].most[w]);
    }
  }
  REQUIRE_OK(store->close());
}

TEST_CASE("several stores on one file in one process") {
  const TempDir dir;
  auto a = Store::open(dir / "store.db");
  auto b = Store::open(dir / "store.db");
  REQUIRE_OK(a);
  REQUIRE_OK(b);
  const Scope from_a = a->scope(home()).value();
  const Scope from_b = b->scope(home()).value();
  for (std::uint64_t n = 0; n < 20; ++n) {
    const std::string word = unique_word(n);
    const auto id = (n % 2 == 0 ? from_a : from_b).put({.text = text_of(word)});
    REQUIRE_OK(id);
    const auto answer = (n % 2 == 0 ? from_b : from_a).recall({.text = word});
    REQUIRE_OK(answer);
    REQUIRE_FALSE(answer->hits.empty());
    CHECK(answer->hits[0].memory.id == *id);
  }
  REQUIRE_OK(a->close());
  // The other one is not harmed by what was closed.
  REQUIRE_OK(from_b.put({.text = text_of("later")}));
  CHECK(from_b.count().value() == 21);
  REQUIRE_OK(b->close());
  auto c = Store::open(dir / "store.db");
  REQUIRE_OK(c);
  CHECK(c->scope(home()).value().count().value() == 21);
}
