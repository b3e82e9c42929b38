// SPDX-License-Identifier: Apache-2.0
#include "engine/recall_run.hpp"

#include "core/error.hpp"
#include "engine/validate.hpp"
#include "recall/choose.hpp"
#include "recall/diversify.hpp"
#include "recall/follow_up.hpp"
#include "recall/merge.hpp"
#include "recall/passage.hpp"
#include "recall/window.hpp"
#include "text/passages.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

namespace mnemic::engine {
namespace {

using core::fail;

constexpr auto kInvalid = StatusCode::kInvalidArgument;

std::vector<Layer> layers_of(std::span<const recall::Found> ranked) {
  std::vector<Layer> layers;
  layers.reserve(ranked.size());
  for (const recall::Found& found : ranked) layers.push_back(found.layer);
  return layers;
}

/// What a follow-up pass searches with: the pool's k best, whatever their layers and scores.
RecallOptions follow_up_options(const RecallOptions& options, const Pass& pass) {
  RecallOptions follow_up = recall::pool_of(options);
  for (LayerQuota& quota : follow_up.per_layer) quota = {.layer = quota.layer, .weight = quota.weight};
  follow_up.min_score = 0;
  if (!pass.layers.empty()) follow_up.layers = pass.layers;
  if (pass.window) follow_up.window = pass.window;
  return follow_up;
}

/// @throws StatusError kInvalidArgument: what no query could have
void check_pass(const Pass& pass, std::size_t index, const RecallOptions& options, const Limits& limits) {
  const auto field = [index](std::string_view name) { return fmt::format("planner: pass {}: {}", index, name); };
  validate_text(field("why"), pass.why, limits.name_bytes);
  validate_text(field("text"), pass.text, limits.text_bytes);
  for (const Layer layer : pass.layers) {
    if (to_string(layer) == "unknown") fail(kInvalid, "{}: not a known layer", field("layers"));
    const auto& asked = options.layers;
    if (!asked.empty() && std::find(asked.begin(), asked.end(), layer) == asked.end()) {
      fail(kInvalid, "{}: {} is none of the recall's own", field("layers"), to_string(layer));
    }
  }
  if (const Status status = pass.where.check(); !status.ok()) fail(kInvalid, "{}: {}", field("where"), status.message());
  if (pass.window) check_window(field("window"), *pass.window);
}

}  // namespace

RecallRun::RecallRun(const ScopeImpl& scope, const Query& query, const RecallOptions& options, bool everything)
    : scope_(scope), query_(query), options_(options), deadline_(scope.store->steady_now, options) {
  check(query, options, scope.store->options.limits);
  const bool multi = options.depth == Depth::kMulti && options.max_passes > 0;
  pooled_ = multi || reranks() || options.diversity > 0;
  const std::int64_t now = scope.store->now();
  options_.window = recall::window_of(query, options, now, scope.zone());
  MadePass& first = passes_.emplace_back();
  first.pass = {.why = "the query", .text = query.text, .layers = options.layers, .where = query.where, .window = options_.window};
  RecallOptions searched = pooled_ ? recall::pool_of(options_) : options_;
  if (multi || reranks()) searched.min_score = 0;  // it is of the final score
  if (reranks()) searched.k = std::max(searched.k, options.rerank.top);
  first.planned = engine::plan(scope, query, searched, &deadline_);
  first.planned.request.everything = everything && !pooled_;
  first.planned.request.field.all_vectors = first.planned.request.everything || options.exact;
  first.planned.request.deadline = &deadline_;
}

void RecallRun::settle() {
  if (options_.depth == Depth::kMulti && options_.max_passes > 0) follow_up();
  if (reranks()) rerank();
}

void RecallRun::rerank() {
  std::vector<Seq> seen;
  std::vector<std::string> texts;
  answer([&](storage::Reader& reader, const Answer& found) {
    seen.clear();
    texts.clear();
    for (std::size_t i = 0; i < std::min(options_.rerank.top, found.ranked.size()); ++i) {
      Hit hit = read_hit(reader, found.ranked[i]);
      seen.push_back(found.ranked[i].seq_from);
      texts.push_back(hit.passage ? std::move(hit.passage->text) : std::move(hit.memory.text));
    }
    return true;
  });
  const auto scores = recall::ask_reranker(options_.rerank, query_.text, texts, scope_.store->steady_now, deadline_);
  for (std::size_t i = 0; i < scores.size(); ++i) reranked_.emplace(seen[i], scores[i]);
}

void RecallRun::follow_up() {
  const std::unique_ptr<Planner> rules =
      options_.planner == nullptr ? recall::rule_planner(scope_.store->tokenizers, options_) : nullptr;
  Planner& planner = rules != nullptr ? *rules : *options_.planner;
  while (passes_.size() <= options_.max_passes) {
    std::vector<Hit> hits;
    answer([&](storage::Reader& reader, const Answer& found) {
      hits = read_hits(reader, found);
      return true;
    });
    if (!deadline_.allows(Stage::kPasses)) return;
    auto asked = planner.plan(query_, hits, plan());
    if (!asked) fail(asked.status().code(), "planner: {}", asked.status().message());
    if (asked->empty()) return;
    for (std::size_t i = 0; i < asked->size() && passes_.size() <= options_.max_passes; ++i) {
      check_pass((*asked)[i], i, options_, scope_.store->options.limits);
      if (!deadline_.allows(Stage::kPasses)) return;
      add(std::move((*asked)[i]), i);
    }
  }
}

/// Prepares a follow-up pass.
void RecallRun::add(Pass pass, std::size_t index) {
  Query query{.text = pass.text.empty() ? query_.text : pass.text,
              .vector = pass.text.empty() ? query_.vector : std::nullopt,
              .where = pass.where.matches_everything() ? query_.where : query_.where && pass.where};
  if (const Status status = query.where.check(); !status.ok()) fail(kInvalid, "planner: pass {}: where: {}", index, status.message());
  MadePass& made = passes_.emplace_back();
  made.query = std::move(query);
  made.planned = engine::plan(scope_, made.query, follow_up_options(options_, pass), nullptr);
  made.planned.request.field.now = first().request.field.now;
  made.planned.request.field.valid_at = first().request.field.valid_at;
  if (!pass.window) pass.window = options_.window;
  if (pass.layers.empty()) pass.layers = options_.layers;
  pass.text = made.query.text;
  pass.new_hits = 0;
  made.pass = std::move(pass);
}

std::vector<const RecallRun::MadePass*> RecallRun::made() const {
  std::vector<const MadePass*> made;
  for (const MadePass& pass : passes_) {
    if (pass.findings) made.push_back(&pass);
  }
  return made;
}

std::vector<Pass> RecallRun::plan() const {
  std::vector<Pass> plan;
  for (const MadePass* made : this->made()) plan.push_back(made->pass);
  return plan;
}

/// Searches what has not been searched in this snapshot. False: it was overtaken.
bool RecallRun::search(storage::Reader& reader) {
  for (MadePass& pass : passes_) {
    const bool follow_up = &pass != &passes_.front();
    if (pass.left_out || (pass.findings && pass.seq == reader.seq())) continue;
    if (follow_up && !deadline_.allows(Stage::kPasses)) {
      pass.left_out = true;
      pass.findings.reset();
      continue;
    }
    bind(scope_, reader, pass.planned);
    pass.findings = recall::search(reader, scope_.store->partitions, pass.planned.request);
    if (!pass.findings) return false;
    pass.seq = reader.seq();
  }
  return true;
}

std::vector<bool> RecallRun::diverse(storage::Reader& reader, const std::vector<recall::Found>& ranked, std::size_t count) {
  const std::span<const recall::Found> eligible(ranked.data(), count);
  const std::vector<bool> in_pool = recall::choose(layers_of(eligible), recall::pool_of(options_));
  std::vector<std::size_t> places;
  std::vector<recall::Found> pool;
  std::vector<storage::Tail> tails;
  for (std::size_t i = 0; i < count; ++i) {
    if (!in_pool[i]) continue;
    places.push_back(i);
    pool.push_back(ranked[i]);
    tails.push_back(reader.tail(ranked[i].seq_from));
  }
  const auto space = first().request.space;
  const std::vector<bool> picked =
      recall::diversify(pool, options_, [&](std::size_t a, std::size_t b) { return recall::likeness(tails[a], tails[b], space); });
  std::vector<bool> hits(count, false);
  for (std::size_t i = 0; i < places.size(); ++i) hits[places[i]] = picked[i];
  return hits;
}

RecallRun::Answer RecallRun::rank(storage::Reader& reader) {
  Answer answer;
  std::vector<const recall::Findings*> findings;
  for (const MadePass* pass : made()) findings.push_back(&*pass->findings);
  answer.ranked = recall::merge(findings);
  answer.searched = findings.front()->searched;
  answer.seq = options_.as_of.value_or(reader.seq());
  if (!reranked_.empty()) recall::rerank(answer.ranked, reranked_, options_.rerank.weight);
  const auto reaches = [&](const recall::Found& found) { return found.score >= options_.min_score; };
  const auto end = std::partition_point(answer.ranked.begin(), answer.ranked.end(), reaches);
  const auto count = static_cast<std::size_t>(end - answer.ranked.begin());
  // Decided once, before the first follow-up pass, so that diversity is left out only when they are.
  if (!diverse_) diverse_ = options_.diversity > 0 && deadline_.allows(Stage::kDiversity);
  std::vector<bool> hits = recall::choose(layers_of({answer.ranked.data(), count}), options_);
  if (*diverse_) {
    answer.without_diversity = std::move(hits);
    answer.without_diversity.resize(answer.ranked.size(), false);
    hits = diverse(reader, answer.ranked, count);
  }
  for (std::size_t i = 0; i < answer.ranked.size(); ++i) answer.ranked[i].hit = i < count && hits[i];
  return answer;
}

/// Counts each hit for the first pass that had it among its k best, or else for the last one that gave it anything.
void RecallRun::credit(const std::vector<recall::Found>& ranked) {
  std::set<Seq> open;
  for (const recall::Found& found : ranked) {
    if (found.hit) open.insert(found.seq_from);
  }
  for (MadePass& pass : passes_) {
    pass.pass.new_hits = 0;
    if (!pass.findings) continue;
    const auto& found = pass.findings->ranked;
    for (std::size_t i = 0; i < std::min(found.size(), options_.k); ++i) pass.pass.new_hits += open.erase(found[i].seq_from);
  }
  for (auto pass = passes_.rbegin(); pass != passes_.rend(); ++pass) {
    if (!pass->findings) continue;
    for (const recall::Found& found : pass->findings->ranked) pass->pass.new_hits += open.erase(found.seq_from);
  }
}

void RecallRun::answer(const Use& use) {
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    bool done = false;
    scope_.store->database.read([&](storage::Reader& reader) {
      if (!search(reader)) return;
      const Answer answer = rank(reader);
      credit(answer.ranked);
      done = use(reader, answer);
    });
    scope_.store->partitions.trim();
    if (done) return;
    for (MadePass& pass : passes_) pass.findings.reset();
  }
  fail(StatusCode::kBusy, "other calls kept changing this namespace");
}

