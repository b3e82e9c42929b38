// SPDX-License-Identifier: Apache-2.0
// What goes and what comes back when the chatbot forgets: looked at, and not done.
#include "forgetting.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace mnemic;

namespace {

struct Home {
  Store store = Store::open(":memory:", {.embedder = nullptr}).value();
  Scope scope = store.scope({"chatbot", "ada"}).value();

  [[nodiscard]] MemoryId say(const std::string& text) const { return scope.session("s").append(Turn{.author = "Ada", .text = text}).value(); }
  [[nodiscard]] MemoryId note(const std::string& city, const std::vector<MemoryId>& sources) const {
    FactInput fact{.subject = "Ada", .attribute = "lives in", .value = city, .state = State::kProposed, .sources = sources};
    return scope.facts().assert_fact(fact).value().id;
  }
};

std::vector<MemoryId> ids_of(const std::vector<Memory>& memories) {
  std::vector<MemoryId> ids;
  for (const Memory& memory : memories) ids.push_back(memory.id);
  return ids;
}

}  // namespace

TEST_CASE("forgetting: what came from a turn alone goes with it, and what it replaced comes back; nothing is changed by looking") {
  const Home home;
  const MemoryId first = home.say("I live in Porto.");
  const MemoryId porto = home.note("Porto", {first});
  const MemoryId second = home.say("I moved to Lisbon.");
  const MemoryId lisbon = home.note("Lisbon", {second});
  const auto all = chatbot::look_ahead(home.scope, {second});
  CHECK(ids_of(all.asked) == std::vector{second});
  CHECK(ids_of(all.derived) == std::vector{lisbon});
  REQUIRE(all.returns.size() == 1);
  CHECK(all.returns[0].memory.id == porto);
  CHECK(home.scope.count().value() == 4);

  home.scope.write([&](Batch& batch) {
    batch.forget(second);
    batch.forget(lisbon);
    chatbot::let_return(batch, all.returns);
  }).value();
  const auto about = home.scope.facts().about("Ada").value();
  REQUIRE(about.size() == 1);
  CHECK(about[0].value == "Porto");
  CHECK_FALSE(about[0].holds.until);
}

TEST_CASE("forgetting: what goes itself does not come back, and what has another source stays") {
  const Home home;
  const MemoryId first = home.say("I live in Porto.");
  const MemoryId again = home.say("Yes, Porto.");
  const MemoryId porto = home.note("Porto", {first, again});
  const MemoryId second = home.say("I moved to Lisbon.");
  const MemoryId lisbon = home.note("Lisbon", {second});
  const auto both = chatbot::look_ahead(home.scope, {porto, lisbon});
  CHECK(both.asked.size() == 2);
  CHECK(both.returns.empty());
  CHECK(chatbot::look_ahead(home.scope, {first}).derived.empty());
  CHECK(ids_of(chatbot::look_ahead(home.scope, {first, again}).derived) == std::vector{porto});
}
