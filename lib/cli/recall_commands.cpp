// SPDX-License-Identifier: Apache-2.0
// mnemic recall, why
#include "cli/memory_view.hpp"
#include "cli/rerank_arguments.hpp"
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/terminal_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <map>
#include <set>

namespace mnemic::cli {
namespace {

// Reads LAYER=NUMBER of each text into `member` of that layer's quota.
template <typename T>
Status read_quotas(std::string_view option, const std::vector<std::string>& texts, T LayerQuota::*member,
                   std::map<Layer, LayerQuota>& quotas) {
  std::set<Layer> seen;
  for (const std::string& text : texts) {
    const std::size_t sign = text.find('=');
    const char* end = text.data() + text.size();
    T number{};
    if (sign == std::string::npos || std::from_chars(text.data() + sign + 1, end, number).ptr != end) {
      return Status(StatusCode::kInvalidArgument, fmt::format("{}: expected LAYER=NUMBER", option));
    }
    const auto layer = parse_layer(std::string_view(text).substr(0, sign));
    if (!layer) return in_option(option, layer.status());
    if (!seen.insert(*layer).second) {
      return Status(StatusCode::kInvalidArgument, fmt::format("{}: {} is named twice", option, to_string(*layer)));
    }
    quotas[*layer].layer = *layer;
    quotas[*layer].*member = number;
  }
  return {};
}

// "5ms", "250us" or "2s"; a number alone is milliseconds.
Result<std::chrono::microseconds> duration_argument(std::string_view option, const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [unit, error] = std::from_chars(text.data(), end, number);
  const std::map<std::string_view, double> units{{"us", 1}, {"ms", 1e3}, {"", 1e3}, {"s", 1e6}};
  const auto factor = units.find(std::string_view(unit, static_cast<std::size_t>(end - unit)));
  if (error != std::errc() || factor == units.end() || !(std::abs(number * factor->second) < 1e15)) {
    return Status(StatusCode::kInvalidArgument, fmt::format("{}: expected a duration such as 5ms", option));
  }
  return std::chrono::microseconds(static_cast<std::int64_t>(number * factor->second));
}

// FROM..TO, each in any form of a time option.
Result<std::optional<TimeWindow>> window_argument(const StoreArguments& store, const std::string& text) {
  if (text.empty()) return std::optional<TimeWindow>();
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos) return Status(StatusCode::kInvalidArgument, "--window: expected FROM..TO");
  const auto begin = store.time("--window", text.substr(0, dots));
  if (!begin) return begin.status();
  const auto end = store.end_time("--window", text.substr(dots + 2));
  if (!end) return end.status();
  if (!*begin || !*end) return Status(StatusCode::kInvalidArgument, "--window: expected FROM..TO");
  return std::optional<TimeWindow>(TimeWindow{.begin = **begin, .end = **end});
}

// How a recall is shaped: time, diversity, least scores, depth.
struct ShapeArguments {
  RecallOptions shape;
  std::string depth = "shallow";
  std::string deadline, window, reference_time;
  bool no_time_expressions = false;
  RerankArguments rerank;

  void add_to(CLI::App& command) {
    command.add_flag("--exact", shape.exact, "Every arm scores every memory");
    command.add_option("--min-score", shape.min_score, "No hit with a lower score")->capture_default_str();
    command.add_option("--min-words", shape.min_words, "Words below this share of the best, 0 to 1, count nothing")->capture_default_str();
    command.add_option("--min-vector", shape.min_vector, "The same of vectors")->capture_default_str();
    command.add_option("--diversity", shape.diversity, "From 0, best first, to 1, hits unlike each other")->capture_default_str();
    command.add_option("--vector-weight", shape.vector_weight, "Share of the vectors, 0 to 1; the embedder's own when left out");
    command.add_option("--author-boost", shape.author_boost, "Raise what those said whom the query names, by 0 to 1")->capture_default_str();
    command.add_option("--window", window, "FROM..TO: raise what lies in or near this time");
    command.add_option("--window-boost", shape.window_boost, "By how much, from 0 to 1")->capture_default_str();
    command.add_flag("--no-time-expressions", no_time_expressions, "Take no window from words like \"last May\"");
    command.add_option("--reference-time", reference_time, "What \"yesterday\" is relative to, instead of now");
    command.add_option("--depth", depth, "shallow, or multi: with follow-up passes")->capture_default_str();
    command.add_flag("!--no-neighbours", shape.neighbours, "Turns are lent nothing by those beside them in their session");
    rerank.add_to(command);
    command.add_option("--max-passes", shape.max_passes, "Follow-up passes at most")->capture_default_str();
    command.add_option("--deadline", deadline, "5ms, 250us, 2s: what has not begun by then is left out");
  }

