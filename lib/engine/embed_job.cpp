// SPDX-License-Identifier: Apache-2.0
// Jobs of the kinds `embed.<space>`. A vector is part of a version, and versions are never changed: each memory gets a next version that
// differs in its vector alone, by an ordinary update. The payload names the changes to look at: (`after`, `up_to`].
#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/embed_texts.hpp"
#include "engine/job_context.hpp"

#include <algorithm>
#include <set>

namespace mnemic::engine {
namespace {

using storage::NamespaceId;
using storage::Reader;
using storage::Writer;

constexpr std::size_t kChunk = 256;          // memories
constexpr std::size_t kOverhead = 1024;      // bytes a memory takes besides its text and vector
constexpr std::uint64_t kLookAgain = 1000;   // changes after which "nothing was missing" is worth remembering

constexpr std::uint32_t kAttempts = 1000;  // an embedder may be out of reach for days

Json range(Seq after, Seq up_to) { return Json::object({{"after", after}, {"up_to", up_to}}); }

/// At most so many.
std::size_t vectors_of(std::string_view text) {
  return text.size() <= text::kPassageBytes ? 1 : 2 + text.size() / (text::kPassageBytes - text::kOverlapBytes);
}

struct Chunk {
  std::vector<Memory> memories;
  std::optional<Seq> rest_up_to;  // there is more, up to here
};

Chunk read_chunk(StoreImpl& store, const storage::SpaceRow& space, const Job& job, std::size_t memory_bytes) {
  const Seq after = static_cast<Seq>(std::max<std::int64_t>(0, job.payload["after"].as_integer()));
  const std::size_t dimension = space.space.dimension;
  const Timestamp now = store.options.clock->now();
  Chunk chunk;
  store.database.read([&](Reader& reader) {
    chunk = {};
    std::size_t bytes = 0;
    const auto ns = reader.find_namespace(job.name_space.to_string());
    const auto newest = static_cast<std::int64_t>(reader.seq());
    const auto up_to = static_cast<Seq>(std::max<std::int64_t>(0, job.payload["up_to"].as_integer(newest)));
    if (!ns) return;
    reader.without_vector(ns, space.id, after, up_to, [&](NamespaceId, Seq seq_from) {
      Memory memory = reader.version(seq_from).memory;
      if (memory.expires_at && *memory.expires_at <= now) return true;
      bytes += 2 * memory.text.size() + vectors_of(memory.text) * 2 * sizeof(float) * dimension + kOverhead;
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

std::string embedded_setting(storage::SpaceId space) { return fmt::format("embedded_{}", space); }

std::string embed_kind(storage::SpaceId space) { return fmt::format("{}{}", kEmbedKinds, space); }

void enqueue_embedding(StoreImpl& store, storage::SpaceId space) {
  Seq before = 0;
  Seq newest = 0;
  std::set<NamespaceId> lacking;
  store.database.read([&](Reader& reader) {
    lacking.clear();
    before = reader.seq_setting(embedded_setting(space));
    newest = reader.seq();
    reader.without_vector(std::nullopt, space, before, newest, [&](NamespaceId ns, Seq) {
      lacking.insert(ns);
      return true;
    });
  });
  if (lacking.empty() && newest - std::min(newest, before) < kLookAgain) return;
  store.database.write(Durability::kRelaxed, [&](Writer& writer) {
    if (writer.seq_setting(embedded_setting(space)) != before) return;  // somebody else did it meanwhile
    writer.set_setting(embedded_setting(space), std::to_string(newest));
    for (const NamespaceId ns : lacking) {
      JobInput input;
      input.kind = embed_kind(space);
      input.name_space = writer.name_of(ns);
      input.payload = range(before, newest);
      input.max_attempts = kAttempts;
      writer.insert_job(make_job(store, input), ns);
    }
  });
}

Status embed_chunk(StoreImpl& store, const Job& job, JobContext::Impl& context) {
  const auto embedders = store.embedders.get();
  const KnownEmbedder* known = nullptr;
  for (const KnownEmbedder* one : {&embedders->own, &embedders->other}) {
    if (one->embedder != nullptr && one->row && embed_kind(one->row->id) == job.kind) known = one;
  }
  if (known == nullptr) return Status(StatusCode::kCancelled, "embed: this Store has gone over to another embedder");
  const KnownEmbedder& into = *known;
  Chunk chunk = read_chunk(store, *into.row, job, context.memory_bytes);
  std::vector<std::string_view> texts;
  for (const Memory& memory : chunk.memories) texts.emplace_back(memory.text);
  auto documents = embed_documents(store, job.name_space.to_string(), *into.embedder, texts);
  if (!documents) return documents.status();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if ((*documents)[i].empty()) continue;  // a text without a vector
    context.batch.update(chunk.memories[i].id, {}, {.if_version = chunk.memories[i].version});
    context.vectors.push_back(std::move((*documents)[i]));
  }
  if (chunk.rest_up_to) {
    JobInput rest;
    rest.kind = job.kind;
    rest.name_space = job.name_space;
    rest.payload = range(static_cast<Seq>(std::max<std::int64_t>(0, job.payload["after"].as_integer())), *chunk.rest_up_to);
    rest.priority = job.priority;
    rest.trace = job.trace;
    rest.max_attempts = kAttempts;
    context.jobs.push_back(std::move(rest));
  }
  return {};
}

}  // namespace mnemic::engine
