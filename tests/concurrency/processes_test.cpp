// SPDX-License-Identifier: Apache-2.0
// Several processes, one store: what one was told is stored, every other one reads at once, by get, list and recall.
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/ledger.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mnemic;
using namespace mnemic::test;

namespace {

Namespace home() { return {"acme", "ada"}; }

std::string text_of(const std::string& word) { return "The note " + word + " is shared."; }

bool recalls(const Scope& scope, const std::string& word, std::string& problem) {
  const auto answer = scope.recall({.text = word}, {.k = 5});
  if (!answer) {
    problem = "recall: " + answer.status().to_string();
    return false;
  }
  const bool found = std::any_of(answer->hits.begin(), answer->hits.end(),
                                 [&](const Hit& hit) { return hit.memory.text.find(word) != std::string::npos; });
  if (!found) problem = "recall does not find " + word;
  return found;
}

// New whole lines of a file that another process appends to with single writes.
class Tail {
 public:
  explicit Tail(std::string path) : path_(std::move(path)) {}
  std::vector<std::string> lines() {
    std::ifstream in(path_, std::ios::binary);
    in.seekg(static_cast<std::streamoff>(at_));
    std::vector<std::string> found;
    std::string line;
    while (std::getline(in, line) && !in.eof()) {
      at_ += line.size() + 1;
      found.push_back(line);
    }
    return found;
  }

 private:
  std::string path_;
  std::size_t at_ = 0;
};

}  // namespace

// A process that does as it is told, one line at a time: put KEY WORD, get KEY WORD, recall WORD, count, append SESSION
// WORD, window SESSION, close, open, quit.
MNEMIC_CHILD(obedient) {
  auto store = Store::open(arguments.at(0));
  if (!store) {
    say("! " + store.status().to_string());
    return 1;
  }
  auto scope = store->scope(home()).value();
  say("ready");
  while (auto line = hear()) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at <= line->size();) {
      const auto end = std::min(line->find(' ', at), line->size());
      words.push_back(line->substr(at, end - at));
      at = end + 1;
    }
    const std::string& what = words[0];
    if (what == "put") {
      MemoryInput input;
      input.key = words.at(1);
      input.text = text_of(words.at(2));
      const auto id = scope.put(input);
      say(id ? "ok" : id.status().to_string());
    } else if (what == "get") {
      const auto got = scope.get(Layer::kSemantic, words.at(1));
      say(!got ? got.status().to_string() : got->text == text_of(words.at(2)) ? "ok" : "another text");
    } else if (what == "recall") {
      std::string problem;
      say(recalls(scope, words.at(1), problem) ? "ok" : problem);
    } else if (what == "count") {
      const auto n = scope.count();
      say(n ? std::to_string(*n) : n.status().to_string());
    } else if (what == "append") {
      Turn turn;
      turn.author = "user";
      turn.text = text_of(words.at(2));
      const auto id = scope.session(words.at(1)).append(turn);
      say(id ? "ok" : id.status().to_string());
    } else if (what == "window") {
      const auto window = scope.session(words.at(1)).window();
      std::string texts = window ? "" : window.status().to_string();
      if (window) {
        for (const auto& turn : *window) texts += turn.text + "|";
      }
      say(texts);
    } else if (what == "close") {
      const Status closed = store->close();
      say(closed.ok() ? "ok" : closed.to_string());
    } else if (what == "open") {
      store = Store::open(arguments.at(0));
      if (store) scope = store->scope(home()).value();
      say(store ? "ok" : store.status().to_string());
    } else {
      break;
    }
  }
  return 0;
}

TEST_CASE("what one process wrote, another reads in its next call") {
  const TempDir dir;
  const std::string path = dir / "store.db";
  Child a("obedient", {path});
  REQUIRE(a.line().value_or("") == "ready");
  Child b("obedient", {path});
  REQUIRE(b.line().value_or("") == "ready");
  for (std::uint64_t n = 0; n < 40; ++n) {
    Child& writer = n % 2 == 0 ? a : b;
    Child& reader = n % 2 == 0 ? b : a;
    const std::string key = "key" + std::to_string(n % 15);  // upserts too
    const std::string word = unique_word(n);
    REQUIRE(writer.ask("put " + key + " " + word) == "ok");
    REQUIRE(reader.ask("recall " + word) == "ok");
    REQUIRE(reader.ask("get " + key + " " + word) == "ok");
    REQUIRE(reader.ask("count") == std::to_string(std::min<std::uint64_t>(n + 1, 15)));
  }
}

