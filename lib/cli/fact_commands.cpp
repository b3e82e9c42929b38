// SPDX-License-Identifier: Apache-2.0
// mnemic facts; mnemic fact assert, get, retract, confirm, reject, declare, attributes
#include "cli/dates.hpp"
#include "cli/jsonl_reader.hpp"
#include "cli/layer_records.hpp"
#include "cli/memory_view.hpp"
#include "cli/new_command.hpp"
#include "cli/terminal_text.hpp"
#include "cli/write_arguments.hpp"

#include <fmt/format.h>

#include <optional>

namespace mnemic::cli {
namespace {

// "<id>  2024-01-01 00:00 – 2025-01-01 00:00  [proposed] Ada lives in Lisbon"
void print_fact(Console& console, const Fact& fact, const std::string& time_zone) {
  constexpr std::size_t kInterval = 35;
  constexpr std::size_t kLeast = 20;  // columns of text, however narrow the terminal is
  const std::string id = fact.memory.id.to_string();
  const State state = fact.memory.state;
  std::string text = state == State::kActive ? "" : fmt::format("[{}] ", to_string(state));
  text += clean_line(fact.subject + " " + fact.attribute + " " + fact.value);
  const std::string interval =
      fit(interval_text(fact.holds.since, fact.holds.until.value_or(kOpenEnd), time_zone), kInterval);
  const std::size_t used = id.size() + kInterval + 4;
  const std::size_t room = console.columns() > used + kLeast ? console.columns() - used : kLeast;
  console.line(fmt::format("{}  {}  {}", id, console.dim(interval), cut(text, room)));
}

struct FactsArguments {
  StoreArguments store;
  ScopeArguments scope;
  FilterArgument where;
  std::string subject, attribute, at, cursor;
  std::optional<std::size_t> limit;
  bool history = false;
  bool all = false;
};

Result<FactPage> read_facts(const FactsArguments& arguments) {
  auto where = arguments.where.filter();
  if (!where) return where.status();
  const auto at = arguments.store.time("--at", arguments.at);
  if (!at) return at.status();
  return in_scope(arguments.store, arguments.scope, Use::kRead, [&](const Scope& scope) -> Result<FactPage> {
    if (arguments.subject.empty()) {
      FactListOptions options{.at = *at, .all = arguments.all, .where = *where, .cursor = arguments.cursor};
      options.limit = arguments.limit.value_or(options.limit);
      return scope.facts().list(options);
    }
    AboutOptions options{.at = *at, .attribute = arguments.attribute, .where = *where};
    options.limit = arguments.limit.value_or(options.limit);
    auto facts = arguments.history ? scope.facts().history(arguments.subject, arguments.attribute)
                                   : scope.facts().about(arguments.subject, options);
    if (!facts) return facts.status();
    return FactPage{*std::move(facts), ""};
  });
}

int run_facts(const FactsArguments& arguments, Console& console) {
  const auto page = read_facts(arguments);
  if (!page) return console.fail(page.status());
  if (console.json) {
    std::vector<Json> items;
    for (const Fact& fact : *page) items.push_back(to_json(fact));
    console.print(Json::object({{"items", Json::array(items)}, {"next", page->next}}));
    return 0;
  }
  for (const Fact& fact : *page) print_fact(console, fact, arguments.store.time_zone);
  if (page->items.empty()) console.line(console.dim("nothing"));
  if (!page->next.empty()) console.line(console.dim("more: --cursor " + clean_line(page->next)));
  return 0;
}

void add_listing(const Frame& frame) {
  CLI::App& command = new_command(frame, "facts", "Print what is true, of everything or of one subject");
  auto arguments = std::make_shared<FactsArguments>();
  arguments->store.add_to(command, Use::kRead);
  auto* subject = command.add_option("SUBJECT", arguments->subject, "Only what is said of it; without, page by page")
                      ->check(not_empty());
  arguments->scope.add_to(command, Use::kRead);
  command.add_option("--attribute", arguments->attribute, "Only this attribute of SUBJECT")->needs(subject);
  auto* at = command.add_option("--at", arguments->at, "What was true then; default now");
  auto* where = arguments->where.add_to(command);
  auto* limit = command.add_option("--limit", arguments->limit, "Facts on a page (100), or of SUBJECT (1000)");
  command.add_option("--cursor", arguments->cursor, "Where the page before ended")->excludes(subject);
  command.add_flag("--all", arguments->all, "Also what is true no more, rejected or superseded")
      ->excludes(at)
      ->excludes(subject);
  command.add_flag("--history", arguments->history, "Every value SUBJECT ever had, whatever became of it")
      ->needs(subject)
      ->excludes(at)
      ->excludes(limit)
      ->excludes(where);
  command.footer(
      "Subjects and attributes are compared without case, accents and extra spaces.\n"
      "mnemic fact --help: asserting, confirming, retracting.");
  choose(frame, command, arguments, run_facts);
}

void print_asserted(Console& console, const Asserted& asserted) {
  if (console.json) return console.print(to_json(asserted));
  console.line(asserted.id.to_string());
  if (asserted.known) console.warn("known already");
  for (const MemoryId id : asserted.superseded) console.warn("it ends or replaces " + id.to_string());
  for (const MemoryId id : asserted.conflicts) console.warn("it conflicts with " + id.to_string());
}

struct AssertArguments {
  StoreArguments store;
  ScopeArguments scope;
  WriteArguments written;
  FactInput input;  // what needs no reading
  std::string since, until, from;
  bool proposed = false;
  bool confirmed = false;
  bool preference = false;
  bool single = false;
  bool many = false;
};

Result<std::vector<FactInput>> one_fact(const AssertArguments& arguments) {
  FactInput input = arguments.input;
  if (Status status = arguments.written.fill(input); !status) return status;
  const auto since = arguments.store.time("--since", arguments.since);
  if (!since) return since.status();
  input.since = *since;
  const auto until = arguments.store.end_time("--until", arguments.until);
  if (!until) return until.status();
  input.until = *until;
  if (arguments.proposed) input.state = State::kProposed;
  if (arguments.confirmed) input.state = State::kConfirmed;
  if (arguments.preference) input.kind = FactKind::kPreference;
  if (arguments.single) input.cardinality = Cardinality::kSingle;
  if (arguments.many) input.cardinality = Cardinality::kMany;
  return std::vector{std::move(input)};
}

Result<std::vector<FactInput>> facts_of_file(const AssertArguments& arguments) {
  auto reader = LineReader::open(arguments.from);
  if (!reader) return reader.status();
  const TimeReader time = [&zone = arguments.store.time_zone](std::string_view text) {
    return parse_local_date(text, zone);
  };
  std::vector<FactInput> inputs;
  std::string line;
  for (;;) {
    const auto more = reader->next(line);
    if (!more) return more.status();
    if (!*more) return inputs;
    const auto json = Json::parse(line, Limits{}.content_depth);
    if (!json) return at(reader->where(), json.status());
    auto input = read_fact(*json, time);
    if (!input) return at(reader->where(), input.status());
    inputs.push_back(*std::move(input));
  }
}

int run_assert(const AssertArguments& arguments, Console& console) {
  if (arguments.from.empty() && arguments.input.subject.empty()) {
    return console.usage("fact assert: give SUBJECT ATTRIBUTE VALUE, or --from");
  }
  const auto inputs = arguments.from.empty() ? one_fact(arguments) : facts_of_file(arguments);
  if (!inputs) return console.fail(inputs.status());
  const auto asserted = in_scope(arguments.store, arguments.scope, Use::kCreate,
                                 [&](const Scope& scope) { return scope.facts().assert_facts(*inputs); });
  if (!asserted) return console.fail(asserted.status());
  for (const Asserted& one : *asserted) print_asserted(console, one);
  return 0;
}

void add_assert(const Frame& frame) {
  CLI::App& command = new_command(frame, "assert", "State a fact; what it replaces ends where it begins");
  auto arguments = std::make_shared<AssertArguments>();
  FactInput& input = arguments->input;
  arguments->store.add_to(command, Use::kCreate);
  arguments->scope.add_to(command, Use::kCreate);
  arguments->scope.add_actor_to(command);
  auto* from =
      command.add_option("--from", arguments->from, "A file of facts as JSON lines, or -; all of it or nothing");
  const std::size_t shared = command.get_options().size();
  auto* subject = command.add_option("SUBJECT", input.subject, "Whom or what it is about: Ada");
  auto* attribute = command.add_option("ATTRIBUTE", input.attribute, "What it says: \"lives in\"");
  auto* value = command.add_option("VALUE", input.value, "What is true: Lisbon");
  subject->needs(attribute);
  attribute->needs(value);
  command.add_option("--text", input.text, "A sentence that says it; default SUBJECT ATTRIBUTE VALUE");
  command.add_option("--since", arguments->since, "From when it holds; default now");
  command.add_option("--until", arguments->until, "From when it holds no more; default the next known value, or open");
  auto* proposed = command.add_flag("--proposed", arguments->proposed, "It waits for fact confirm or fact reject");
  command.add_flag("--confirmed", arguments->confirmed, "Somebody confirmed it")->excludes(proposed);
  command.add_flag("--preference", arguments->preference, "What somebody wants, not what is the case");
  auto* single = command.add_flag("--single", arguments->single, "One value at a time, whatever is declared");
  command.add_flag("--many", arguments->many, "Values stand side by side, whatever is declared")->excludes(single);
  command.add_option("--author", input.author, "Who said it");
  arguments->written.add_to(command);
  const auto options = command.get_options();
  for (std::size_t i = shared; i < options.size(); ++i) from->excludes(options[i]);
  command.footer("Prints the id; what it replaced or conflicts with goes to standard error.");
  choose(frame, command, arguments, run_assert);
}

// What names one fact.
struct IdArguments {
  StoreArguments store;
  ScopeArguments scope;
  std::string id, at;

