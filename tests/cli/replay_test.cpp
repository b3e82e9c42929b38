// SPDX-License-Identifier: Apache-2.0
// Histories played from a file: what is met, what is not, and bad lines.
#include "cli/replay/replay.hpp"

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fstream>

using namespace mnemic;
using namespace mnemic::cli;
using test::TempDir;

namespace {

Result<ReplayReport> play(const TempDir& dir, const std::string& lines) {
  static int number = 0;
  const auto path = dir / ("history" + std::to_string(++number) + ".jsonl");
  std::ofstream(path) << lines;
  return replay(path, {.store = dir / ("store" + std::to_string(number) + ".db"), .embedder = "hashed"});
}

}  // namespace

TEST_CASE("replay: expectations are counted, met or not, with their lines", "[replay]") {
  const TempDir dir;
  const auto report = play(dir, R"({"op": "append", "session": "a", "text": "The cat is called Pixel"}
{"op": "recall", "text": "cat", "has": ["Pixel", "Felix"], "has_not": ["called", "dog"]}

{"op": "append", "session": "b", "text": "The dog is called Rex", "name": "rex"}
{"op": "forget", "of": "rex"}
{"op": "recall", "text": "dog", "has": "Rex"}
{"op": "list", "count": 2}
{"op": "get", "of": "rex", "fails": "kBusy"}
)").value();
  CHECK(report.lines == 7);
  CHECK(report.sessions == 2);
  CHECK(report.expectations == 7);
  CHECK(report.met == 2);
  CHECK(report.stale == 1);
  CHECK(report.missing == 4);
  REQUIRE(report.unmet.size() == 5);
  CHECK(report.unmet[0].line == 2);
  CHECK(report.unmet[0].op == "recall");
  CHECK(report.unmet[0].what == "has not \"Felix\"");
  CHECK(report.unmet[1].what == "has \"called\"");
  CHECK(report.unmet[2].line == 6);
  CHECK(report.unmet[3].what == "1 instead of 2");
  CHECK(report.unmet[4].what == "answered kNotFound instead of kBusy");
}

TEST_CASE("replay: the file's clock decides, and does not go back", "[replay]") {
  const TempDir dir;
  const std::string put = R"({"op": "put", "text": "the code is 17", "expires_in": "2h", "at": "2026-05-01T10:00:00Z"})";
  const auto report = play(dir, put + R"(
{"op": "recall", "text": "code", "at": "2026-05-01T11:59:59Z", "has": "17"}
{"op": "advance", "by": "1s"}
{"op": "recall", "text": "code", "has_not": "17"}
{"op": "list", "count": 0}
)").value();
  CHECK(report.met == 3);
  CHECK(report.expectations == 3);
  const auto back = play(dir, put + "\n" + R"({"op": "list", "count": 1, "at": "2026-05-01T09:00:00Z"})");
  REQUIRE_CODE(back, StatusCode::kInvalidArgument);
  CHECK(back.status().message().find(":2: field \"at\"") != std::string::npos);
}

TEST_CASE("replay: a bad line is refused by file, line and field", "[replay]") {
  const TempDir dir;
  for (const auto& [line, field] : {std::pair<std::string, std::string>{"{", "line"},
                                    {"[]", "object"},
                                    {R"({"op": "sing"})", "op"},
                                    {R"({"op": "put"})", "text"},
                                    {R"({"op": "put", "text": "a", "txet": "b"})", "txet"},
                                    {R"({"op": "forget"})", "of"},
                                    {R"({"op": "forget", "of": "nobody"})", "nobody"},
                                    {R"({"op": "recall", "text": "a"})", "has"},
                                    {R"({"op": "recall", "text": "a", "has": "b", "as_of": "never"})", "as_of"},
                                    {R"({"op": "recall", "text": "a", "has": "b", "where": {"x": 1}})", "x"},
                                    {R"({"op": "advance", "by": "soon"})", "by"},
                                    {R"({"op": "append", "text": "a"})", "session"},
                                    {R"({"op": "list", "count": -1})", "count"}}) {
    INFO(line);
    const auto report = play(dir, R"({"op": "put", "text": "first"})" "\n" + line + "\n");
    REQUIRE_CODE(report, StatusCode::kInvalidArgument);
    CHECK(report.status().message().find(".jsonl:2") != std::string::npos);
    if (field != "line") CHECK(report.status().message().find(field) != std::string::npos);
  }
  REQUIRE_CODE(replay(dir / "absent.jsonl", {.store = dir / "s.db"}), StatusCode::kNotFound);
}

TEST_CASE("replay: begins with an empty store", "[replay]") {
  const TempDir dir;
  const auto path = dir / "history.jsonl";
  std::ofstream(path) << R"({"op": "put", "text": "first"})" "\n" R"({"op": "reopen"})" "\n" R"({"op": "list", "has": "first"})" "\n";
  REQUIRE(replay(path, {.store = dir / "s.db"})->met == 1);
  REQUIRE_CODE(replay(path, {.store = dir / "s.db"}), StatusCode::kAlreadyExists);
}