TEST_CASE("a second chat recalls what the first one heard") {
  const TempDir dir;
  const std::string path = dir / "store.db";
  Child first("obedient", {path});
  REQUIRE(first.line().value_or("") == "ready");
  Child second("obedient", {path});
  REQUIRE(second.line().value_or("") == "ready");
  std::string expected;
  for (std::uint64_t n = 0; n < 20; ++n) {
    const std::string word = unique_word(1000 + n);
    Child& speaker = n % 3 == 0 ? second : first;
    Child& listener = n % 3 == 0 ? first : second;
    REQUIRE(speaker.ask("append talk " + word) == "ok");
    REQUIRE(listener.ask("recall " + word) == "ok");
    expected += text_of(word) + "|";
    REQUIRE(listener.ask("window talk") == expected);
  }
  // And one that comes later.
  REQUIRE(first.ask("close") == "ok");
  Child third("obedient", {path});
  REQUIRE(third.line().value_or("") == "ready");
  REQUIRE(third.ask("recall " + unique_word(1007)) == "ok");
  REQUIRE(third.ask("window talk") == expected);
}

TEST_CASE("processes that open and close in turn keep the file whole") {
  const TempDir dir;
  const std::string path = dir / "store.db";
  Child a("obedient", {path});
  REQUIRE(a.line().value_or("") == "ready");
  Child b("obedient", {path});
  REQUIRE(b.line().value_or("") == "ready");
  for (std::uint64_t n = 0; n < 12; ++n) {
    REQUIRE(a.ask("put k" + std::to_string(n) + " " + unique_word(n)) == "ok");
    Child& turn = n % 2 == 0 ? a : b;
    REQUIRE(turn.ask("close") == "ok");
    Child& other = n % 2 == 0 ? b : a;
    REQUIRE(other.ask("put m" + std::to_string(n) + " " + unique_word(100 + n)) == "ok");
    REQUIRE(turn.ask("open") == "ok");
    REQUIRE(turn.ask("recall " + unique_word(100 + n)) == "ok");
    REQUIRE(turn.ask("count") == std::to_string(2 * (n + 1)));
  }
  a.kill();
  b.kill();
  auto store = Store::open(path);
  REQUIRE_OK(store);
  REQUIRE(join(check_problems(*store)) == "");
  CHECK(store->scope(home()).value().count().value() == 24);
}

