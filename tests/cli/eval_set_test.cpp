// SPDX-License-Identifier: Apache-2.0
// Reading labelled sets and line files.
#include "cli/eval_set.hpp"
#include "cli/jsonl_reader.hpp"

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fstream>

using namespace mnemic;
using namespace mnemic::cli;

namespace {

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("lines are numbered as an editor numbers them", "[jsonl]") {
  const test::TempDir directory;
  write(directory / "x.jsonl",
        "\xEF\xBB\xBF"
        "one\r\n\n  \ntwo\nthree");
  auto reader = LineReader::open(directory / "x.jsonl").value();
  std::string line;
  REQUIRE(reader.next(line).value());
  CHECK(line == "one");
  REQUIRE(reader.next(line).value());
  CHECK(line == "two");
  CHECK(reader.where() == "x.jsonl:4");
  REQUIRE(reader.next(line).value());
  CHECK(line == "three");
  CHECK_FALSE(reader.next(line).value());
  CHECK(reader.bytes_read() == reader.bytes_total());
  CHECK(LineReader::open(directory.path()).status().code() == StatusCode::kInvalidArgument);
  CHECK(LineReader::open(directory / "none").status().code() == StatusCode::kNotFound);
}

TEST_CASE("a set is its questions with their evidence", "[eval]") {
  const test::TempDir directory;
  write(directory / "corpus.jsonl", "");
  write(directory / "qrels.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t3\nq2\td1\t0\nq4\td9\t2\n");
  write(directory / "queries.jsonl",
        "{\"_id\":\"q1\",\"scope\":\"s\",\"text\":\"one?\",\"category\":\"c\",\"answer\":7}\n"
        "{\"_id\":\"q2\",\"scope\":\"s\",\"text\":\"two?\"}\n"
        "{\"_id\":\"q3\",\"text\":\"three?\"}\n"
        "{\"_id\":\"q4\",\"text\":\"four?\",\"category\":null}\n");
  const auto set = load_eval_set(directory.path() / "");
  REQUIRE(set);
  CHECK(set->name == directory.path().filename());
  CHECK(set->dropped == 2);
  REQUIRE(set->queries.size() == 2);
  CHECK(set->queries[0].evidence == Evidence{{"d1", 1}, {"d2", 3}});
  CHECK(set->queries[0].category == "c");
  CHECK(set->queries[1].scope.empty());
  CHECK(set->queries[1].category == "none");
}

TEST_CASE("bad sets say where", "[eval]") {
  const test::TempDir directory;
  write(directory / "queries.jsonl", "{\"_id\":\"q1\",\"text\":\"one?\"}\n{\"_id\":1}\n");
  CHECK(load_eval_set(directory.path()).status().code() == StatusCode::kNotFound);
  write(directory / "qrels.tsv", "header\nq1 d1 1\n");
  CHECK(load_eval_set(directory.path()).status().message().starts_with("qrels.tsv:2: "));
  write(directory / "qrels.tsv", "header\nq1\td1\tmany\n");
  CHECK(load_eval_set(directory.path()).status().message().starts_with("qrels.tsv:2: "));
  write(directory / "qrels.tsv", "header\nq1\td1\t1\n");
  CHECK(load_eval_set(directory.path()).status().message().starts_with("queries.jsonl:2: "));
}
