// SPDX-License-Identifier: Apache-2.0
// mnemic skills; mnemic skill record, get
#include "cli/dates.hpp"
#include "cli/layer_records.hpp"
#include "cli/memory_view.hpp"
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/terminal_text.hpp"
#include "cli/text_input.hpp"

#include <fmt/format.h>

#include <optional>

namespace mnemic::cli {
namespace {

// "worked 3 of 4, confidence 0.30", of the runs whose outcome is known
std::string record_text(const Skill& skill) {
  std::string text = fmt::format("worked {} of {}", skill.successes, skill.successes + skill.failures);
  if (const std::size_t known = skill.successes + skill.failures; skill.runs > known) {
    text += fmt::format(", {} unknown", skill.runs - known);
  }
  return text + fmt::format(", confidence {:.2f}", skill.confidence);
}

void print_cut(Console& console, const std::string& text) {
  console.line(cut(text, console.columns()));
}

// The skill on one line, and below it what it does.
void print_skill(Console& console, const Skill& skill, const std::string& more) {
  const std::string left = skill.memory.id.to_string() + "  " + record_text(skill) + more + "  ";
  constexpr std::size_t kLeast = 20;  // columns of text, however narrow the terminal is
  const std::size_t room = console.columns() > left.size() + kLeast ? console.columns() - left.size() : kLeast;
  console.line(left + console.bold(cut(clean_line(skill.name), room)));
}

// "     1. find_order {"id": 7} (120 ms) → 3 lines"
void print_steps(Console& console, const Skill& skill) {
  for (std::size_t i = 0; i < skill.steps.size(); ++i) {
    const Step& step = skill.steps[i];
    std::string text = step.tool;
    if (!step.arguments.is_null()) text += " " + step.arguments.dump();
    if (step.duration.count() > 0) text += fmt::format(" ({} ms)", step.duration.count());
    if (!step.digest.empty()) text += " → " + step.digest;
    print_cut(console, fmt::format("  {:>3}. {}", i + 1, clean_line(text)));
  }
}

struct SkillsArguments {
  StoreArguments store;
  ScopeArguments scope;
  FilterArgument where;
  std::string goal, cursor;
  std::size_t limit = SkillListOptions{}.limit;
  std::size_t k = BestForOptions{}.k;
  double min_similarity = BestForOptions{}.min_similarity;
};

int run_best(const SkillsArguments& arguments, const Filter& where, Console& console) {
  const BestForOptions options{.k = arguments.k, .min_similarity = arguments.min_similarity, .where = where};
  const auto matches = in_scope(arguments.store, arguments.scope, Use::kRead,
                                [&](const Scope& scope) { return scope.skills().best_for(arguments.goal, options); });
  if (!matches) return console.fail(matches.status());
  if (console.json) {
    std::vector<Json> items;
    for (const SkillMatch& match : *matches) items.push_back(to_json(match));
    console.print(Json::object({{"items", Json::array(items)}, {"next", ""}}));
    return 0;
  }
  for (const SkillMatch& match : *matches) {
    print_skill(console, match.skill, fmt::format(", similarity {:.2f}", match.similarity));
    print_steps(console, match.skill);
  }
  if (matches->empty()) console.line(console.dim("nothing"));
  return 0;
}

int run_list(const SkillsArguments& arguments, const Filter& where, Console& console) {
  const SkillListOptions options{.where = where, .limit = arguments.limit, .cursor = arguments.cursor};
  const auto page = in_scope(arguments.store, arguments.scope, Use::kRead,
                             [&](const Scope& scope) { return scope.skills().list(options); });
  if (!page) return console.fail(page.status());
  if (console.json) {
    std::vector<Json> items;
    for (const Skill& skill : *page) items.push_back(to_json(skill));
    console.print(Json::object({{"items", Json::array(items)}, {"next", page->next}}));
    return 0;
  }
  for (const Skill& skill : *page) {
    print_skill(console, skill, "");
    print_steps(console, skill);
  }
  if (page->items.empty()) console.line(console.dim("nothing"));
  if (!page->next.empty()) console.line(console.dim("more: --cursor " + clean_line(page->next)));
  return 0;
}

int run_skills(const SkillsArguments& arguments, Console& console) {
  const auto where = arguments.where.filter();
  if (!where) return console.fail(where.status());
  return arguments.goal.empty() ? run_list(arguments, *where, console) : run_best(arguments, *where, console);
}

void add_listing(const Frame& frame) {
  CLI::App& command = new_command(frame, "skills", "Print the skills learnt, or the best ones for a goal");
  auto arguments = std::make_shared<SkillsArguments>();
  arguments->store.add_to(command, Use::kRead);
  auto* goal = command.add_option("GOAL", arguments->goal, "What is to be done; without, all skills, page by page")
                   ->check(not_empty());
  arguments->scope.add_to(command, Use::kRead);
  arguments->where.add_to(command);
  command.add_option("-k", arguments->k, "Skills wanted for GOAL")->needs(goal)->capture_default_str();
  command.add_option("--min-similarity", arguments->min_similarity, "Of the goals, from 0 to 1")
      ->needs(goal)
      ->capture_default_str();
  command.add_option("--limit", arguments->limit, "Skills on a page")->excludes(goal)->capture_default_str();
  command.add_option("--cursor", arguments->cursor, "Where the page before ended")->excludes(goal);
  command.footer("mnemic skill --help: recording runs, from which skills are made and counted.");
  choose(frame, command, arguments, run_skills);
}

struct RecordArguments {
  StoreArguments store;
  ScopeArguments scope;
  std::string file;
};

Result<RunInput> read_file(const RecordArguments& arguments) {
  const auto text = read_text(arguments.file, Limits{}.content_bytes);
  if (!text) return text.status();
  const std::string name = arguments.file == "-" ? "standard input" : arguments.file;
  const auto json = Json::parse(*text, Limits{}.content_depth);
  if (!json) return in_option(name, json.status());
  auto run = read_run(
      *json, [&zone = arguments.store.time_zone](std::string_view time) { return parse_local_date(time, zone); });
  if (!run) return in_option(name, run.status());
  return run;
}

int run_record(const RecordArguments& arguments, Console& console) {
  const auto input = read_file(arguments);
  if (!input) return console.fail(input.status());
  const auto recorded = in_scope(arguments.store, arguments.scope, Use::kCreate,
                                 [&](const Scope& scope) { return scope.skills().record_run(*input); });
  if (!recorded) return console.fail(recorded.status());
  if (console.json) {
    console.print(Json::object({{"run", recorded->run.to_string()}, {"skill", recorded->skill.to_string()}}));
  } else {
    console.line(recorded->run.to_string());
    console.warn("a run of " + recorded->skill.to_string());
  }
  return 0;
}

void add_record(const Frame& skill) {
  CLI::App& command = new_command(skill, "record", "Record a run, and count it in its skill");
  auto arguments = std::make_shared<RecordArguments>();
  arguments->store.add_to(command, Use::kCreate);
  command.add_option("FILE", arguments->file, "The run as a JSON object; - reads standard input")->required();
  arguments->scope.add_to(command, Use::kCreate);
  arguments->scope.add_actor_to(command);
  command.footer(R"(A run: {"goal": "refund an order", "steps": [{"tool": "find_order", "arguments": {"id": 7}}], )"
                 R"("outcome": "success"};
also skill, start, sources, trust, session, tags, metadata, and of a step digest, duration_ms.
Prints the id of the run.)");
  choose(skill, command, arguments, run_record);
}

struct GetArguments {
  StoreArguments store;
  ScopeArguments scope;
  std::string id;
};

int run_get(const GetArguments& arguments, Console& console) {
  const auto id = id_argument(arguments.id);
  if (!id) return console.fail(id.status());
  const auto skill = in_scope(arguments.store, arguments.scope, Use::kRead,
                              [&](const Scope& scope) { return scope.skills().get(*id); });
  if (!skill) return console.fail(skill.status());
  if (console.json) {
    console.print(to_json(*skill));
    return 0;
  }
  print_fields(console, to_json(*skill), {"steps", "memory"});
  print_steps(console, *skill);
  return 0;
}

void add_one(const Frame& skill) {
  CLI::App& command = new_command(skill, "get", "Print one skill");
  auto arguments = std::make_shared<GetArguments>();
  arguments->store.add_to(command, Use::kRead);
  command.add_option("ID", arguments->id, "The skill's id")->required();
  arguments->scope.add_to(command, Use::kRead);
  command.footer("Its runs: mnemic related STORE ID --type run_of --direction in");
  choose(skill, command, arguments, run_get);
}

}  // namespace

void add_skills(const Frame& frame) {
  add_listing(frame);
  const Frame skill = new_group(frame, "skill", "Record how something was done");
  add_record(skill);
  add_one(skill);
}

}  // namespace mnemic::cli
