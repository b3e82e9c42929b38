// SPDX-License-Identifier: Apache-2.0
// Session: turns of one conversation.
#include "core/error.hpp"
#include "engine/apply.hpp"
#include "engine/scope_impl.hpp"
#include "engine/validate.hpp"
#include "layers/conversational/turn.hpp"

#include <mnemic/layers/session.hpp>

#include <algorithm>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using storage::Reader;
using storage::Record;
using storage::Writer;

constexpr std::size_t kChunk = 64;  // turns read at a time while a window is filled

void check_session(const ScopeImpl& scope, const std::string& id) {
  if (id.empty()) fail(StatusCode::kInvalidArgument, "session: empty");
  engine::validate_name("session", id, scope.store->options.limits);
}

}  // namespace

Session::Session(std::shared_ptr<const ScopeImpl> scope, std::string id) : scope_(std::move(scope)), id_(std::move(id)) {}

Result<std::vector<MemoryId>> Session::append(std::span<const Turn> turns, const WriteOptions& options) const {
  return guarded("append", [&] {
    scope_->require_write();
    check_session(*scope_, id_);
    std::vector<Batch::Operation> operations;
    operations.reserve(turns.size());
    for (const Turn& turn : turns) operations.emplace_back(Batch::Put{layers::to_input(turn, id_)});
    std::vector<MemoryId> ids;
    const auto done = engine::write(*scope_, operations, true, turns.size() == 1 ? "" : "operation", options.durability);
    for (const Written& written : done) ids.push_back(written.id);
    return ids;
  });
}

Result<MemoryId> Session::append(const Turn& turn, const WriteOptions& options) const {
  Result<std::vector<MemoryId>> ids = append(std::span(&turn, 1), options);
  if (!ids) return ids.status();
  return ids->front();
}

Result<std::vector<Memory>> Session::window(const WindowOptions& options) const {
  return guarded("window", [&] {
    check_session(*scope_, id_);
    engine::validate_count("max_turns", options.max_turns, scope_->store->options.limits.k);
    TokenCounter& counter = *scope_->store->options.token_counter;
    std::vector<Memory> window;
    const std::int64_t now = scope_->store->now();
    std::size_t tokens = 0;
    auto before = std::numeric_limits<std::int64_t>::max();
    for (bool full = false; !full;) {
      std::vector<Memory> chunk;
      scope_->store->database.read([&](Reader& reader) {
        for (Record& record : reader.turns(scope_->own(reader, now), id_, before, kChunk)) {
          chunk.push_back(engine::finish(reader, std::move(record), false));
        }
      });
      // Outside the transaction: the counter is the caller's code.
      full = chunk.size() < kChunk;
      for (Memory& turn : chunk) {
        tokens += counter.count(layers::countable_text(turn));
        if (window.size() >= options.max_turns || (tokens > options.max_tokens && !window.empty())) {
          full = true;
          break;
        }
        before = static_cast<std::int64_t>(*turn.turn);
        window.push_back(std::move(turn));
      }
    }
    std::reverse(window.begin(), window.end());
    return window;
  });
}

Result<std::vector<Memory>> Session::pop(std::size_t count, const WriteOptions& options) const {
  return guarded("pop", [&] {
    scope_->require_write();
    check_session(*scope_, id_);
    const std::size_t most = scope_->store->options.limits.k;
    if (count > most) fail(StatusCode::kInvalidArgument, "count: {} is above {}", count, most);
    std::vector<Memory> taken;
    if (count == 0) return scope_->store->database.require_open(), taken;
    const std::int64_t now = scope_->store->now();
    scope_->store->database.write(options.durability.value_or(scope_->store->options.durability), [&](Writer& writer) {
      taken.clear();
      for (Record& record : writer.turns(scope_->own(writer, now), id_, std::numeric_limits<std::int64_t>::max(), count)) {
        writer.forget(record, now, scope_->options.agent);
        taken.push_back(engine::finish(writer, std::move(record), false));
      }
    });
    std::reverse(taken.begin(), taken.end());
    return taken;
  });
}

Result<std::size_t> Session::size() const {
  return guarded("size", [&] {
    check_session(*scope_, id_);
    std::size_t size = 0;
    const std::int64_t now = scope_->store->now();
    const Filter turns = Filter::session(id_) && Filter::where("turn", Op::kExists, true);
    scope_->store->database.read([&](Reader& reader) { size = reader.count(scope_->own(reader, now, &turns)); });
    return size;
  });
}

Session Scope::session(std::string id) const { return Session(impl_, std::move(id)); }

Result<std::vector<SessionInfo>> Scope::sessions() const {
  return guarded("sessions", [&] {
    std::vector<SessionInfo> sessions;
    const std::int64_t now = impl_->store->now();
    impl_->store->database.read([&](Reader& reader) { sessions = reader.sessions(impl_->own(reader, now)); });
    return sessions;
  });
}

}  // namespace mnemic
