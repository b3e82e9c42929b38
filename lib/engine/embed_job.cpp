// SPDX-License-Identifier: Apache-2.0
// Jobs of kind `embed`. A vector is part of a version, and versions are never changed: each memory gets a next version that
// differs in its vector alone, by an ordinary update. The payload names the changes to look at: (`after`, `up_to`].
#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/job_context.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace mnemic::engine {
namespace {

using storage::NamespaceId;
using storage::Reader;
using storage::Writer;

constexpr std::size_t kChunk = 256;          // memories
constexpr std::size_t kOverhead = 1024;      // bytes a memory takes besides its text and vector
constexpr std::uint64_t kLookAgain = 1000;   // changes after which "nothing was missing" is worth remembering

/// Up to which change memories were looked at.
std::string setting_of(const StoreImpl& store) { return fmt::format("embedded_{}", store.own_space->id); }

Json range(Seq after, Seq up_to) { return Json::object({{"after", after}, {"up_to", up_to}}); }

struct Chunk {
  std::vector<Memory> memories;
  std::optional<Seq> rest_up_to;  // there is more, up to here
};

Chunk read_chunk(StoreImpl& store, const Job& job, std::size_t memory_bytes) {
  const Seq after = static_cast<Seq>(std::max<std::int64_t>(0, job.payload["after"].as_integer()));
  const std::size_t dimension = store.own_space->space.dimension;
  const Timestamp now = store.options.clock->now();
  Chunk chunk;
  store.database.read([&](Reader& reader) {
    chunk = {};
    std::size_t bytes = 0;
    const auto ns = reader.find_namespace(job.name_space.to_string());
    const auto newest = static_cast<std::int64_t>(reader.seq());
    const auto up_to = static_cast<Seq>(std::max<std::int64_t>(0, job.payload["up_to"].as_integer(newest)));
    if (!ns) return;
    reader.without_vector(ns, store.own_space->id, after, up_to, [&](NamespaceId, Seq seq_from) {
      Memory memory = reader.version(seq_from).memory;
      if (memory.expires_at && *memory.expires_at <= now) return true;
      bytes += 2 * memory.text.size() + 2 * sizeof(float) * dimension + kOverhead;
      if (!chunk.memories.empty() && (bytes > memory_bytes || chunk.memories.size() == kChunk)) {
        chunk.rest_up_to = seq_from;
        return false;
      }
      chunk.memories.push_back(std::move(memory));
      return true;
    });
  });
  return chunk;
}

}  // namespace

void enqueue_embedding(StoreImpl& store) {
  Seq before = 0;
  Seq newest = 0;
  std::set<NamespaceId> lacking;
  store.database.read([&](Reader& reader) {
    lacking.clear();
    before = reader.seq_setting(setting_of(store));
    newest = reader.seq();
    reader.without_vector(std::nullopt, store.own_space->id, before, newest, [&](NamespaceId ns, Seq) {
      lacking.insert(ns);
      return true;
    });
  });
  if (lacking.empty() && newest - std::min(newest, before) < kLookAgain) return;
  store.database.write(Durability::kRelaxed, [&](Writer& writer) {
    if (writer.seq_setting(setting_of(store)) != before) return;  // somebody else did it meanwhile
    writer.set_setting(setting_of(store), std::to_string(newest));
    for (const NamespaceId ns : lacking) {
      JobInput input;
      input.kind = kEmbedKind;
      input.name_space = writer.name_of(ns);
      input.payload = range(before, newest);
      writer.insert_job(make_job(store, input), ns);
    }
  });
}

Status embed_chunk(StoreImpl& store, const Job& job, JobContext::Impl& context) {
  Chunk chunk = read_chunk(store, job, context.memory_bytes);
  std::vector<std::string_view> texts;
  for (const Memory& memory : chunk.memories) texts.emplace_back(memory.text);
  const std::size_t dimension = store.own_space->space.dimension;
  std::vector<float> rows(texts.size() * dimension);
  if (!texts.empty()) {
    if (const Status status = store.options.embedder->embed(texts, EmbedKind::kPassage, rows); !status.ok()) {
      return Status(status.code(), "embedder: " + status.message());
    }
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::vector<float> row(rows.begin() + static_cast<std::ptrdiff_t>(i * dimension),
                           rows.begin() + static_cast<std::ptrdiff_t>((i + 1) * dimension));
    if (std::all_of(row.begin(), row.end(), [](float v) { return v == 0.0F; })) continue;  // a text without a vector
    MemoryChange change;
    change.vectors.push_back({"", std::move(row)});
    context.batch.update(chunk.memories[i].id, std::move(change), {.if_version = chunk.memories[i].version});
  }
  if (chunk.rest_up_to) {
    JobInput rest;
    rest.kind = kEmbedKind;
    rest.name_space = job.name_space;
    rest.payload = range(static_cast<Seq>(std::max<std::int64_t>(0, job.payload["after"].as_integer())), *chunk.rest_up_to);
    rest.priority = job.priority;
    rest.trace = job.trace;
    context.jobs.push_back(std::move(rest));
  }
  return {};
}

}  // namespace mnemic::engine
