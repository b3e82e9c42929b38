// SPDX-License-Identifier: Apache-2.0
// mnemic policies, policy add, policy remove, hold
#include "cli/memory_view.hpp"
#include "cli/new_command.hpp"
#include "cli/terminal_text.hpp"
#include "cli/where_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mnemic::cli {
namespace {

struct PolicyArguments {
  StoreArguments store;
  WhereArguments of;
  std::string kind, after, owner, reason, expires;
  bool refresh_on_use = false;
  bool quarantine = false;
  bool count_only = false;
  bool dry_run = false;
  PolicyId id = 0;  // to remove

  void add_rule_to(CLI::App& command) {
    of.add_to(command);
    command.add_option("--owner", owner, "Who is responsible");
    command.add_option("--reason", reason, "Why; those whom it concerns are told");
    command.add_option("--expires", expires, "When it ends by itself");
  }
};

/// "90d", "12h", "30m", "45s".
Result<std::chrono::seconds> length_argument(std::string_view option, const std::string& text) {
  if (text.empty()) return std::chrono::seconds(0);
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  const std::string_view unit(read.ptr, static_cast<std::size_t>(end - read.ptr));
  constexpr std::int64_t kMost = 1'000'000'000;
  std::int64_t seconds = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : 0;
  if (read.ec != std::errc() || seconds == 0 || number < 0 || number > kMost) {
    return Status(StatusCode::kInvalidArgument, fmt::format("{}: expected a time such as 90d, 12h, 30m or 45s", option));
  }
  return std::chrono::seconds(number * seconds);
}

Result<PolicyInput> rule_of(const PolicyArguments& arguments) {
  PolicyInput input;
  const auto kind = parse_policy_kind(arguments.kind);
  if (!kind) return in_option("--kind", kind.status());
  auto name = arguments.of.name_space();
  if (!name) return name.status();
  auto where = arguments.of.where.filter();
  if (!where) return where.status();
  const auto expires = arguments.store.time("--expires", arguments.expires);
  if (!expires) return expires.status();
  const auto after = length_argument("--after", arguments.after);
  if (!after) return after.status();
  input.kind = *kind;
  input.name_space = *std::move(name);
  input.subtree = arguments.of.subtree;
  input.where = *std::move(where);
  input.after = *after;
  input.refresh_on_use = arguments.refresh_on_use;
  input.quarantine = arguments.quarantine;
  input.owner = arguments.owner;
  input.reason = arguments.reason;
  input.expires_at = *expires;
  input.dry_run = arguments.count_only;
  return input;
}

int preview(const PolicyArguments& arguments, Console& console) {
  const auto input = rule_of(arguments);
  if (!input) return console.fail(input.status());
  const auto store = arguments.store.open(Use::kRead);
  if (!store) return console.fail(store.status());
  const auto ids = store->policies().preview(*input);
  if (!ids) return console.fail(ids.status());
  if (console.json) {
    console.print(Json::object({{"concerned", ids_json(*ids)}, {"dry_run", true}}));
    return 0;
  }
  for (const MemoryId id : *ids) console.line(id.to_string());
  console.warn(fmt::format("{} memories would be concerned now", ids->size()));
  return 0;
}

/// @param name  what it is called: "policy", "hold"
int add(const PolicyArguments& arguments, std::string_view name, Console& console) {
  const auto input = rule_of(arguments);
  if (!input) return console.fail(input.status());
  auto store = arguments.store.open(Use::kChange);
  if (!store) return console.fail(store.status());
  const auto id = store->policies().add(*input);
  if (!id) return console.fail(id.status());
  if (Status closed = store->close(); !closed) return console.fail(closed);
  if (console.json) {
    console.print(Json::object({{std::string(name), *id}}));
  } else {
    console.line(console.good(fmt::format("{} {}", name, *id)));
  }
  return 0;
}

int run_add(const PolicyArguments& arguments, Console& console) {
  return arguments.dry_run ? preview(arguments, console) : add(arguments, "policy", console);
}

std::string line_of(const Policy& policy) {
  const PolicyInput& rule = policy.rule;
  std::string line = fmt::format("{:>4}  {:<9}  {}{}  {}", policy.id, to_string(rule.kind), rule.name_space ? rule.name_space->to_string() : "everything",
                                 rule.subtree ? " and below" : "", clean_line(rule.where.to_json().dump()));
  if (rule.after.count() > 0) line += fmt::format("  after {} s", rule.after.count());
  if (rule.refresh_on_use) line += ", use refreshes";
  if (rule.quarantine) line += "  quarantines";
  if (rule.dry_run) line += "  only counts";
  if (policy.ended) line += "  ENDED";
  line += fmt::format("  {} hits", policy.hits);
  if (policy.last_hit_at) line += ", last " + short_time(*policy.last_hit_at);
  return line + fmt::format("  {}: {}", clean_line(rule.owner), clean_line(rule.reason));
}

/// @param name  of the list in the JSON
int list(const PolicyArguments& arguments, std::string_view name, std::optional<PolicyKind> kind, Console& console) {
  const auto store = arguments.store.open(Use::kRead);
  if (!store) return console.fail(store.status());
  auto policies = store->policies().list();
  if (!policies) return console.fail(policies.status());
  if (kind) std::erase_if(*policies, [&](const Policy& policy) { return policy.rule.kind != *kind; });
  if (console.json) {
    std::vector<Json> lines;
    for (const Policy& policy : *policies) lines.push_back(to_json(policy));
    console.print(Json::object({{std::string(name), Json::array(lines)}}));
    return 0;
  }
  for (const Policy& policy : *policies) console.line(line_of(policy));
  return 0;
}

int run_list(const PolicyArguments& arguments, Console& console) { return list(arguments, "policies", std::nullopt, console); }

int remove(const PolicyArguments& arguments, std::string_view option, std::string_view done, Console& console) {
  auto store = arguments.store.open(Use::kChange);
  if (!store) return console.fail(store.status());
  if (const Status removed = store->policies().remove(arguments.id); !removed) return console.fail(in_option(option, removed));
  if (Status closed = store->close(); !closed) return console.fail(closed);
  if (console.json) {
    console.print(Json::object({{std::string(done), arguments.id}}));
  } else {
    console.line(console.good(fmt::format("policy {} {}", arguments.id, done)));
  }
  return 0;
}

int run_remove(const PolicyArguments& arguments, Console& console) { return remove(arguments, "ID", "removed", console); }

int run_hold(const PolicyArguments& arguments, Console& console) {
  if (arguments.id != 0) return remove(arguments, "--release", "released", console);
  if (arguments.owner.empty() && arguments.reason.empty()) return list(arguments, "holds", PolicyKind::kHold, console);
  return add(arguments, "hold", console);
}

}  // namespace

