// SPDX-License-Identifier: Apache-2.0
#include "cli/bench/compare.hpp"

#include "cli/json_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mnemic::cli::bench {
namespace {

constexpr std::array kCounts{"memories", "scopes", "queries", "k"};
constexpr std::array kSections{"import", "vector", "lexical", "recall", "append"};
constexpr std::array kNumbers{"open_ms",     "open_p95_ms", "resident_bytes",
                              "cache_bytes", "file_bytes",  "bytes_per_memory"};
constexpr std::array kMachine{"cpu", "cores", "memory_bytes", "kernel", "file_system", "build", "compiler"};

template <typename Names>
bool among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Status read_part(const std::string& name, const Json& part, Reading& reading) {
  if (!part.is_object()) return wrong_field(name, "an object");
  for (const auto& [member, value] : part.members()) {
    const std::string full = name + "." + member;
    if (!value.is_number()) return wrong_field(full, "a number");
    reading.figures.emplace_back(full, value.as_double());
  }
  return {};
}

}  // namespace

Result<Reading> read_report(const std::string& json) {
  const auto report = Json::parse(json);
  if (!report) return report.status();
  if (!report->is_object()) return Status(StatusCode::kInvalidArgument, "not a report: expected a JSON object");
  Reading reading{.machine = (*report)["machine"]};
  if (!reading.machine.is_object()) return wrong_field("machine", "an object");
  for (const char* name : kCounts) {
    const Json value = (*report)[name];
    if (!value.is_number()) return wrong_field(name, "a number");
    reading.settings.emplace_back(name, value);
  }
  if (!(*report)["text"].is_object()) return wrong_field("text", "an object");
  reading.settings.emplace_back("text", (*report)["text"]);
  reading.settings.emplace_back("embedder", (*report)["embedder"]);
  for (const auto& [name, value] : report->members()) {
    if (among(kSections, name)) {
      if (Status status = read_part(name, value, reading); !status) return status;
    } else if (among(kNumbers, name)) {
      if (!value.is_number()) return wrong_field(name, "a number");
      reading.figures.emplace_back(name, value.as_double());
    }
  }
  return reading;
}

bool Ratio::lower_is_better() const {
  const auto has = [this](const char* part) { return name.find(part) != std::string::npos; };
  return has("_ms") || has("bytes") || has("ratio");
}

Comparison compare(const Reading& a, const Reading& b) {
  Comparison comparison;
  std::string differs;
  for (const char* name : kMachine) {
    if (a.machine[name] == b.machine[name]) continue;
    differs += (differs.empty() ? "" : ", ") + std::string(name);
  }
  if (!differs.empty()) comparison.warnings.push_back("the machines differ: " + differs);
  for (std::size_t i = 0; i < a.settings.size(); ++i) {
    const auto& [name, value] = a.settings[i];
    const Json& other = b.settings[i].second;
    if (value != other)
      comparison.warnings.push_back(fmt::format("not the same {}: {} and {}", name, value.dump(), other.dump()));
  }
  for (const auto& [name, value] : a.figures) {
    const auto same = [&name = name](const auto& figure) { return figure.first == name; };
    const auto found = std::find_if(b.figures.begin(), b.figures.end(), same);
    if (found != b.figures.end()) comparison.ratios.push_back({name, value, found->second});
  }
  if (comparison.ratios.empty()) comparison.warnings.emplace_back("the reports have no figure in common");
  return comparison;
}

}  // namespace mnemic::cli::bench
