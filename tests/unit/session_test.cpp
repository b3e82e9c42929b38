// SPDX-License-Identifier: Apache-2.0
// Sessions: order, idempotence by key, windows, taking turns back, chat messages.
#include <string>
#include <vector>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

/// One token per byte.
class ByteCounter final : public TokenCounter {
 public:
  std::size_t count(std::string_view text) override {
    seen.emplace_back(text);
    return text.size();
  }
  std::vector<std::string> seen;
};

std::vector<std::string> texts(const std::vector<Memory>& memories) {
  std::vector<std::string> all;
  for (const Memory& memory : memories) all.push_back(memory.text);
  return all;
}

using Texts = std::vector<std::string>;

Turn say(const std::string& text, const std::string& key = {}) { return Turn{.author = "user", .text = text, .key = key}; }

}  // namespace

TEST_CASE("session: turns come back in the order they were said", "[session]") {
  const OpenStore s;
  const Session session = s.scope.session("s1");
  CHECK(session.id() == "s1");
  CHECK(session.size().value() == 0);
  CHECK(session.window()->empty());
  (void)session.append(say("one")).value();
  s.clock->advance(std::chrono::hours(-1));  // the clock jumps back; the order does not
  const std::vector<Turn> more = {say("two"), say("three")};
  const auto ids = session.append(more).value();
  REQUIRE(ids.size() == 2);
  const auto window = session.window().value();
  CHECK(texts(window) == Texts{"one", "two", "three"});
  for (std::size_t i = 0; i < 3; ++i) CHECK(window[i].turn == i);
  CHECK(window[1].id == ids[0]);
  CHECK(window[0].layer == Layer::kConversational);
  CHECK(window[0].session == "s1");
  CHECK(session.size().value() == 3);
  CHECK(session.append(std::vector<Turn>())->empty());
}

TEST_CASE("session: several turns are one commit and one embedding", "[session]") {
  const OpenStore s;
  const auto before = s.store.stats().value();
  std::vector<Turn> turns;
  for (int i = 0; i < 50; ++i) turns.push_back(say("turn " + std::to_string(i)));
  REQUIRE_OK(s.scope.session("s").append(turns));
  CHECK(s.store.stats()->commits == before.commits + 1);
  turns[20].text.clear();  // an empty turn: all or none
  const auto refused = s.scope.session("s").append(turns);
  REQUIRE_CODE(refused, StatusCode::kInvalidArgument);
  CHECK(contains(refused.status().message(), "operation 20"));
  CHECK(s.scope.session("s").size().value() == 50);
}

TEST_CASE("session: a key is appended once", "[session]") {
  const OpenStore s;
  const Session session = s.scope.session("s1");
  const MemoryId first = session.append(say("hello", "m1")).value();
  const Seq seq = s.store.stats()->seq;
  CHECK(session.append(say("hello again", "m1")).value() == first);
  CHECK(s.store.stats()->seq == seq);
  CHECK(s.scope.get(first)->text == "hello");
  CHECK(s.scope.get(first)->version == 1);
  const std::vector<Turn> mixed = {say("b", "m2"), say("hello", "m1"), say("b", "m2"), say("c")};
  const auto ids = session.append(mixed).value();
  CHECK(ids[1] == first);
  CHECK(ids[0] == ids[2]);
  CHECK(texts(session.window().value()) == Texts{"hello", "b", "c"});
  const auto elsewhere = s.scope.session("s2").append(say("x", "m1"));
  REQUIRE_CODE(elsewhere, StatusCode::kAlreadyExists);
  CHECK(contains(elsewhere.status().message(), "key"));
  CHECK(s.scope.session("s2").size().value() == 0);
  const Scope bob = s.store.scope({"acme", "bob"}).value();
  CHECK(bob.session("s2").append(say("x", "m1")).ok());  // keys are a namespace's own
}

TEST_CASE("session: a key held outside `where` does not give its turn's id away", "[session]") {
  const OpenStore s;
  const MemoryId id = s.scope.session("s").append(Turn{.author = "ada", .text = "mine", .key = "m1"}).value();
  const Scope others = s.scope.narrow({.where = !Filter::author("ada")}).value();
  REQUIRE_CODE(others.session("s").append(Turn{.author = "bob", .text = "mine", .key = "m1"}), StatusCode::kAlreadyExists);
  CHECK(s.scope.session("s").append(Turn{.author = "ada", .text = "mine", .key = "m1"}).value() == id);
}