void add_policies(const Frame& frame) {
  CLI::App& listing = new_command(frame, "policies", "Print the rules of a store: what expires, is erased by itself, is held, is refused");
  auto of_listing = std::make_shared<PolicyArguments>();
  of_listing->store.add_to(listing, Use::kRead);
  choose(frame, listing, of_listing, run_list);

  const Frame group = new_group(frame, "policy", "Add and remove rules; docs/policies.md explains them");
  CLI::App& adding = new_command(group, "add", "Add a rule");
  auto of_adding = std::make_shared<PolicyArguments>();
  of_adding->store.add_to(adding, Use::kChange);
  adding.add_option("--kind", of_adding->kind, "expiry, retention, hold or refusal")->required();
  of_adding->add_rule_to(adding);
  adding.add_option("--after", of_adding->after, "Of expiry and retention: 90d, 12h, 30m, 45s");
  adding.add_flag("--refresh-on-use", of_adding->refresh_on_use, "Of expiry: what is recalled or read lives on");
  adding.add_flag("--quarantine", of_adding->quarantine, "Of refusal: keep what it refuses in quarantine");
  adding.add_flag("--count-only", of_adding->count_only, "Let it only count what it would have done");
  adding.add_flag("--dry-run", of_adding->dry_run, "Add nothing; print which memories it would concern now");
  choose(group, adding, of_adding, run_add);

  CLI::App& removing = new_command(group, "remove", "Remove a rule");
  auto of_removing = std::make_shared<PolicyArguments>();
  of_removing->store.add_to(removing, Use::kChange);
  removing.add_option("ID", of_removing->id, "Its number")->required();
  choose(group, removing, of_removing, run_remove);
}

void add_hold(const Frame& frame) {
  CLI::App& command = new_command(frame, "hold", "Keep memories from being erased; without --owner and --reason, list what is held");
  auto arguments = std::make_shared<PolicyArguments>();
  arguments->kind = to_string(PolicyKind::kHold);
  arguments->store.add_to(command, Use::kChange);
  arguments->add_rule_to(command);
  command.add_option("--release", arguments->id, "End this hold");
  choose(frame, command, arguments, run_hold);
}

}  // namespace mnemic::cli
