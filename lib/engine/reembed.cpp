// SPDX-License-Identifier: Apache-2.0
// Store::reembed, reembedding, drop_space. The setting `spaces` says where a move stands; vectors come by the jobs of embed_job.cpp.
#include "core/error.hpp"
#include "engine/job_context.hpp"
#include "engine/space_settings.hpp"
#include "engine/validate.hpp"

#include <mnemic/store.hpp>

#include <algorithm>

namespace mnemic {
namespace engine {
namespace {

using core::fail;
using storage::Reader;
using storage::SpaceId;
using storage::Writer;

bool lacks_any(Reader& reader, SpaceId space) {
  bool lacks = false;
  const Seq looked_at = reader.seq_setting(embedded_setting(space));
  reader.without_vector(std::nullopt, space, looked_at, reader.seq(), [&](storage::NamespaceId, Seq) {
    lacks = true;
    return false;
  });
  return lacks;
}

/// Nothing is left to be done in the space that a move is to.
bool is_complete(Reader& reader, SpaceId space) {
  const Reader::LeftJobs left = reader.left_jobs(embed_kind(space));
  return left.to_do == 0 && left.dead == 0 && !lacks_any(reader, space);
}

/// What `reembed` writes down. @return recall goes by the space now
bool begin_move(Writer& writer, SpaceId space, Switch when) {
  SpaceSettings settings = SpaceSettings::read(writer);
  if (settings.own == space) {  // the way back, or nothing new
    if (settings.next) settings.keep(*settings.next);
    settings.next.reset();
    settings.write(writer);
    return true;
  }
  if (settings.next && *settings.next != space) {
    fail(StatusCode::kFailedPrecondition, "embedder: a move to {} is under way: end it by reembed with that of {}", name_of_space(writer, *settings.next),
         settings.own ? name_of_space(writer, *settings.own) : "the store");
  }
  settings.unkeep(space);
  settings.next = space;
  if (when == Switch::kNow || !settings.own) {
    if (settings.own) settings.keep(*settings.own);
    settings.own = space;
    settings.next.reset();
  }
  settings.write(writer);
  return settings.own == space;
}

}  // namespace

void end_move_when_complete(StoreImpl& store) {
  std::shared_ptr<const Embedders> embedders;  // let go of after the lock: what an embedder does at its end is the caller's
  const std::lock_guard lock(store.moving);
  embedders = store.embedders.get();
  if (!embedders->other.row) return;
  const SpaceId space = embedders->other.row->id;
  const auto is_due = [space](Reader& reader) { return SpaceSettings::read(reader).next == space && is_complete(reader, space); };
  bool due = false;
  bool elsewhere = false;  // another process ended the move
  store.database.read([&](Reader& reader) {
    due = is_due(reader);
    elsewhere = SpaceSettings::read(reader).own == space;
  });
  if (due) {
    store.database.write(Durability::kFull, [&](Writer& writer) {
      due = is_due(writer);
      if (due) begin_move(writer, space, Switch::kNow);
    });
  }
  if (due || elsewhere) store.embedders.set({.own = embedders->other, .other = embedders->own});
}

}  // namespace engine

using core::fail;
using core::guarded;
using engine::KnownEmbedder;
using engine::require;
using engine::SpaceSettings;
using storage::Reader;
using storage::Writer;

Status Store::reembed(std::shared_ptr<Embedder> embedder, Switch when) const {
  return guarded("reembed", [&] {
    StoreImpl& store = require(impl_);
    if (embedder == nullptr) fail(StatusCode::kInvalidArgument, "embedder: null");
    if (when != Switch::kNow && when != Switch::kWhenComplete) fail(StatusCode::kInvalidArgument, "when: not a known one");
    engine::validate(embedder->space(), store.options.limits);
    store.database.require_open();
    if (store.database.read_only()) fail(StatusCode::kFailedPrecondition, "the store is read-only");
    std::shared_ptr<const engine::Embedders> before;  // let go of after the lock, as above
    const std::lock_guard lock(store.moving);
    KnownEmbedder to{embedder, {}};
    bool own = false;
    store.database.write(Durability::kFull, [&](Writer& writer) {
      const auto known = writer.find_space(to.space().name, to.space().version);
      if (known && known->space.dimension != to.space().dimension) {
        fail(StatusCode::kFailedPrecondition, "embedder: the file knows this space with dimension {}, not {}", known->space.dimension,
             to.space().dimension);
      }
      to.row = writer.ensure_space(to.space());
      own = engine::begin_move(writer, to.row->id, when);
    });
    before = store.embedders.get();
    const bool had_it = before->own.row && before->own.row->id == to.row->id;
    if (!own) {
      store.embedders.set({.own = before->own, .other = to});
    } else {
      store.embedders.set({.own = to, .other = had_it ? KnownEmbedder{} : before->own});
    }
  });
}

Result<std::optional<Reembedding>> Store::reembedding() const {
  return guarded("reembedding", [&] {
    std::optional<Reembedding> move;
    require(impl_).database.read([&](Reader& reader) {
      move.reset();
      const SpaceSettings settings = SpaceSettings::read(reader);
      if (!settings.next) return;
      move.emplace();
      for (const storage::SpaceRow& row : reader.spaces()) {
        if (row.id == settings.own) move->from = row.space;
        if (row.id == *settings.next) move->to = row.space;
      }
      reader.count_vectors(*settings.next, move->total, move->missing);
      move->dead = reader.left_jobs(engine::embed_kind(*settings.next)).dead;
    });
    return move;
  });
}

Status Store::drop_space(std::string_view name, std::string_view version) const {
  return guarded("drop_space", [&] {
    StoreImpl& store = require(impl_);
    std::shared_ptr<const engine::Embedders> embedders;  // let go of after the lock, as above
    const std::lock_guard lock(store.moving);
    store.database.write(Durability::kFull, [&](Writer& writer) {
      const auto row = writer.find_space(name, version);
      SpaceSettings settings = SpaceSettings::read(writer);
      const bool in_use = row && (settings.own == row->id || settings.next == row->id);
      if (in_use) fail(StatusCode::kFailedPrecondition, "name: recall goes by {}/{}, or a move to it is under way", name, version);
      const bool kept = row && std::find(settings.kept.begin(), settings.kept.end(), row->id) != settings.kept.end();
      if (!kept) fail(StatusCode::kNotFound, "name: no embedder's space of that name and version is kept");
      settings.unkeep(row->id);
      settings.write(writer);
      writer.retire_space(row->id);
    });
    embedders = store.embedders.get();
    const KnownEmbedder& other = embedders->other;
    if (other.embedder != nullptr && other.space().name == name && other.space().version == version) {
      store.embedders.set({.own = embedders->own, .other = {}});
    }
  });
}

}  // namespace mnemic
