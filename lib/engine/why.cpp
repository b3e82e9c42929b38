// SPDX-License-Identifier: Apache-2.0
// Scope::why.
#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/policies.hpp"
#include "engine/recall_run.hpp"
#include "engine/tombstones.hpp"
#include "layers/semantic/fact.hpp"

#include <algorithm>
#include <limits>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using engine::RecallRun;
using storage::Reader;
using Verdict = Explanation::Verdict;

// Expired memories are looked at too: that they have expired is the answer.
constexpr std::int64_t kBeforeAll = std::numeric_limits<std::int64_t>::min();

std::string reason_of(const Explanation& e, std::size_t k, double min_score) {
  switch (e.verdict) {
    case Verdict::kHit: return fmt::format("rank {} of the {} asked for", *e.rank, k);
    case Verdict::kBelowCut: return fmt::format("rank {}, below the {} asked for: score {:.4f}, the last hit has {:.4f}", *e.rank, k, e.score, e.cut);
    case Verdict::kNotNominated:
      return e.terms.empty() ? "no arm gives it any score" : "it shares no word with the query, its vector is not similar, and no neighbouring turn lends it score";
    case Verdict::kFiltered: return "the query's filter or layers leave it out";
    case Verdict::kExpired: return "it has expired";
    case Verdict::kState: return "its state keeps it from being recalled";
    case Verdict::kNotHolding: return "it is a fact that does not hold at the asked moment";
    case Verdict::kQuota: return fmt::format("rank {}, but the quotas of layers gave its place to others", *e.rank);
    case Verdict::kBelowMinimum:
      return e.rank ? fmt::format("score {:.4f}, below the least score {:.4f}", e.score, min_score)
                    : "its share of every arm that finds it is below that arm's minimum";
    case Verdict::kDisplaced: return fmt::format("rank {}, but diversity gave its place to one less like the others", *e.rank);
  }
  return {};
}

/// One explanation, inside the transaction of an answer.
class Explainer {
 public:
  Explainer(const ScopeImpl& scope, const Query& query, const RecallOptions& options, RecallRun& run)
      : scope_(scope), query_(query), options_(options), run_(run) {}

  /// False: overtaken.
  bool explain(Reader& reader, const RecallRun::Answer& answer, MemoryId id, Explanation& e) {
    storage::Selection seen = scope_.visible(reader, kBeforeAll);
    seen.at = options_.as_of;
    const auto seq = reader.find(seen, id);
    if (!seq) not_found(reader, seen, id);
    e = Explanation();
    e.terms = run_.first().terms;
    match_terms(reader, *seq, e);
    const auto& ranked = answer.ranked;
    const auto is_hit = [](const recall::Found& found) { return found.hit; };
    if (static_cast<std::size_t>(std::count_if(ranked.begin(), ranked.end(), is_hit)) == options_.k) {
      e.cut = std::find_if(ranked.rbegin(), ranked.rend(), is_hit)->score;
    }
    if (const auto rank = place_of(ranked, *seq)) {
      take(ranked[*rank], *rank, e);
      const bool without = !answer.without_diversity.empty() && answer.without_diversity[*rank];
      e.verdict = ranked[*rank].hit                             ? Verdict::kHit
                  : e.score < options_.min_score                ? Verdict::kBelowMinimum
                  : without                                     ? Verdict::kDisplaced
                  : *e.rank <= options_.k || e.score > e.cut    ? other_than_rank(answer)
                                                                : Verdict::kBelowCut;
      return true;
    }
    if (run_.pooled()) {  // not among the best that were looked at closer, but maybe below
      const auto all = run_.first_pass_over_everything(reader, false);
      if (!all) return false;
      if (const auto rank = place_of(*all, *seq)) {
        take((*all)[*rank], std::max(*rank, ranked.size()), e);
        e.verdict = e.score < options_.min_score ? Verdict::kBelowMinimum : Verdict::kBelowCut;
        return true;
      }
    }
    const storage::Record record = reader.version(*seq, id);
    if (explain_hidden(reader, record.memory, e)) {
      if (e.verdict == Verdict::kExpired) explain_expiry(reader, record.memory, e);
      if (record.memory.state == State::kQuarantined) explain_quarantine(reader, record, e);
      return true;
    }
    e.verdict = Verdict::kNotNominated;
    if (options_.min_words > 0 || options_.min_vector > 0) {
      const auto all = run_.first_pass_over_everything(reader, true);
      if (!all) return false;
      if (place_of(*all, *seq)) e.verdict = Verdict::kBelowMinimum;
    }
    return true;
  }

 private:
  /// Names the erasure that took it.
  [[noreturn]] void not_found(Reader& reader, const storage::Selection& seen, const MemoryId& id) const {
    if (const auto seq = reader.erasure_of(id, &seen.namespaces)) {
      const auto ledger = reader.erasures();
      const auto line = std::find_if(ledger.begin(), ledger.end(), [&](const storage::ErasureRow& one) { return one.seq == *seq; });
      const bool known = line != ledger.end() && !line->reason.empty();
      fail(StatusCode::kNotFound, "id: was erased (change {}){}{}", *seq, known ? ": " : "", known ? line->reason : "");
    }
    fail(StatusCode::kNotFound, "id: no such memory in this scope{}", options_.as_of ? " then" : "");
  }