// arguments: path, own number, number of processes, writes. Writes as fast as it can; appends every acknowledged write to
// its own log file; reads the logs of the others and looks for what they say. Then waits for the word "finish".
MNEMIC_CHILD(crowd) {
  const std::string& path = arguments.at(0);
  const std::size_t me = std::stoul(arguments.at(1));
  const std::size_t all = std::stoul(arguments.at(2));
  const std::size_t writes = std::stoul(arguments.at(3));
  auto store = Store::open(path, {.busy_timeout = std::chrono::milliseconds(60'000)});
  if (!store) {
    say("! " + store.status().to_string());
    return 1;
  }
  const Scope scope = store->scope(home()).value();
  const int log = ::open((path + ".log" + arguments.at(1)).c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  std::map<std::size_t, Tail> others;
  for (std::size_t n = 0; n < all; ++n) {
    if (n != me) others.emplace(n, Tail(path + ".log" + std::to_string(n)));
  }
  std::vector<std::string> problems;
  std::size_t checked = 0;
  const auto look_around = [&] {
    for (auto& [n, tail] : others) {
      for (const auto& line : tail.lines()) {
        const auto space = line.find(' ');
        const std::string key = line.substr(0, space);
        const std::string word = line.substr(space + 1);
        const auto got = scope.get(Layer::kSemantic, key);
        if (!got || got->text != text_of(word)) problems.push_back("get " + key + ": " + (got ? "another text" : got.status().to_string()));
        std::string problem;
        if (checked % 4 == 0 && !recalls(scope, word, problem)) problems.push_back(problem);
        if (checked % 16 == 0) {
          const auto page = scope.list({.where = Filter::key(key)});
          if (!page || page->items.size() != 1) problems.push_back("list does not show " + key);
        }
        ++checked;
      }
    }
  };
  say("ready");
  hear();  // all start together
  for (std::size_t n = 0; n < writes; ++n) {
    const std::string key = "p" + arguments.at(1) + "_" + std::to_string(n);
    const std::string word = unique_word(me * 1'000'000 + n);
    MemoryInput input;
    input.key = key;
    input.text = text_of(word);
    const auto id = scope.put(input);
    if (!id) {
      problems.push_back("put: " + id.status().to_string());
      break;
    }
    const std::string line = key + " " + word + "\n";
    if (::write(log, line.data(), line.size()) != static_cast<ssize_t>(line.size())) problems.push_back("log");
    look_around();
  }
  say("written");
  hear();  // now all have written everything
  look_around();
  if (checked != (all - 1) * writes) problems.push_back("checked " + std::to_string(checked));
  const auto total = scope.count();
  if (!total || *total != all * writes) problems.push_back("count: " + (total ? std::to_string(*total) : total.status().to_string()));
  ::close(log);
  const Status closed = store->close();
  if (!closed.ok()) problems.push_back("close: " + closed.to_string());
  std::string answer = "done";
  for (std::size_t n = 0; n < std::min<std::size_t>(problems.size(), 5); ++n) answer += "; " + problems[n];
  say(answer);
  return 0;
}

namespace {

void run_crowd(std::size_t processes, std::size_t writes) {
  const TempDir dir;
  const std::string path = dir / "store.db";
  std::vector<Child> children;
  for (std::size_t n = 0; n < processes; ++n) {
    children.emplace_back("crowd", std::vector<std::string>{path, std::to_string(n), std::to_string(processes), std::to_string(writes)});
  }
  for (const char* stage : {"ready", "written", "done"}) {
    for (auto& child : children) REQUIRE(child.line(std::chrono::minutes(5)).value_or("it died") == stage);
    if (std::string(stage) != "done") {
      for (auto& child : children) child.send("go on");
    }
  }
  for (auto& child : children) CHECK(child.wait() == 0);
  auto store = Store::open(path);
  REQUIRE_OK(store);
  REQUIRE(join(check_problems(*store)) == "");
  const Scope scope = store->scope(home()).value();
  CHECK(scope.count().value() == processes * writes);
  std::string problem;
  for (std::size_t n = 0; n < processes; ++n) {
    CHECK(recalls(scope, unique_word(n * 1'000'000 + writes - 1), problem));
  }
}

}  // namespace

TEST_CASE("two processes write and read at once") { run_crowd(2, scaled(150, 2000)); }
TEST_CASE("four processes write and read at once") { run_crowd(4, scaled(80, 1000)); }

TEST_CASE("several processes make one new store at once") {
  for (std::size_t round = 0; round < scaled(8, 100); ++round) {
    const TempDir dir;
    const std::string path = dir / "store.db";
    std::vector<Child> children;
    for (int n = 0; n < 3; ++n) children.emplace_back("obedient", std::vector<std::string>{path});
    for (auto& child : children) REQUIRE(child.line().value_or("") == "ready");
    for (std::size_t n = 0; n < children.size(); ++n) {
      REQUIRE(children[n].ask("put k" + std::to_string(n) + " " + unique_word(n)) == "ok");
    }
    for (auto& child : children) REQUIRE(child.ask("count") == "3");
  }
}

TEST_CASE("a store carried across fork answers kFailedPrecondition in the child") {
  const TempDir dir;
  auto store = Store::open(dir / "store.db");
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  const auto id = scope.put({.key = "a", .text = text_of("before")});
  REQUIRE_OK(id);
  int answers[2];
  REQUIRE(::pipe(answers) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    // No Catch2 in here, and no destructors: codes go through the pipe.
    std::vector<StatusCode> codes;
    codes.push_back(scope.get(*id).status().code());
    codes.push_back(scope.get(Layer::kSemantic, "a").status().code());
    codes.push_back(scope.put({.text = "from the child"}).status().code());
    MemoryChange change;
    change.text = "from the child";
    codes.push_back(scope.update(*id, change).status().code());
    codes.push_back(scope.forget(*id).status().code());
    codes.push_back(scope.forget(Filter()).status().code());
    codes.push_back(scope.list().status().code());
    codes.push_back(scope.count().status().code());
    codes.push_back(scope.recall({.text = "before"}).status().code());
    codes.push_back(scope.why({.text = "before"}, *id).status().code());
    codes.push_back(scope.sessions().status().code());
    codes.push_back(scope.session("s").size().status().code());
    codes.push_back(scope.session("s").append(Turn{.author = "user", .text = "hi"}).status().code());
    codes.push_back(store->scope(home()).status().code());
    codes.push_back(store->stats().status().code());
    codes.push_back(store->check().status().code());
    codes.push_back(store->flush().code());
    codes.push_back(store->snapshot(dir / "copy.db").code());
    codes.push_back(store->admin().namespaces().status().code());
    codes.push_back(store->admin().grant({"x"}, {"y"}).code());
    std::string bytes;
    for (const auto code : codes) bytes.push_back(static_cast<char>(code));
    bytes.push_back('.');
    { const Store gone = std::move(store).value(); }  // the destructor must leave the parent's locks and files alone
    bytes.push_back('!');
    const ssize_t written = ::write(answers[1], bytes.data(), bytes.size());
    ::_exit(written > 0 ? 0 : 1);
  }
  ::close(answers[1]);
  std::string bytes(64, '\0');
  const ssize_t n = ::read(answers[0], bytes.data(), bytes.size());
  ::close(answers[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
  REQUIRE(n == 22);
  for (std::size_t at = 0; at < 20; ++at) {
    INFO("call " << at);
    CHECK(static_cast<StatusCode>(bytes[at]) == StatusCode::kFailedPrecondition);
  }
  CHECK(bytes.substr(20, 2) == ".!");
  CHECK_FALSE(std::filesystem::exists(dir / "copy.db"));
  // The parent's store is none the worse.
  REQUIRE_OK(scope.put({.key = "b", .text = text_of("after")}));
  CHECK(scope.count().value() == 2);
  std::string problem;
  CHECK(recalls(scope, "after", problem));
  REQUIRE(join(check_problems(*store)) == "");
}
