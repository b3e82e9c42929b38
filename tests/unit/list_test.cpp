// SPDX-License-Identifier: Apache-2.0
// Listings: three orders, pages, cursors.
#include <algorithm>
#include <string>
#include <vector>

#include "open_store.hpp"
#include "support/random.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

/// Memories with many equal times, so that ties matter.
std::vector<Memory> fill(const OpenStore& s, int count) {
  Random random(31);
  std::vector<Memory> all;
  for (int i = 0; i < count; ++i) {
    if (random.chance(50)) s.clock->advance(std::chrono::seconds(1));
    MemoryInput input;
    input.text = std::to_string(i);
    input.event_time = kStart + std::chrono::minutes(random.between(-3, 3));
    input.tags = {i % 2 == 0 ? "even" : "odd"};
    all.push_back(s.scope.get(s.scope.put(input).value()).value());
  }
  return all;
}

std::vector<MemoryId> sorted(std::vector<Memory> all, Order order) {
  std::sort(all.begin(), all.end(), [order](const Memory& a, const Memory& b) {
    if (order == Order::kCreated) return std::pair(a.created_at, a.id) < std::pair(b.created_at, b.id);
    if (a.event_time != b.event_time) return (a.event_time < b.event_time) == (order == Order::kOldest);
    return a.id < b.id;
  });
  return ids_of(all);
}

std::vector<MemoryId> pages(const Scope& scope, ListOptions options) {
  std::vector<MemoryId> ids;
  for (int n = 0; n < 1000; ++n) {
    const Page page = scope.list(options).value();
    CHECK(page.items.size() <= options.limit);
    if (!page.next.empty()) CHECK(page.items.size() == options.limit);
    for (const Memory& memory : page) ids.push_back(memory.id);
    if (page.next.empty()) return ids;
    options.cursor = page.next;
  }
  FAIL("no last page");
  return ids;
}

}  // namespace

TEST_CASE("list: three orders, page by page, ties by id", "[list]") {
  const OpenStore s;
  const auto all = fill(s, 60);
  for (const Order order : {Order::kNewest, Order::kOldest, Order::kCreated}) {
    const auto want = sorted(all, order);
    for (const std::size_t limit : {1, 2, 7, 59, 60, 61, 10'000}) CHECK(pages(s.scope, {.order = order, .limit = limit}) == want);
  }
  CHECK(s.scope.list()->items.size() == 60);
  CHECK(ids_of(s.scope.list()->items) == sorted(all, Order::kNewest));
}

TEST_CASE("list: filtered pages", "[list]") {
  const OpenStore s;
  auto all = fill(s, 40);
  std::erase_if(all, [](const Memory& memory) { return memory.tags[0] != "odd"; });
  CHECK(pages(s.scope, {.where = Filter::tag("odd"), .order = Order::kOldest, .limit = 3}) == sorted(all, Order::kOldest));
  CHECK(pages(s.scope, {.where = Filter::tag("none"), .limit = 3}).empty());
}

TEST_CASE("list: a cursor belongs to its listing", "[list]") {
  const OpenStore s;
  fill(s, 10);
  const std::string cursor = s.scope.list({.limit = 3})->next;
  REQUIRE_FALSE(cursor.empty());
  CHECK(s.scope.list({.limit = 5, .cursor = cursor})->items.size() == 5);  // another page size is the same listing
  const Scope other = s.store.scope({"acme", "bob"}).value();
  const Scope narrowed = s.scope.narrow({.where = Filter::tag("odd")}).value();
  const Scope reaching = s.store.scope({"acme", "ada"}, {.reach = Reach::kSubtree}).value();
  for (const auto& page : {s.scope.list({.order = Order::kOldest, .limit = 3, .cursor = cursor}),
                           s.scope.list({.where = Filter::tag("odd"), .limit = 3, .cursor = cursor}),
                           other.list({.cursor = cursor}), narrowed.list({.cursor = cursor}), reaching.list({.cursor = cursor})}) {
    REQUIRE_CODE(page, StatusCode::kInvalidArgument);
    CHECK(contains(page.status().message(), "cursor"));
  }
}

TEST_CASE("list: spoilt cursors are refused", "[list]") {
  const OpenStore s;
  fill(s, 10);
  const std::string cursor = s.scope.list({.limit = 3})->next;
  for (std::size_t n = 1; n < cursor.size(); ++n) {
    REQUIRE_CODE(s.scope.list({.cursor = cursor.substr(0, n)}), StatusCode::kInvalidArgument);
  }
  for (const std::string& bad : {cursor + "x", " " + cursor, std::string("x"), std::string("'"), cursor + std::string(1, '\0'),
                                 std::string(100'000, '9'), cursor.substr(0, 17) + "99999999999999999999.x"}) {
    REQUIRE_CODE(s.scope.list({.cursor = bad}), StatusCode::kInvalidArgument);
  }
}

TEST_CASE("list: changes between pages repeat and skip nothing else", "[list]") {
  const OpenStore s;
  const auto all = fill(s, 30);
  auto want = sorted(all, Order::kOldest);
  const Page first = s.scope.list({.order = Order::kOldest, .limit = 10}).value();
  (void)s.scope.forget(want[9]).value();   // the last one seen
  (void)s.scope.forget(want[15]).value();  // one to come
  s.put("new, at the end");
  REQUIRE_OK(s.scope.update(want[20], {.text = "changed"}));
  ListOptions options{.order = Order::kOldest, .limit = 10, .cursor = first.next};
  const auto rest = pages(s.scope, options);
  std::vector<MemoryId> expected(want.begin() + 10, want.end());
  std::erase(expected, want[15]);
  REQUIRE(rest.size() == expected.size() + 1);
  std::vector<MemoryId> known;  // in order, without the new one
  for (const MemoryId id : rest) {
    if (std::find(expected.begin(), expected.end(), id) != expected.end()) known.push_back(id);
  }
  CHECK(known == expected);
}

TEST_CASE("list: times before 1970 and at the ends", "[list]") {
  const OpenStore s;
  std::vector<MemoryId> want;
  for (const char* time : {"0000-01-01", "1969-12-31T23:59:59.999999Z", "1970-01-01", "9999-12-31"}) {
    want.push_back(s.scope.put({.text = "x", .event_time = parse_time(time).value()}).value());
  }
  CHECK(pages(s.scope, {.order = Order::kOldest, .limit = 1}) == want);
  std::reverse(want.begin(), want.end());
  CHECK(pages(s.scope, {.order = Order::kNewest, .limit = 1}) == want);
}

TEST_CASE("list: limits", "[list]") {
  const OpenStore s;
  REQUIRE_CODE(s.scope.list({.limit = 0}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.list({.limit = 10'001}), StatusCode::kInvalidArgument);
  CHECK(s.scope.list({.limit = 10'000})->items.empty());
  CHECK(s.scope.count().value() == 0);
}
