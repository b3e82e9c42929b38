// SPDX-License-Identifier: Apache-2.0
#include "cli/eval_set.hpp"

#include "cli/jsonl_reader.hpp"

#include <mnemic/json.hpp>

#include <charconv>
#include <string_view>

namespace mnemic::cli {
namespace {

using Qrels = std::unordered_map<std::string, Evidence>;

Status bad(const LineReader& reader, std::string_view message) {
  return at(reader.where(), Status(StatusCode::kInvalidArgument, std::string(message)));
}

Result<Qrels> load_qrels(const std::filesystem::path& path) {
  auto reader = LineReader::open(path);
  if (!reader) return reader.status();
  Qrels qrels;
  std::string line;
  for (bool header = true;; header = false) {
    const auto more = reader->next(line);
    if (!more) return more.status();
    if (!*more) return qrels;
    if (header) continue;
    const auto first = line.find('\t');
    const auto second = line.find('\t', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) return bad(*reader, "expected query id, corpus id and grade, between tabs");
    int grade = 0;
    const char* end = line.data() + line.size();
    const auto [after, error] = std::from_chars(line.data() + second + 1, end, grade);
    if (error != std::errc() || after != end) return bad(*reader, "the grade is not an integer");
    if (grade >= 1) qrels[line.substr(0, first)][line.substr(first + 1, second - first - 1)] = grade;
  }
}

}  // namespace

Result<EvalSet> load_eval_set(const std::filesystem::path& directory) {
  std::filesystem::path named = directory.lexically_normal();
  if (named.filename().empty()) named = named.parent_path();  // a slash at the end
  EvalSet set{named.filename().string(), directory / "corpus.jsonl", {}, 0};
  auto qrels = load_qrels(directory / "qrels.tsv");
  if (!qrels) return qrels.status();
  auto reader = LineReader::open(directory / "queries.jsonl");
  if (!reader) return reader.status();
  std::string line;
  for (;;) {
    const auto more = reader->next(line);
    if (!more) return more.status();
    if (!*more) return set;
    const auto json = Json::parse(line);
    if (!json) return at(reader->where(), json.status());
    EvalQuery query{(*json)["_id"].as_string(),
                    (*json)["scope"].as_string(),
                    (*json)["text"].as_string(),
                    (*json)["category"].as_string("none"),
                    {}};
    if (query.id.empty() || query.text.empty()) return bad(*reader, "expected the strings \"_id\" and \"text\"");
    if (auto found = qrels->find(query.id); found != qrels->end()) {
      query.evidence = std::move(found->second);
      qrels->erase(found);
      set.queries.push_back(std::move(query));
    } else {
      ++set.dropped;
    }
  }
}

}  // namespace mnemic::cli
