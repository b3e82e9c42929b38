// SPDX-License-Identifier: Apache-2.0
// Scope::recall.
#include "core/error.hpp"
#include "engine/layer_scope.hpp"
#include "engine/policies.hpp"
#include "engine/recall_run.hpp"

#include <array>

namespace mnemic {
namespace {

using core::guarded;

std::string make_nonce(RandomSource& random) {
  std::array<std::uint8_t, 8> bytes{};
  random.fill(bytes);
  std::string nonce;
  for (const std::uint8_t byte : bytes) nonce += fmt::format("{:02x}", byte);
  return nonce;
}

}  // namespace

RecallResult engine::recall(const ScopeImpl& scope, const Query& query, const RecallOptions& options) {
  StoreImpl& store = *scope.store;
  RecallRun run(scope, query, options);
  run.settle();
  RecallResult result;
  run.answer([&](storage::Reader& reader, const RecallRun::Answer& answer) {
    const recall::FieldRequest& field = run.first().request.field;
    result.hits = run.read_hits(reader, answer);
    storage::Selection pinned = scope.visible(reader, field.now, &query.where);
    pinned.layers = options.layers;
    pinned.at = options.as_of;
    result.pinned.clear();
    for (storage::Record& record : reader.pinned(pinned, field.valid_at)) {
      result.pinned.push_back(finish(reader, std::move(record), false));
    }
    result.seq = answer.seq;
    result.searched = answer.searched;
    return true;
  });
  result.window = run.first().request.options.window;
  result.plan = run.plan();
  result.dropped = run.dropped();
  result.token_budget = options.token_budget;
  result.time_zone = scope.zone();
  result.token_counter = store.options.token_counter;
  result.nonce = make_nonce(*store.options.random);
  std::vector<MemoryId> used;
  for (const Hit& hit : result.hits) {
    if (may_refresh(hit.memory) && !options.as_of) used.push_back(hit.memory.id);
  }
  refresh_used(scope.store, used);
  return result;
}

Result<RecallResult> Scope::recall(const Query& query, const RecallOptions& options) const {
  return guarded("recall", [&] { return engine::recall(*impl_, query, options); });
}

}  // namespace mnemic