  [[nodiscard]] Result<RecallOptions> options(const StoreArguments& store) const {
    RecallOptions options = shape;
    const auto reranking = rerank.options();
    if (!reranking) return reranking.status();
    options.rerank = *reranking;
    options.time_expressions = !no_time_expressions;
    const auto parsed = parse_depth(depth);
    if (!parsed) return in_option("--depth", parsed.status());
    options.depth = *parsed;
    if (!deadline.empty()) {
      const auto budget = duration_argument("--deadline", deadline);
      if (!budget) return budget.status();
      options.deadline = *budget;
    }
    const auto soft = window_argument(store, window);
    if (!soft) return soft.status();
    options.window = *soft;
    const auto reference = store.time("--reference-time", reference_time);
    if (!reference) return reference.status();
    options.reference_time = *reference;
    return options;
  }
};

// What recall and why ask the same way.
struct QueryArguments {
  StoreArguments store;
  ScopeArguments scope;
  FilterArgument where;
  std::string text;
  std::size_t k = 10;
  std::vector<std::string> layers, weights, at_least, at_most;
  std::string at;
  std::optional<std::uint64_t> as_of;
  ShapeArguments shape;

  void add_to(CLI::App& command) {
    store.add_to(command, Use::kRead);
    command.add_option("QUERY", text, "What is asked; there is no query syntax")->required();
    scope.add_to(command, Use::kRead);
    where.add_to(command);
    command.add_option("-k", k, "Hits wanted")->capture_default_str();
    command.add_option("--layer", layers, "Search this layer only; may be repeated")->allow_extra_args(false);
    command.add_option("--at", at, "Facts that were true then, instead of those true now");
    command.add_option("--as-of", as_of, "Answer as this change of the store left it (`seq` of an earlier answer)");
    command.add_option("--weight", weights, "LAYER=W: its scores times W, from 0 to 100; may be repeated")
        ->allow_extra_args(false);
    command.add_option("--at-least", at_least, "LAYER=N: N hits are kept for its best; may be repeated")
        ->allow_extra_args(false);
    command.add_option("--at-most", at_most, "LAYER=N: no more than N hits of it; may be repeated")
        ->allow_extra_args(false);
    shape.add_to(command);
  }

  [[nodiscard]] Result<Query> query() const {
    auto filter = where.filter();
    if (!filter) return filter.status();
    return Query{.text = text, .where = *std::move(filter)};
  }