std::optional<std::vector<recall::Found>> RecallRun::first_pass_over_everything(storage::Reader& reader, bool any_share) {
  recall::SearchRequest request = first().request;
  request.everything = true;
  request.field.all_vectors = true;
  request.options.per_layer = options_.per_layer;
  if (any_share) request.options.min_words = request.options.min_vector = 0;
  auto findings = recall::search(reader, scope_.store->partitions, request);
  if (!findings) return std::nullopt;
  return std::move(findings->ranked);
}

Hit RecallRun::read_hit(storage::Reader& reader, const recall::Found& found) const {
  Hit hit{finish(reader, reader.version(found.seq_from), false), found.score, found.parts};
  hit.holds = validity_of(hit.memory);
  if (hit.memory.text.size() > text::kPassageBytes) {
    hit.passage = recall::best_passage(hit.memory.text, reader.tail(found.seq_from), first().request, scope_.store->tokenizers);
  }
  return hit;
}

std::vector<Hit> RecallRun::read_hits(storage::Reader& reader, const Answer& answer) const {
  std::vector<Hit> hits;
  for (const recall::Found& found : answer.ranked) {
    if (found.hit) hits.push_back(read_hit(reader, found));
  }
  return hits;
}

std::optional<Validity> validity_of(const Memory& memory) {
  if (memory.layer != Layer::kSemantic || !memory.event_end) return std::nullopt;
  return Validity{memory.event_time, *memory.event_end == kOpenEnd ? std::nullopt : memory.event_end};
}

}  // namespace mnemic::engine