  /// Names the erasure that holds its text back, the fact that was rejected, or the policy.
  void explain_quarantine(Reader& reader, const storage::Record& record, Explanation& e) const {
    const Memory& memory = record.memory;
    const std::string hash = engine::erasure_hash(*scope_.store, memory.text);
    if (const auto erasure = hash.empty() ? std::nullopt : reader.tombstone(record.ns, hash)) {
      e.reason = fmt::format("it is quarantined: its text was erased here (change {})", *erasure);
      return;
    }
    const std::string path = reader.name_of(record.ns).to_string();
    for (const Policy& policy : engine::policies_in_force(reader, PolicyKind::kRefusal, scope_.store->options.clock->now())) {
      if (!policy.rule.quarantine || policy.rule.dry_run || !engine::covers(reader, policy.rule, path, record)) continue;
      e.reason = "it is quarantined by " + engine::described(policy);
      return;
    }
    const auto fact = layers::to_fact(memory);
    if (!fact) return;
    storage::Selection same = scope_.visible(reader, kBeforeAll);
    same.namespaces = {record.ns};
    for (const storage::Record& other : reader.facts(same, layers::compared(fact->subject), layers::compared(fact->attribute))) {
      const auto rejected = layers::to_fact(other.memory);
      if (!rejected || other.memory.state != State::kRejected || layers::compared(rejected->value) != layers::compared(fact->value)) continue;
      e.reason = fmt::format("it is quarantined: its value was rejected (memory {})", other.memory.id.to_string());
      return;
    }
  }

  /// Names the policy that let it expire.
  void explain_expiry(Reader& reader, const Memory& memory, Explanation& e) const {
    const std::int64_t by = memory.provenance.expires_by;
    if (by == 0) return;
    const auto all = engine::policies(reader, scope_.store->options.clock->now());
    const auto policy = std::find_if(all.begin(), all.end(), [by](const Policy& one) { return one.id == by; });
    e.reason = "it has expired, by " + (policy == all.end() ? fmt::format("policy {}, which is no more", by) : engine::described(*policy));
  }

  static std::optional<std::size_t> place_of(const std::vector<recall::Found>& ranked, Seq seq) {
    const auto found = std::find_if(ranked.begin(), ranked.end(), [&](const auto& f) { return f.seq_from == seq; });
    if (found == ranked.end()) return std::nullopt;
    return static_cast<std::size_t>(found - ranked.begin());
  }

  static void take(const recall::Found& found, std::size_t place, Explanation& e) {
    e.rank = place + 1;
    e.score = found.score;
    e.parts = found.parts;
  }

  /// Its rank or score would have done: the quotas of layers stand in its way, or, where they do not, diversity.
  [[nodiscard]] Verdict other_than_rank(const RecallRun::Answer& answer) const {
    return options_.per_layer.empty() && !answer.without_diversity.empty() ? Verdict::kBelowCut : Verdict::kQuota;
  }

  void match_terms(Reader& reader, Seq seq, Explanation& e) const {
    const storage::Tail tail = reader.tail(seq);
    for (std::size_t i = 0; i < e.terms.size(); ++i) {
      const std::uint64_t term = run_.first().request.terms[i];
      if (std::any_of(tail.terms.begin(), tail.terms.end(), [term](const auto& t) { return t.term == term; })) {
        e.matched.push_back(e.terms[i]);
      }
    }
  }

  /// What keeps it from being looked at: true when something does.
  bool explain_hidden(Reader& reader, const Memory& memory, Explanation& e) const {
    storage::Selection asked = scope_.visible(reader, kBeforeAll, &query_.where);
    asked.layers = options_.layers;
    asked.at = options_.as_of;
    const recall::FieldRequest& field = run_.first().request.field;
    const State state = memory.state;
    const auto holds = engine::validity_of(memory);
    const Timestamp valid_at = core::from_micros(field.valid_at);
    const auto weightless = [&](const LayerQuota& quota) { return quota.layer == memory.layer && quota.weight == 0; };
    if (state == State::kRejected || state == State::kQuarantined || (state == State::kSuperseded && !(holds && holds->until))) {
      e.verdict = Verdict::kState;
    } else if (holds && (valid_at < holds->since || (holds->until && *holds->until <= valid_at))) {
      e.verdict = Verdict::kNotHolding;
    } else if (memory.expires_at && memory.expires_at->time_since_epoch().count() <= field.now) {
      e.verdict = Verdict::kExpired;
    } else if (std::any_of(options_.per_layer.begin(), options_.per_layer.end(), weightless) || !reader.find(asked, memory.id)) {
      e.verdict = Verdict::kFiltered;
    } else {
      return false;
    }
    return true;
  }

  const ScopeImpl& scope_;
  const Query& query_;
  const RecallOptions& options_;
  RecallRun& run_;
};

}  // namespace

Result<Explanation> Scope::why(const Query& query, MemoryId id, const RecallOptions& options) const {
  return guarded("why", [&] {
    RecallRun run(*impl_, query, options, true);
    run.settle();
    Explanation e;
    Explainer explainer(*impl_, query, options, run);
    run.answer([&](Reader& reader, const RecallRun::Answer& answer) { return explainer.explain(reader, answer, id, e); });
    if (e.reason.empty()) e.reason = reason_of(e, options.k, options.min_score);
    return e;
  });
}

}  // namespace mnemic
