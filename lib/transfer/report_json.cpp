// SPDX-License-Identifier: Apache-2.0
// Names of formats, and reports as JSON.
#include <mnemic/lifecycle/transfer.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace mnemic {
namespace {

constexpr std::array<std::pair<TransferFormat, std::string_view>, 6> kNames{{{TransferFormat::kAuto, "auto"},
                                                                             {TransferFormat::kMnemic, "mnemic"},
                                                                             {TransferFormat::kMem0, "mem0"},
                                                                             {TransferFormat::kLangGraph, "langgraph"},
                                                                             {TransferFormat::kMcpMemory, "mcp-memory"},
                                                                             {TransferFormat::kLetta, "letta"}}};

Json count(std::size_t value) { return Json(static_cast<std::uint64_t>(value)); }

}  // namespace

std::string_view to_string(TransferFormat format) noexcept {
  for (const auto& [value, name] : kNames) {
    if (value == format) return name;
  }
  return "unknown";
}

Result<TransferFormat> parse_transfer_format(std::string_view name) {
  std::string known;
  for (const auto& [value, own] : kNames) {
    if (own == name) return value;
    known += fmt::format(" {}", own);
  }
  return Status(StatusCode::kInvalidArgument, fmt::format("format: '{}' is not one of{}", name, known));
}

Json to_json(const ExportReport& r) {
  return Json::object({{"seq", r.seq},
                       {"namespaces", count(r.namespaces)},
                       {"memories", count(r.memories)},
                       {"versions", count(r.versions)},
                       {"relations", count(r.relations)},
                       {"forgotten", count(r.forgotten)},
                       {"erased", count(r.erased)},
                       {"facts_about", count(r.facts_about)},
                       {"bytes", r.bytes}});
}

Json to_json(const ImportReport& r) {
  std::vector<Json::Member> members{{"format", to_string(r.format)},
                                    {"memories", count(r.memories)},
                                    {"written", count(r.written)},
                                    {"replaced", count(r.replaced)},
                                    {"unchanged", count(r.unchanged)},
                                    {"kept", count(r.kept)},
                                    {"refused", count(r.refused)},
                                    {"forgotten", count(r.forgotten)},
                                    {"erased", count(r.erased)},
                                    {"relations", count(r.relations)},
                                    {"facts_about", count(r.facts_about)},
                                    {"resumed", r.resumed},
                                    {"dry_run", r.dry_run}};
  std::vector<Json> problems;
  for (const ImportProblem& problem : r.problems) {
    problems.push_back(Json::object({{"line", count(problem.line)}, {"id", problem.id}, {"what", problem.what}}));
  }
  if (!problems.empty()) members.emplace_back("problems", Json::array(problems));
  return Json::object(members);
}

}  // namespace mnemic
