// SPDX-License-Identifier: Apache-2.0
// What a call reads of the file to find a few memories does not grow with the namespace: counted in steps of SQLite's virtual machine.
#include "open_store.hpp"
#include "support/sqlite_raw.hpp"

#include <algorithm>
#include <functional>
#include <string>

using namespace mnemic;
using namespace mnemic::test;

namespace {

int most_steps = 0;  // of one statement since it was set to 0

int count_steps(unsigned, void*, void* statement, void*) {
  most_steps = std::max(most_steps, sqlite3_stmt_status(static_cast<sqlite3_stmt*>(statement), SQLITE_STMTSTATUS_VM_STEP, 1));
  return 0;
}

int watch(sqlite3* db, const char**, const void*) {
  return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, count_steps, nullptr);
}

/// Every connection opened while it lives counts its steps.
struct Watching {
  Watching() { sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch)); }
  ~Watching() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(watch)); }
};

constexpr int kMemories = 3000;  // passing over one takes several steps

void cheap(const char* what, const std::function<bool()>& call) {
  most_steps = 0;
  REQUIRE(call());
  INFO(what << ": " << most_steps << " steps");
  CHECK(most_steps > 0);
  CHECK(most_steps < 1000);
}

}  // namespace

TEST_CASE("cost: a memory is found by id or key without walking its namespace", "[cost]") {
  const Watching watching;
  const OpenStore s;
  Batch batch;
  for (int i = 0; i < kMemories; ++i) batch.put({.key = "k" + std::to_string(i), .text = "number " + std::to_string(i)});
  const auto written = s.scope.write(batch).value();
  const MemoryId one = written[1000].id;
  const MemoryId other = written[2000].id;

  cheap("get", [&] { return s.scope.get(one).ok(); });
  cheap("get by key", [&] { return s.scope.get(Layer::kSemantic, "k7").ok(); });
  cheap("update", [&] { return s.scope.update(one, {.importance = 0.9}).ok(); });
  cheap("put with a key that is taken", [&] { return s.scope.put({.key = "k8", .text = "anew"}).ok(); });
  cheap("append", [&] { return s.scope.session("s").append({.text = "a turn"}).ok(); });
  cheap("relate", [&] { return s.scope.relate(one, "about", other).ok(); });
  cheap("related", [&] { return s.scope.related(one).value().size() == 1; });
  cheap("unrelate", [&] { return s.scope.unrelate(one, "about", other).ok(); });
  cheap("forget", [&] { return s.scope.forget(one).ok(); });
}

TEST_CASE("cost: a recall after the first, and its pinned memories, walk no namespace", "[cost]") {
  const Watching watching;
  const OpenStore s;
  Batch batch;
  for (int i = 0; i < kMemories; ++i) batch.put({.text = "number " + std::to_string(i), .pinned = i % 1000 == 0});
  s.scope.write(batch).value();
  s.scope.recall({.text = "number 7"}).value();
  cheap("recall", [&] { return s.scope.recall({.text = "number 7"}).value().pinned.size() == 3; });
  cheap("recall in a layer", [&] {
    return s.scope.recall({.text = "number 7"}, {.layers = {Layer::kSemantic}}).value().pinned.size() == 3;
  });
}

TEST_CASE("recall: a filter that nothing can match finds nothing pinned, and is no error", "[recall]") {
  const OpenStore s;
  s.scope.put({.text = "number 7", .pinned = true}).value();
  for (const Filter& nothing : {Filter::any_of({}), !Filter(), Filter::any_of({}) && Filter::tag("t")}) {
    const auto result = s.scope.recall({.text = "number 7", .where = nothing});
    REQUIRE(result.ok());
    CHECK(result->pinned.empty());
    CHECK(result->hits.empty());
  }
  CHECK(s.scope.recall({.text = "number 7", .where = Filter::any_of({Filter::any_of({}), Filter()})}).value().pinned.size() == 1);
}