TEST_CASE("session: a window by tokens holds the newest turns that fit", "[session]") {
  const auto counter = std::make_shared<ByteCounter>();
  const OpenStore s(still_options({.token_counter = counter}));
  const Session session = s.scope.session("s");
  for (const char* text : {"aaaaa", "bbbb", "ccc", "dd"}) (void)session.append(say(text)).value();
  const auto window = [&](std::size_t tokens, std::size_t turns = 1000) {
    return texts(session.window({.max_tokens = tokens, .max_turns = turns}).value());
  };
  CHECK(window(14) == Texts{"aaaaa", "bbbb", "ccc", "dd"});
  CHECK(window(13) == Texts{"bbbb", "ccc", "dd"});
  CHECK(window(9) == Texts{"bbbb", "ccc", "dd"});
  CHECK(window(8) == Texts{"ccc", "dd"});
  CHECK(window(2) == Texts{"dd"});
  CHECK(window(1) == Texts{"dd"});  // the newest is always there
  CHECK(window(0) == Texts{"dd"});
  CHECK(window(1000, 2) == Texts{"ccc", "dd"});
  CHECK(window(1000, 1) == Texts{"dd"});
  REQUIRE_CODE(session.window({.max_turns = 0}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(session.window({.max_turns = 10'001}), StatusCode::kInvalidArgument);
}

TEST_CASE("session: a turn without text counts by its content", "[session]") {
  const auto counter = std::make_shared<ByteCounter>();
  const OpenStore s(still_options({.token_counter = counter}));
  (void)s.scope.session("s").append(Turn{.content = Json::parse(R"({ "a": 1 })").value()}).value();
  (void)s.scope.session("s").window().value();
  CHECK(counter->seen == std::vector<std::string>{R"({ "a": 1 })"});
}

TEST_CASE("session: a long one is read in parts, whole", "[session]") {
  const auto counter = std::make_shared<ByteCounter>();
  const OpenStore s(still_options({.token_counter = counter}));
  std::vector<Turn> turns;
  for (int i = 0; i < 300; ++i) turns.push_back(say("t" + std::to_string(1000 + i)));
  (void)s.scope.session("s").append(turns).value();
  for (const std::size_t want : {1, 63, 64, 65, 128, 129, 300}) {
    const auto by_turns = s.scope.session("s").window({.max_tokens = 100'000, .max_turns = want}).value();
    const auto by_tokens = s.scope.session("s").window({.max_tokens = want * 5}).value();
    REQUIRE(by_turns.size() == want);
    REQUIRE(by_tokens.size() == want);
    CHECK(by_turns.front().text == "t" + std::to_string(1300 - want));
    CHECK(by_turns.back().text == "t1299");
    CHECK(texts(by_turns) == texts(by_tokens));
  }
}

TEST_CASE("session: turns are taken back, and their numbers never given again", "[session]") {
  const OpenStore s;
  const Session session = s.scope.session("s");
  const std::vector<Turn> four = {say("zero"), say("one"), say("two"), say("three", "k")};
  (void)session.append(four).value();
  const auto taken = session.pop(2).value();
  CHECK(texts(taken) == Texts{"two", "three"});
  CHECK(taken[0].turn == 2U);
  CHECK(session.size().value() == 2);
  const MemoryId next = session.append(say("three again", "k")).value();
  CHECK(next != taken[1].id);
  CHECK(s.scope.get(next)->turn == 4U);
  CHECK(texts(session.window().value()) == Texts{"zero", "one", "three again"});
  const auto found = s.scope.recall({.text = "two"});
  for (const Hit& hit : found.value().hits) CHECK(hit.memory.text != "two");
  CHECK(texts(session.pop(100).value()) == Texts{"zero", "one", "three again"});
  CHECK(session.pop()->empty());
  CHECK(session.pop(0)->empty());
  CHECK(session.size().value() == 0);
  (void)session.append(say("five")).value();
  CHECK(session.window()->at(0).turn == 5U);
  REQUIRE_CODE(session.pop(10'001), StatusCode::kInvalidArgument);
}

TEST_CASE("session: turns stay where they are when changed or forgotten", "[session]") {
  const OpenStore s;
  const Session session = s.scope.session("s");
  const std::vector<Turn> three = {say("zero"), say("one"), say("two")};
  const auto ids = session.append(three).value();
  REQUIRE_OK(s.scope.update(ids[0], {.text = "ZERO"}));
  (void)s.scope.forget(ids[1]).value();
  const auto window = session.window().value();
  CHECK(texts(window) == Texts{"ZERO", "two"});
  CHECK(window[0].turn == 0U);
  CHECK(window[1].turn == 2U);
}

TEST_CASE("session: the turns of one are not another's", "[session]") {
  const OpenStore s;
  (void)s.scope.session("s1").append(say("a")).value();
  (void)s.scope.session("s2").append(say("b")).value();
  (void)s.scope.session("S1").append(say("c")).value();
  const Scope bob = s.store.scope({"acme", "bob"}).value();
  (void)bob.session("s1").append(say("d")).value();
  CHECK(texts(s.scope.session("s1").window().value()) == Texts{"a"});
  CHECK(texts(bob.session("s1").window().value()) == Texts{"d"});
  CHECK(s.scope.session("s2").window()->at(0).turn == 0U);
}

TEST_CASE("session: a note that names a session is no turn of it", "[session]") {
  const OpenStore s;
  (void)s.scope.put({.text = "note", .session = "s"}).value();
  CHECK(s.scope.session("s").size().value() == 0);
  CHECK(s.scope.sessions()->empty());
  const MemoryId turn = s.scope.put({.layer = Layer::kConversational, .text = "turn", .session = "s"}).value();
  CHECK(s.scope.get(turn)->turn == 0U);
  CHECK(s.scope.session("s").size().value() == 1);
  const MemoryId loose = s.scope.put({.layer = Layer::kConversational, .text = "loose"}).value();
  CHECK_FALSE(s.scope.get(loose)->turn);
}

TEST_CASE("session: names", "[session]") {
  const OpenStore s;
  REQUIRE_CODE(s.scope.session("").append(say("x")), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.session("").window(), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.session("").pop(), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.session("").size(), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.session(std::string(1025, 's')).append(say("x")), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.session("\xFF").append(say("x")), StatusCode::kInvalidArgument);
  for (const char* name : {"a/b", "..", "%", "*", "' OR 1", "cafe\xCC\x81"}) {
    REQUIRE_OK(s.scope.session(name).append(say("x")));
    CHECK(s.scope.session(name).size().value() == 1);
  }
  CHECK(s.scope.sessions()->size() == 6);
}

TEST_CASE("session: the list of them, latest first", "[session]") {
  const OpenStore s;
  const auto at = [](int minutes) { return kStart + std::chrono::minutes(minutes); };
  const auto append = [&](const char* session, int minutes) {
    Turn turn = say("x");
    turn.event_time = at(minutes);
    (void)s.scope.session(session).append(turn).value();
  };
  append("old", 1);
  append("b", 5);
  append("b", 2);
  append("a", 5);
  const auto sessions = s.scope.sessions().value();
  REQUIRE(sessions.size() == 3);
  CHECK(sessions[0].id == "a");
  CHECK(sessions[1].id == "b");
  CHECK(sessions[2].id == "old");
  CHECK(sessions[1].turns == 2);
  CHECK(sessions[1].first == at(2));
  CHECK(sessions[1].last == at(5));
}

TEST_CASE("turn: chat messages in the OpenAI form", "[session]") {
  struct Case {
    const char* message;
    const char* author;
    const char* text;
    Trust trust;
  };
  const auto [message, author, text, trust] = GENERATE(values<Case>({
      {R"({"role":"user","content":"Hello"})", "user", "Hello", Trust::kUser},
      {R"({ "content" : "Hi" , "role":"assistant" })", "assistant", "Hi", Trust::kModel},
      {R"({"role":"tool","tool_call_id":"c1","content":"21 °C"})", "tool", "21 °C", Trust::kTool},
      {R"({"role":"system","content":"Be kind"})", "system", "Be kind", Trust::kExternal},
      {R"({"role":"developer","content":"x"})", "developer", "x", Trust::kExternal},
      {R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Lisbon\"}"}}]})",
       "assistant", "", Trust::kModel},
      {R"({"role":"user","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}},{"type":"text","text":"at this"}]})",
       "user", "Look\nat this", Trust::kUser},
      {R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]})", "user", "", Trust::kUser},
      {R"({"role":"user","content":[]})", "user", "", Trust::kUser},
      {R"({"role":"user"})", "user", "", Trust::kUser},
      {R"({"role":"user","content":[{"type":"text","text":7},{"type":"text"},3,"loose",{"text":"untyped"}]})", "user", "", Trust::kUser},
      {R"({"role":"","content":"x"})", "", "x", Trust::kExternal},
  }));
  CAPTURE(message);
  const auto turn = Turn::from_message(Json::parse(message).value());
  REQUIRE_OK(turn);
  CHECK(turn->author == author);
  CHECK(turn->text == text);
  CHECK(turn->trust == trust);
  CHECK(turn->content.dump() == message);
  CHECK(turn->key.empty());
}

