// SPDX-License-Identifier: Apache-2.0
// Scopes: what each may see and do, narrowing, reach, grants.
#include <set>
#include <string>
#include <vector>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

std::set<std::string> texts(const Scope& scope) {
  std::set<std::string> all;
  for (const Memory& memory : scope.list().value()) all.insert(memory.text);
  std::set<std::string> recalled;
  for (const Hit& hit : scope.recall({.text = "note"}, {.k = 100}).value().hits) recalled.insert(hit.memory.text);
  CHECK(recalled == all);  // recall sees what list sees
  CHECK(scope.count().value() == all.size());
  return all;
}

using Texts = std::set<std::string>;

}  // namespace

TEST_CASE("scope: stamps what a write leaves open", "[scope]") {
  const OpenStore s;
  const Scope scope = s.store.scope({"a"}, {.user = "ada", .agent = "bot", .session = "s1"}).value();
  const Memory plain = scope.get(scope.put({.text = "x"}).value()).value();
  CHECK(plain.user == "ada");
  CHECK(plain.agent == "bot");
  CHECK(plain.session == "s1");
  const Memory stated = scope.get(scope.put({.text = "x", .user = "eve", .agent = "other", .session = "s2"}).value()).value();
  CHECK(stated.user == "eve");
  CHECK(stated.agent == "other");
  CHECK(stated.session == "s2");
}

