// SPDX-License-Identifier: Apache-2.0
// Scope::forget, with what was derived from it alone, and recover.
#include "core/error.hpp"
#include "engine/apply.hpp"
#include "engine/scope_impl.hpp"

#include <algorithm>
#include <set>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using storage::Reader;
using storage::Record;
using storage::Writer;
using Ids = std::set<MemoryId>;

constexpr std::string_view kDerivedFrom = "derived_from";

/// What goes and what stays, found before anything is ended.
class Forgetting {
 public:
  Forgetting(const ScopeImpl& scope, Reader& reader, std::int64_t now) : reader_(reader), own_(scope.own(reader, now)) {}

  void add(const MemoryId& id) {
    asked_.insert(id);
    all_.insert(id);
  }

  /// What was derived from nothing else that stands goes too, and what was derived from that.
  void cascade() {
    std::vector<MemoryId> open(all_.begin(), all_.end());
    while (!open.empty()) {
      const MemoryId source = open.back();
      open.pop_back();
      for (const MemoryId& derived : reader_.ends(source, kDerivedFrom, Direction::kIncoming)) {
        if (all_.contains(derived)) continue;
        const auto sources = reader_.ends(derived, kDerivedFrom, Direction::kOutgoing);
        const bool alone = std::all_of(sources.begin(), sources.end(), [this](const MemoryId& id) { return all_.contains(id); });
        if (!alone || !reader_.find(own_, derived)) {
          unlinked_.insert(derived);
          continue;
        }
        all_.insert(derived);
        unlinked_.erase(derived);
        open.push_back(derived);
      }
    }
  }

  [[nodiscard]] ForgetReport report(bool dry_run) const {
    ForgetReport report;
    report.ids.assign(asked_.begin(), asked_.end());
    std::set_difference(all_.begin(), all_.end(), asked_.begin(), asked_.end(), std::back_inserter(report.derived));
    report.unlinked.assign(unlinked_.begin(), unlinked_.end());
    report.dry_run = dry_run;
    return report;
  }

  void apply(Writer& writer, std::int64_t now, std::string_view agent) const {
    for (const MemoryId& id : all_) {
      if (const auto record = writer.current(id)) writer.forget(*record, now, agent);
    }
  }

 private:
  Reader& reader_;
  storage::Selection own_;
  Ids asked_;
  Ids all_;
  Ids unlinked_;
};

/// @param select  names what is asked for, inside the transaction
ForgetReport forget(const ScopeImpl& scope, const ForgetOptions& options, const std::function<void(Reader&, std::int64_t, Forgetting&)>& select) {
  scope.require_write();
  StoreImpl& store = *scope.store;
  const std::int64_t now = store.now();
  ForgetReport report;
  const auto look = [&](Reader& reader) {
    Forgetting forgetting(scope, reader, now);
    select(reader, now, forgetting);
    if (options.cascade) forgetting.cascade();
    report = forgetting.report(options.dry_run);
    return forgetting;
  };
  if (options.dry_run) {
    store.database.read([&](Reader& reader) { look(reader); });
  } else {
    store.database.write(options.durability.value_or(store.options.durability),
                         [&](Writer& writer) { look(writer).apply(writer, now, scope.options.agent); });
  }
  return report;
}

}  // namespace

Result<ForgetReport> Scope::forget(MemoryId id, const ForgetOptions& options) const {
  return guarded("forget", [&] {
    return mnemic::forget(*impl_, options, [&](Reader& reader, std::int64_t now, Forgetting& forgetting) {
      if (!reader.find(impl_->own(reader, now), id)) fail(StatusCode::kNotFound, "id: no such memory in this scope");
      forgetting.add(id);
    });
  });
}

Result<ForgetReport> Scope::forget(const Filter& where, const ForgetOptions& options) const {
  return guarded("forget", [&] {
    core::take(where.check());
    return mnemic::forget(*impl_, options, [&](Reader& reader, std::int64_t now, Forgetting& forgetting) {
      for (const Seq seq : reader.select(impl_->own(reader, now, &where))) forgetting.add(reader.version(seq).memory.id);
    });
  });
}

Result<Written> Scope::recover(MemoryId id, const WriteOptions& options) const {
  return guarded("recover", [&] {
    impl_->require_write();
    engine::PreparedWrite prepared;
    prepared.now = impl_->store->options.clock->now();
    Written written;
    engine::transact(*impl_, prepared, options.durability, [&](engine::Applier& applier) { written = applier.recover(id); });
    return written;
  });
}

}  // namespace mnemic