  void add_to(CLI::App& command, Use use) {
    store.add_to(command, use);
    command.add_option("ID", id, "The fact's id")->required();
    scope.add_to(command, use);
  }
};

Result<Fact> fact_get(const IdArguments& arguments) {
  const auto id = id_argument(arguments.id);
  if (!id) return id.status();
  return in_scope(arguments.store, arguments.scope, Use::kRead,
                  [&](const Scope& scope) { return scope.facts().get(*id); });
}

int run_get(const IdArguments& arguments, Console& console) {
  const auto fact = fact_get(arguments);
  if (!fact) return console.fail(fact.status());
  if (console.json) {
    console.print(to_json(*fact));
  } else {
    print_fields(console, to_json(*fact), {"memory"});
  }
  return 0;
}

int print_changed(const Result<Fact>& fact, const IdArguments& arguments, Console& console) {
  if (!fact) return console.fail(fact.status());
  if (console.json) {
    console.print(to_json(*fact));
  } else {
    print_fact(console, *fact, arguments.store.time_zone);
  }
  return 0;
}

Result<Fact> retract(const IdArguments& arguments) {
  const auto id = id_argument(arguments.id);
  if (!id) return id.status();
  const auto end = arguments.store.time("--at", arguments.at);
  if (!end) return end.status();
  return in_scope(arguments.store, arguments.scope, Use::kChange,
                  [&](const Scope& scope) { return scope.facts().retract(*id, *end); });
}

int run_retract(const IdArguments& arguments, Console& console) {
  return print_changed(retract(arguments), arguments, console);
}

Result<Fact> reject(const IdArguments& arguments) {
  const auto id = id_argument(arguments.id);
  if (!id) return id.status();
  return in_scope(arguments.store, arguments.scope, Use::kChange,
                  [&](const Scope& scope) { return scope.facts().reject(*id); });
}

int run_reject(const IdArguments& arguments, Console& console) {
  return print_changed(reject(arguments), arguments, console);
}

int run_confirm(const IdArguments& arguments, Console& console) {
  const auto id = id_argument(arguments.id);
  if (!id) return console.fail(id.status());
  const auto confirmed = in_scope(arguments.store, arguments.scope, Use::kChange,
                                  [&](const Scope& scope) { return scope.facts().confirm(*id); });
  if (!confirmed) return console.fail(confirmed.status());
  print_asserted(console, *confirmed);
  return 0;
}

struct DeclareArguments {
  StoreArguments store;
  ScopeArguments scope;
  std::vector<std::string> pairs;
};

Result<std::vector<Attribute>> read_pairs(const std::vector<std::string>& pairs) {
  std::vector<Attribute> attributes;
  for (const std::string& pair : pairs) {
    const std::size_t sign = pair.rfind('=');
    if (sign == std::string::npos) {
      return Status(StatusCode::kInvalidArgument, "NAME=CARDINALITY: expected likes=many, or \"lives in=single\"");
    }
    const auto cardinality = parse_cardinality(std::string_view(pair).substr(sign + 1));
    if (!cardinality) return in_option("NAME=CARDINALITY", cardinality.status());
    attributes.push_back({pair.substr(0, sign), *cardinality});
  }
  return attributes;
}

Json attributes_json(std::span<const Attribute> attributes) {
  std::vector<Json> items;
  for (const Attribute& attribute : attributes) {
    items.push_back(Json::object({{"name", attribute.name}, {"cardinality", to_string(attribute.cardinality)}}));
  }
  return Json::array(items);
}

void print_attributes(Console& console, std::span<const Attribute> attributes, const char* note) {
  for (const Attribute& attribute : attributes) {
    console.line(fmt::format("{:<6}  {}{}", to_string(attribute.cardinality), clean_line(attribute.name), note));
  }
}

int run_declare(const DeclareArguments& arguments, Console& console) {
  const auto attributes = read_pairs(arguments.pairs);
  if (!attributes) return console.fail(attributes.status());
  const Status declared = in_scope(arguments.store, arguments.scope, Use::kCreate,
                                   [&](const Scope& scope) { return scope.facts().declare(*attributes); });
  if (!declared) return console.fail(declared);
  if (console.json) {
    console.print(Json::object({{"declared", attributes_json(*attributes)}}));
  } else {
    print_attributes(console, *attributes, "");
  }
  return 0;
}

int run_attributes(const DeclareArguments& arguments, Console& console) {
  const auto declared = in_scope(arguments.store, arguments.scope, Use::kRead,
                                 [](const Scope& scope) { return scope.facts().attributes(); });
  if (!declared) return console.fail(declared.status());
  if (console.json) {
    console.print(
        Json::object({{"declared", attributes_json(*declared)}, {"defaults", attributes_json(default_attributes())}}));
    return 0;
  }
  print_attributes(console, *declared, "");
  print_attributes(console, default_attributes(), "  (built in, unless declared)");
  return 0;
}

void add_one(const Frame& fact, const char* name, const char* summary, Use use,
             int (*run)(const IdArguments&, Console&)) {
  CLI::App& command = new_command(fact, name, summary);
  auto arguments = std::make_shared<IdArguments>();
  arguments->add_to(command, use);
  if (run == run_retract) {
    command.add_option("--at", arguments->at,
                       "From when it holds no more; default now. Before its start: it never held");
  }
  choose(fact, command, arguments, run);
}

void add_declare(const Frame& fact) {
  CLI::App& command = new_command(fact, "declare", "Say how many values attributes have at a time");
  auto arguments = std::make_shared<DeclareArguments>();
  arguments->store.add_to(command, Use::kCreate);
  command.add_option("NAME=CARDINALITY", arguments->pairs, "likes=many, \"lives in=single\"")->required();
  arguments->scope.add_to(command, Use::kCreate);
  command.footer("Counts for what is asserted later in this namespace. What nobody declared has one value.");
  choose(fact, command, arguments, run_declare);
}

void add_attributes(const Frame& fact) {
  CLI::App& command = new_command(fact, "attributes", "Print what is declared, and what is built in");
  auto arguments = std::make_shared<DeclareArguments>();
  arguments->store.add_to(command, Use::kRead);
  arguments->scope.add_to(command, Use::kChange);  // of its own namespace only: no --subtree
  choose(fact, command, arguments, run_attributes);
}

}  // namespace

void add_facts(const Frame& frame) {
  add_listing(frame);
  const Frame fact = new_group(frame, "fact", "Assert, confirm or retract a fact");
  add_assert(fact);
  add_one(fact, "get", "Print one fact", Use::kRead, run_get);
  add_one(fact, "retract", "Say that a fact holds no more", Use::kChange, run_retract);
  add_one(fact, "confirm", "Confirm a proposed fact: it replaces what it conflicts with", Use::kChange, run_confirm);
  add_one(fact, "reject", "Refuse a fact: it was never true, and is never recalled", Use::kChange, run_reject);
  add_declare(fact);
  add_attributes(fact);
}

}  // namespace mnemic::cli