TEST_CASE("scope: a namespace is normalised, a bad one refused", "[scope]") {
  const OpenStore s;
  CHECK(s.store.scope({"cafe\xCC\x81"})->name() == Namespace{"caf\xC3\xA9"});
  REQUIRE_OK(s.store.scope({"cafe\xCC\x81"})->put({.text = "note"}));
  CHECK(s.store.scope({"caf\xC3\xA9"})->count().value() == 1);
  REQUIRE_CODE(s.store.scope({}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.scope({""}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.scope({".."}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.scope({"a"}, {.user = std::string(2000, 'u')}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.scope({"a"}, {.where = Filter::where("nothing", Op::kEq, 1)}), StatusCode::kInvalidArgument);
}

TEST_CASE("scope: names that look alike are apart", "[scope]") {
  const OpenStore s;
  const std::vector<Namespace> names = {{"a/b"}, {"a", "b"}, {"a%2Fb"}, {"%"}, {"*"}, {"a"}, {"A"}, {"a "}, {"_"}, {"a", "b", "c"}};
  for (const Namespace& name : names) REQUIRE_OK(s.store.scope(name)->put({.text = "note " + name.to_string()}));
  for (const Namespace& name : names) CHECK(texts(s.store.scope(name).value()) == Texts{"note " + name.to_string()});
  CHECK(s.store.admin().namespaces()->size() == names.size());
}

TEST_CASE("scope: foreign ids look as unknown ones", "[scope]") {
  const OpenStore s;
  const MemoryId id = s.put("note");
  const Scope bob = s.store.scope({"acme", "bob"}).value();
  const MemoryId own = bob.put({.text = "note"}).value();
  std::vector<Status> foreign, unknown;
  for (const MemoryId asked : {id, MemoryId::parse("0197a0b2-7c11-7d3e-8a55-0123456789ab").value()}) {
    auto& statuses = asked == id ? foreign : unknown;
    statuses = {bob.get(asked).status(), bob.update(asked, {.text = "x"}).status(), bob.forget(asked).status(),
                bob.forget(asked, {.dry_run = true}).status(), bob.why({.text = "note"}, asked).status()};
  }
  for (std::size_t i = 0; i < foreign.size(); ++i) {
    CHECK(foreign[i].code() == StatusCode::kNotFound);
    CHECK(foreign[i].to_string() == unknown[i].to_string());
  }
  CHECK(bob.forget(Filter::id(id))->ids.empty());
  CHECK(bob.count(Filter::id(id)).value() == 0);
  CHECK(texts(bob) == Texts{"note"});
  CHECK(bob.forget(Filter())->ids == std::vector{own});
  CHECK(s.scope.get(id)->version == 1);
}

TEST_CASE("scope: where hides, and what is hidden cannot be touched", "[scope]") {
  const OpenStore s;
  const MemoryId food = s.scope.put({.key = "f", .text = "note food", .tags = {"food"}}).value();
  const MemoryId work = s.scope.put({.key = "w", .text = "note work", .pinned = true, .tags = {"work"}}).value();
  const Scope scope = s.store.scope({"acme", "ada"}, {.where = Filter::tag("food")}).value();
  CHECK(texts(scope) == Texts{"note food"});
  REQUIRE_CODE(scope.get(work), StatusCode::kNotFound);
  REQUIRE_CODE(scope.get(Layer::kSemantic, "w"), StatusCode::kNotFound);
  REQUIRE_CODE(scope.update(work, {.text = "x"}), StatusCode::kNotFound);
  REQUIRE_CODE(scope.forget(work), StatusCode::kNotFound);
  REQUIRE_CODE(scope.why({.text = "note"}, work), StatusCode::kNotFound);
  CHECK(scope.recall({.text = "note"})->pinned.empty());
  CHECK(scope.recall({.text = "note"})->searched == 1);
  const auto taken = scope.put({.key = "w", .text = "note theft", .tags = {"food"}});
  REQUIRE_CODE(taken, StatusCode::kAlreadyExists);
  CHECK(contains(taken.status().message(), "key"));
  CHECK(scope.forget(Filter())->ids == std::vector{food});
  CHECK(s.scope.get(work)->text == "note work");
  // Statistics of what is hidden do not show: the same scores as if it did not exist.
  const OpenStore alone;
  const MemoryId one = alone.scope.put({.text = "note tea", .tags = {"food"}}).value();
  const OpenStore mixed;
  (void)mixed.scope.put({.text = "tea tea tea", .tags = {"work"}}).value();
  (void)mixed.scope.put({.text = "note tea", .tags = {"food"}}).value();
  const Scope filtered = mixed.scope.narrow({.where = Filter::tag("food")}).value();
  const auto want = alone.scope.recall({.text = "tea"}).value(), got = filtered.recall({.text = "tea"}).value();
  REQUIRE(got.hits.size() == 1);
  CHECK(want.hits[0].memory.id == one);
  CHECK(got.hits[0].score == want.hits[0].score);
  CHECK(got.hits[0].parts.bm25 == want.hits[0].parts.bm25);
}

TEST_CASE("scope: narrowing never widens", "[scope]") {
  const OpenStore s;
  (void)s.scope.put({.text = "note 1", .tags = {"a", "b"}}).value();
  (void)s.scope.put({.text = "note 2", .tags = {"a"}}).value();
  (void)s.scope.put({.text = "note 3", .tags = {"b"}}).value();
  const Scope a = s.scope.narrow({.user = "ada", .where = Filter::tag("a")}).value();
  CHECK(texts(a) == Texts{"note 1", "note 2"});
  CHECK(texts(a.narrow({.where = Filter::tag("b")}).value()) == Texts{"note 1"});
  CHECK(texts(a.narrow({}).value()) == Texts{"note 1", "note 2"});
  CHECK(texts(a.narrow({.where = Filter()}).value()) == Texts{"note 1", "note 2"});
  CHECK(texts(a.narrow({.where = !Filter::tag("a")}).value()).empty());
  CHECK(a.narrow({})->options().user == "ada");
  REQUIRE_CODE(a.narrow({.user = "eve"}), StatusCode::kPermissionDenied);
  CHECK(a.narrow({.user = "ada", .agent = "bot"})->options().agent == "bot");
  REQUIRE_CODE(a.narrow({.agent = "bot"})->narrow({.agent = "other"}), StatusCode::kPermissionDenied);
  REQUIRE_CODE(s.scope.narrow({.reach = Reach::kSubtree}), StatusCode::kPermissionDenied);
  REQUIRE_CODE(s.scope.narrow({.reach = Reach::kGranted}), StatusCode::kPermissionDenied);
  REQUIRE_CODE(a.narrow({.where = Filter::where("nothing", Op::kEq, 1)}), StatusCode::kInvalidArgument);
  const Scope wide = s.store.scope({"acme"}, {.reach = Reach::kSubtree}).value();
  CHECK(texts(wide).size() == 3);
  CHECK(texts(wide.narrow({.reach = Reach::kOwn}).value()).empty());
  REQUIRE_CODE(wide.narrow({.reach = Reach::kGranted}), StatusCode::kPermissionDenied);
  CHECK(texts(wide.narrow({.reach = Reach::kSubtree}).value()).size() == 3);
}

TEST_CASE("scope: read-only stays read-only", "[scope]") {
  const OpenStore s;
  const MemoryId id = s.put("note");
  const Scope scope = s.scope.narrow({.access = Access::kReadOnly}).value();
  const auto check = [&](const Scope& read_only) {
    CHECK(texts(read_only) == Texts{"note"});
    REQUIRE_CODE(read_only.put({.text = "x"}), StatusCode::kPermissionDenied);
    REQUIRE_CODE(read_only.update(id, {.text = "x"}), StatusCode::kPermissionDenied);
    REQUIRE_CODE(read_only.forget(id), StatusCode::kPermissionDenied);
    REQUIRE_CODE(read_only.forget(Filter()), StatusCode::kPermissionDenied);
    REQUIRE_CODE(read_only.session("s").append(Turn{.text = "x"}), StatusCode::kPermissionDenied);
    REQUIRE_CODE(read_only.session("s").pop(), StatusCode::kPermissionDenied);
    Batch batch;
    batch.put({.text = "x"});
    REQUIRE_CODE(read_only.write(batch), StatusCode::kPermissionDenied);
  };
  check(scope);
  check(scope.narrow({}).value());
  CHECK(scope.narrow({})->options().access == Access::kReadOnly);
  CHECK(s.scope.get(id)->version == 1);
}

TEST_CASE("scope: a subtree is read, only its own namespace written", "[scope]") {
  const OpenStore s;
  const auto at = [&](const Namespace& name) { return s.store.scope(name).value(); };
  (void)at({"acme"}).put({.text = "note acme"}).value();
  const MemoryId below = at({"acme", "ada"}).put({.text = "note ada"}).value();
  (void)at({"acme", "ada", "x"}).put({.text = "note x"}).value();
  (void)at({"acme2"}).put({.text = "note acme2"}).value();
  (void)at({"acme/ada"}).put({.text = "note slash"}).value();
  (void)at({"acme0"}).put({.text = "note 0"}).value();
  (void)at({"acme."}).put({.text = "note dot"}).value();
  const Scope tree = s.store.scope({"acme"}, {.reach = Reach::kSubtree}).value();
  CHECK(texts(tree) == Texts{"note acme", "note ada", "note x"});
  CHECK(tree.get(below)->name_space == Namespace{"acme", "ada"});
  REQUIRE_CODE(tree.update(below, {.text = "x"}), StatusCode::kNotFound);
  REQUIRE_CODE(tree.forget(below), StatusCode::kNotFound);
  CHECK(tree.forget(Filter())->ids.size() == 1);
  CHECK(texts(tree) == Texts{"note ada", "note x"});
  // A tree over namespaces never written to, and one whose top was not.
  CHECK(texts(s.store.scope({"nobody"}, {.reach = Reach::kSubtree}).value()).empty());
  (void)at({"top", "low"}).put({.text = "note low"}).value();
  CHECK(texts(s.store.scope({"top"}, {.reach = Reach::kSubtree}).value()) == Texts{"note low"});
  CHECK(texts(s.store.scope({"top"}).value()).empty());
}

TEST_CASE("scope: grants are looked up at every call", "[scope]") {
  const OpenStore s;
  const Namespace ada{"acme", "ada"}, bob{"acme", "bob"}, deep{"acme", "bob", "deep"};
  s.put("note ada");
  const MemoryId foreign = s.store.scope(bob)->put({.text = "note bob"}).value();
  (void)s.store.scope(deep)->put({.text = "note deep"}).value();
  const Scope scope = s.store.scope(ada, {.reach = Reach::kGranted}).value();
  const Scope plain = s.store.scope(ada).value();
  CHECK(texts(scope) == Texts{"note ada"});
  REQUIRE_OK(s.store.admin().grant(ada, bob));
  REQUIRE_OK(s.store.admin().grant(ada, bob));  // twice is no error
  CHECK(texts(scope) == Texts{"note ada", "note bob"});  // that namespace alone, not what is below
  CHECK(texts(plain) == Texts{"note ada"});              // without the reach a grant gives nothing
  CHECK(texts(s.store.scope(bob, {.reach = Reach::kGranted}).value()) == Texts{"note bob"});  // one way
  CHECK(scope.get(foreign)->text == "note bob");
  REQUIRE_CODE(scope.update(foreign, {.text = "x"}), StatusCode::kNotFound);
  REQUIRE_CODE(scope.forget(foreign), StatusCode::kNotFound);
  const auto grants = s.store.admin().grants().value();
  REQUIRE(grants.size() == 1);
  CHECK(grants[0].reader == ada);
  CHECK(grants[0].target == bob);
  CHECK(grants[0].granted_at == kStart);
  REQUIRE_OK(s.store.admin().revoke(ada, bob));
  CHECK(texts(scope) == Texts{"note ada"});
  REQUIRE_CODE(scope.get(foreign), StatusCode::kNotFound);
  REQUIRE_CODE(s.store.admin().revoke(ada, bob), StatusCode::kNotFound);
  REQUIRE_CODE(s.store.admin().grant(ada, ada), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.admin().grant(ada, {}), StatusCode::kInvalidArgument);
  CHECK(s.store.admin().grants()->empty());
}

TEST_CASE("scope: a grant ends with reopening no more than it began", "[scope]") {
  const TempDir dir;
  const Namespace ada{"ada"}, bob{"caf\xC3\xA9"};
  {
    const OpenStore s(still_options(), dir / "store.db");
    (void)s.store.scope(bob)->put({.text = "note bob"}).value();
    REQUIRE_OK(s.store.admin().grant(ada, {"cafe\xCC\x81"}));
  }
  const OpenStore s(still_options(), dir / "store.db");
  const Scope scope = s.store.scope(ada, {.reach = Reach::kGranted}).value();
  CHECK(texts(scope) == Texts{"note bob"});
}

TEST_CASE("scope: keeps its store alive, and answers after close", "[scope]") {
  std::optional<Scope> scope;
  std::optional<Session> session;
  {
    OpenStore s;
    s.put("note");
    scope = s.scope;
    session = s.scope.session("s");
    REQUIRE_OK(scope->count());
    REQUIRE_OK(s.store.close());
    REQUIRE_CODE(s.store.scope({"a"}), StatusCode::kFailedPrecondition);
  }
  REQUIRE_CODE(scope->count(), StatusCode::kFailedPrecondition);
  REQUIRE_CODE(scope->put({.text = "x"}), StatusCode::kFailedPrecondition);
  REQUIRE_CODE(session->size(), StatusCode::kFailedPrecondition);
  CHECK(scope->name() == Namespace{"acme", "ada"});
}