  [[nodiscard]] Result<RecallOptions> options() const {
    auto shaped = shape.options(store);
    if (!shaped) return shaped.status();
    RecallOptions options = *std::move(shaped);
    options.k = k;
    for (const std::string& name : layers) {
      const auto layer = layer_argument(name);
      if (!layer) return layer.status();
      if (*layer) options.layers.push_back(**layer);
    }
    const auto valid_at = store.time("--at", at);
    if (!valid_at) return valid_at.status();
    options.valid_at = *valid_at;
    options.as_of = as_of;
    std::map<Layer, LayerQuota> quotas;
    for (const Status& status : {read_quotas("--weight", weights, &LayerQuota::weight, quotas),
                                 read_quotas("--at-least", at_least, &LayerQuota::at_least, quotas),
                                 read_quotas("--at-most", at_most, &LayerQuota::at_most, quotas)}) {
      if (!status) return status;
    }
    for (const auto& [layer, quota] : quotas) options.per_layer.push_back(quota);
    return options;
  }
};

struct RecallArguments {
  QueryArguments asked;
  bool explain = false;
  bool context = false;
  std::size_t budget = 0;
};

struct WhyArguments {
  QueryArguments asked;
  std::string id;
};

Result<RecallResult> recall(const RecallArguments& arguments) {
  const auto query = arguments.asked.query();
  if (!query) return query.status();
  auto options = arguments.asked.options();
  if (!options) return options.status();
  options->token_budget = arguments.budget;
  auto store = arguments.asked.store.open(Use::kRead);
  if (!store) return store.status();
  const auto scope = arguments.asked.scope.mint(*store);
  if (!scope) return scope.status();
  return scope->recall(*query, *options);
}

Json to_json(const RecallResult& result, const RecallArguments& arguments) {
  std::vector<Json> plan;
  for (const Pass& pass : result.plan) plan.push_back(mnemic::to_json(pass));
  std::vector<Json> dropped;
  for (const Stage stage : result.dropped) dropped.emplace_back(to_string(stage));
  std::vector<Json> hits;
  for (const Hit& hit : result.hits) hits.push_back(mnemic::to_json(hit));
  std::vector<Json> pinned;
  for (const Memory& memory : result.pinned) pinned.push_back(mnemic::to_json(memory));
  std::vector<Json::Member> members{{"hits", Json::array(hits)},
                                    {"pinned", Json::array(pinned)},
                                    {"seq", result.seq},
                                    {"searched", static_cast<std::uint64_t>(result.searched)},
                                    {"plan", Json::array(plan)},
                                    {"dropped", Json::array(dropped)}};
  if (result.window) members.emplace_back("window", mnemic::to_json(*result.window));
  if (arguments.context) {
    const PackedContext packed = result.pack(arguments.budget);
    members.emplace_back("context", Json::object({{"text", packed.text},
                                                  {"tokens", static_cast<std::uint64_t>(packed.tokens)},
                                                  {"cited", ids_json(packed.cited)},
                                                  {"folded", ids_json(packed.folded)},
                                                  {"dropped", ids_json(packed.dropped)}}));
  }
  return Json::object(members);
}

// "words 0.41 (bm25 7.20, rank 1) + vector 0.12 (cosine 0.30, rank 4) + neighbours 0.05, recency x1.00, importance
// x1.00, author x1.00, window x1.00, layer x1.00, + passes 0.00"
std::string parts_text(const ScoreParts& parts) {
  const auto arm = [](const char* name, double added, const char* raw_name, const std::optional<double>& raw,
                      const std::optional<std::size_t>& rank) {
    std::string text = fmt::format("{} {:.3f}", name, added);
    if (raw) text += fmt::format(" ({} {:.3f}{})", raw_name, *raw, rank ? fmt::format(", rank {}", *rank) : "");
    return text;
  };
  return fmt::format("{} + {} + neighbours {:.3f}, recency x{:.3f}, importance x{:.3f}, author x{:.3f}, window x{:.3f}, layer x{:.3f}, + "
                     "passes {:.3f}",
                     arm("words", parts.words, "bm25", parts.bm25, parts.words_rank),
                     arm("vector", parts.vector, "cosine", parts.cosine, parts.vector_rank), parts.neighbours,
                     parts.recency, parts.importance, parts.author, parts.window, parts.layer, parts.passes);
}

// What was searched besides the query, and what was not.
void print_plan(const RecallResult& result, Console& console) {
  for (std::size_t i = 1; i < result.plan.size(); ++i) {
    const Pass& pass = result.plan[i];
    console.line(console.dim(fmt::format("pass {}: {}, {} new hits", i, clean_line(pass.why), pass.new_hits)));
  }
  if (result.window) {
    console.line(console.dim(fmt::format("window: {} to {}", to_string(result.window->begin), to_string(result.window->end))));
  }
  for (const Stage stage : result.dropped) console.warn(fmt::format("left out, the time was over: {}", to_string(stage)));
}

void print(const RecallResult& result, const RecallArguments& arguments, Console& console) {
  if (arguments.context) {
    const std::string context = clean_block(result.context());
    if (!context.empty()) console.line(context);
    return;
  }
  for (const Memory& memory : result.pinned) print_memory_row(console, "pinned     ", memory);
  for (std::size_t i = 0; i < result.hits.size(); ++i) {
    const Hit& hit = result.hits[i];
    Memory shown = hit.memory;
    if (hit.passage) shown.text = (hit.passage->begin > 0 ? "… " : "") + hit.passage->text;
    print_memory_row(console, fmt::format("{:>3}  {:.4f}", i + 1, hit.score), shown);
    if (!arguments.explain) continue;
    console.line("     " + console.dim(parts_text(hit.parts)));
    console.line("     " +
                 console.dim(fmt::format("id {}{}", hit.memory.id.to_string(),
                                         hit.memory.key.empty() ? "" : ", key " + clean_line(hit.memory.key))));
  }
  if (result.hits.empty()) console.line(console.dim(fmt::format("nothing in {} memories", result.searched)));
  print_plan(result, console);
}

int run_recall(const RecallArguments& arguments, Console& console) {
  const auto result = recall(arguments);
  if (!result) return console.fail(result.status());
  if (console.json) {
    console.print(to_json(*result, arguments));
  } else {
    print(*result, arguments, console);
  }
  return 0;
}

Result<Explanation> why(const WhyArguments& arguments) {
  const auto ids = id_arguments({arguments.id});
  if (!ids) return ids.status();
  const auto query = arguments.asked.query();
  if (!query) return query.status();
  const auto options = arguments.asked.options();
  if (!options) return options.status();
  auto store = arguments.asked.store.open(Use::kRead);
  if (!store) return store.status();
  const auto scope = arguments.asked.scope.mint(*store);
  if (!scope) return scope.status();
  return scope->why(*query, ids->front(), *options);
}

int run_why(const WhyArguments& arguments, Console& console) {
  const auto explanation = why(arguments);
  if (!explanation) return console.fail(explanation.status());
  if (console.json) {
    console.print(mnemic::to_json(*explanation));
    return 0;
  }
  const auto row = [&console](std::string_view name, const std::string& value) {
    console.line(fmt::format("{}  {}", console.dim(fit(name, 8)), clean_line(value)));
  };
  row("verdict", std::string(to_string(explanation->verdict)));
  row("reason", explanation->reason);
  if (explanation->rank) row("rank", fmt::format("{}", *explanation->rank));
  row("score",
      fmt::format("{:.4f} (the last of the {} hits: {:.4f})", explanation->score, arguments.asked.k, explanation->cut));
  row("parts", parts_text(explanation->parts));
  row("terms", fmt::format("{}", fmt::join(explanation->terms, " ")));
  row("matched", fmt::format("{}", fmt::join(explanation->matched, " ")));
  return 0;
}

}  // namespace

void add_recall(const Frame& frame) {
  CLI::App& command = new_command(frame, "recall", "Print the memories that best answer a question");
  auto arguments = std::make_shared<RecallArguments>();
  arguments->asked.add_to(command);
  command.add_flag("--explain", arguments->explain, "Also print where each score came from, and the ids");
  command.add_flag("--context", arguments->context, "Print the block for a prompt instead");
  command.add_option("--budget", arguments->budget, "Tokens the block may have; 0 = no bound")->capture_default_str();
  choose(frame, command, arguments, run_recall);
}

void add_why(const Frame& frame) {
  CLI::App& command = new_command(frame, "why", "Say why a memory is found by a question, or is not");
  auto arguments = std::make_shared<WhyArguments>();
  arguments->asked.add_to(command);
  command.add_option("ID", arguments->id, "The memory's id")->required();
  choose(frame, command, arguments, run_why);
}

}  // namespace mnemic::cli
