// SPDX-License-Identifier: Apache-2.0
// Compiled with -fno-exceptions -fno-rtti.
#include <mnemic/mnemic.hpp>

mnemic::StatusCode open_twice(const char* path) {
  auto store = mnemic::Store::open(path);
  if (!store) return store.status().code();
  auto scope = store->scope({"plain"});
  return scope ? scope->put({.text = "no exceptions here"}).status().code() : scope.status().code();
}

// What one states by name must not warn about what one leaves out (-Wextra).
const mnemic::MemoryInput kInput{.text = "x"};
const mnemic::MemoryChange kChange{.pinned = true};
const mnemic::Turn kTurn{.text = "x"};
const mnemic::Options kOptions{.time_zone = "UTC"};
const mnemic::ScopeOptions kScope{.agent = "x"};
const mnemic::Query kQuery{.text = "x"};
const mnemic::RecallOptions kRecall{.k = 3};
const mnemic::ListOptions kList{.limit = 3};
const mnemic::ForgetOptions kForget{.dry_run = true};
const mnemic::UpdateOptions kUpdate{.if_version = 3};
const mnemic::WindowOptions kWindow{.max_turns = 2};
const mnemic::EmbeddingSpace kSpace{.name = "x"};
const mnemic::ScreenVerdict kVerdict{.reason = "x"};