TEST_CASE("turn: what is no message is refused", "[session]") {
  const std::string text = GENERATE("null", "[]", "\"user\"", "{}", R"({"content":"x"})", R"({"role":null})", R"({"role":1,"content":"x"})");
  CAPTURE(text);
  REQUIRE_CODE(Turn::from_message(Json::parse(text).value()), StatusCode::kInvalidArgument);
}

TEST_CASE("turn: tool calls and image parts are byte-equal after reopening", "[session]") {
  const TempDir dir;
  const std::vector<std::string> messages = {
      R"({ "role" : "user", "content":[ {"type":"text","text":"Wie warm?"}, {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}} ] })",
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Lisbon\",\"n\":1.50}"}}]})",
      "{\"role\":\"tool\",\n\t\"tool_call_id\":\"call_1\",\"content\":\"\\u00e9\\u0000 21.0\",\"z\":1e2,\"a\":12345678901234567890}",
  };
  {
    const OpenStore s(still_options(), dir / "store.db");
    std::vector<Turn> turns;
    for (const std::string& message : messages) turns.push_back(Turn::from_message(Json::parse(message).value()).value());
    REQUIRE_OK(s.scope.session("s").append(turns));
  }
  const OpenStore s(still_options(), dir / "store.db");
  const auto window = s.scope.session("s").window().value();
  REQUIRE(window.size() == messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i) CHECK(window[i].content.dump() == messages[i]);
  CHECK(window[0].text == "Wie warm?");
  CHECK(window[1].text.empty());
}
