// SPDX-License-Identifier: Apache-2.0
// Jobs of kind `seal`: they turn the newest versions of a partition into a sealed chunk, and make chunks anew of which half
// has ended, together with what fits of those after them, or in the place of one that an erasure removed. A chunk is written in the
// transaction that ends its job. The payload: the layer, after which change the chunk begins, and in that last case where it ends.
#include "core/error.hpp"
#include "engine/job_context.hpp"
#include "index/chunk_codec.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace mnemic::engine {
namespace {

using storage::ChunkRow;
using storage::NamespaceId;
using storage::Reader;
using storage::Writer;

constexpr std::string_view kSetting = "sealed";  // up to which change partitions were looked at
constexpr std::uint64_t kLookAgain = 1000;       // changes
constexpr std::int32_t kPriority = -10;          // behind what callers wait for
constexpr std::size_t kFewestRows = 32;
constexpr std::size_t kRowBytes = 1024;          // a version takes while its chunk is built, besides its vectors

JobInput seal_input(const Namespace& name, Layer layer, Seq after, Seq newest) {
  JobInput input;
  input.kind = kSealKind;
  input.name_space = name;
  input.payload = Json::object({{"layer", to_string(layer)}, {"after", after}});
  input.key = fmt::format("{}/{}/{}", to_string(layer), after, newest);
  input.priority = kPriority;
  return input;
}

Seq sealed_up_to(const std::vector<ChunkRow>& chunks) { return chunks.empty() ? 0 : chunks.back().last; }

/// How many documents of each chunk have ended since it was sealed.
std::vector<std::size_t> ended_of(Reader& reader, NamespaceId ns, const std::vector<ChunkRow>& chunks) {
  std::vector<std::size_t> ended(chunks.size(), 0);
  Seq oldest = static_cast<Seq>(storage::kCurrent);
  for (const ChunkRow& chunk : chunks) oldest = std::min(oldest, chunk.sealed);
  reader.ended_since(ns, oldest, [&](Seq version, Seq by) {
    const auto of = std::lower_bound(chunks.begin(), chunks.end(), version, [](const ChunkRow& chunk, Seq seq) { return chunk.last < seq; });
    if (of == chunks.end() || version <= of->after || by <= of->sealed) return;
    ++ended[static_cast<std::size_t>(of - chunks.begin())];
  });
  return ended;
}

/// What one job does: the versions of a run become a chunk, in the place of others or after them.
struct Task {
  ChunkRow chunk;
  std::vector<ChunkRow> replaced;
  std::string body;  // empty: nothing is left of the replaced ones
};

bool half_ended(const ChunkRow& chunk, std::size_t ended) { return ended * 2 >= chunk.count; }

/// The next chunk of a partition, if there are enough versions behind the last one.
std::optional<Task> plan_seal(Reader& reader, NamespaceId ns, Layer layer, Seq after, std::size_t most_rows) {
  if (reader.count_unsealed(ns, layer, index::kChunkRows) < index::kChunkRows) return std::nullopt;
  Task task{{.ns = ns, .layer = layer, .after = after, .sealed = reader.seq()}, {}, {}};
  const auto sealed = index::build_chunk(reader, ns, layer, {.after = after, .at = task.chunk.sealed, .limit = most_rows}, true);
  task.chunk.count = sealed.docs.size();
  task.chunk.last = sealed.docs.back().seq_from;
  task.body = index::encode_chunk(sealed);
  return task;
}

/// Half a chunk or less, made anew with as many of those after it as fit: no chunk becomes larger than one that was there.
/// @throws StatusError kResourceExhausted when the memory does not hold what is left of the first
std::optional<Task> plan_merge(Reader& reader, NamespaceId ns, Layer layer, const std::vector<ChunkRow>& chunks, std::size_t first,
                               std::size_t most_rows) {
  const auto ended = ended_of(reader, ns, chunks);
  if (!half_ended(chunks[first], ended[first])) return std::nullopt;
  const auto larger = [](const ChunkRow& a, const ChunkRow& b) { return a.count < b.count; };
  const std::size_t room = std::min(most_rows, std::max_element(chunks.begin(), chunks.end(), larger)->count);
  Task task{{.ns = ns, .layer = layer, .after = chunks[first].after, .sealed = reader.seq()}, {}, {}};
  for (std::size_t i = first; i < chunks.size() && task.chunk.count + chunks[i].count - ended[i] <= room; ++i) {
    task.chunk.count += chunks[i].count - ended[i];
    task.replaced.push_back(chunks[i]);
  }
  if (task.replaced.empty()) core::fail(StatusCode::kResourceExhausted, "seal: the memory cap is below what is left of a chunk");
  task.chunk.last = task.replaced.back().last;
  const storage::Run run{.after = task.chunk.after, .last = task.chunk.last, .at = task.chunk.sealed};
  const auto sealed = index::build_chunk(reader, ns, layer, run, false);
  task.chunk.count = sealed.docs.size();
  if (!sealed.docs.empty()) task.body = index::encode_chunk(sealed);
  return task;
}

bool overlaps(const ChunkRow& chunk, Seq after, Seq last) { return chunk.after < last && after < chunk.last; }

/// What is left of the run (after, last], of which there is no chunk any more.
std::optional<Task> plan_refill(Reader& reader, NamespaceId ns, Layer layer, Seq after, Seq last) {
  for (const ChunkRow& chunk : reader.chunks(ns, layer)) {
    if (overlaps(chunk, after, last)) return std::nullopt;
  }
  Task task{{.ns = ns, .layer = layer, .after = after, .last = last, .sealed = reader.seq()}, {}, {}};
  const auto sealed = index::build_chunk(reader, ns, layer, {.after = after, .last = last, .at = task.chunk.sealed}, false);
  if (sealed.docs.empty()) return std::nullopt;
  task.chunk.count = sealed.docs.size();
  task.body = index::encode_chunk(sealed);
  return task;
}

std::optional<Task> plan(Reader& reader, NamespaceId ns, Layer layer, Seq after, std::size_t most_rows) {
  const auto chunks = reader.chunks(ns, layer);
  if (sealed_up_to(chunks) == after) return plan_seal(reader, ns, layer, after, most_rows);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (chunks[i].after == after) return plan_merge(reader, ns, layer, chunks, i, most_rows);
  }
  return std::nullopt;  // somebody else did it
}

/// False when the chunks are no longer what the task was planned for: a lease that ran out lets two do the same.
bool still_holds(Reader& reader, const Task& task) {
  const auto chunks = reader.chunks(task.chunk.ns, task.chunk.layer);
  if (task.replaced.empty()) {
    return std::none_of(chunks.begin(), chunks.end(), [&](const ChunkRow& chunk) { return overlaps(chunk, task.chunk.after, task.chunk.last); });
  }
  return std::all_of(task.replaced.begin(), task.replaced.end(), [&](const ChunkRow& replaced) {
    return std::any_of(chunks.begin(), chunks.end(), [&](const ChunkRow& chunk) { return chunk.id == replaced.id; });
  });
}

}  // namespace

JobInput refill_input(const Namespace& name, const ChunkRow& removed) {
  JobInput input = seal_input(name, removed.layer, removed.after, removed.last);
  input.payload = Json::object({{"layer", to_string(removed.layer)}, {"after", removed.after}, {"last", removed.last}});
  // With when it was made: the job that was done last keeps its key.
  input.key = fmt::format("{}/{}-{}/{}", to_string(removed.layer), removed.after, removed.last, removed.sealed);
  return input;
}

void enqueue_sealing(StoreImpl& store) {
  Seq before = 0;
  Seq newest = 0;
  std::vector<JobInput> inputs;
  store.database.read([&](Reader& reader) {
    inputs.clear();
    before = reader.seq_setting(kSetting);
    newest = reader.seq();
    if (newest - std::min(newest, before) < kLookAgain) return;
    for (const auto& [ns, layer] : reader.changed_partitions(before)) {
      const auto chunks = reader.chunks(ns, layer);
      const auto ended = ended_of(reader, ns, chunks);
      for (std::size_t i = 0; i < chunks.size(); ++i) {
        if (half_ended(chunks[i], ended[i])) inputs.push_back(seal_input(reader.name_of(ns), layer, chunks[i].after, newest));
      }
      const Seq after = sealed_up_to(chunks);
      if (reader.count_unsealed(ns, layer, index::kChunkRows) >= index::kChunkRows) {
        inputs.push_back(seal_input(reader.name_of(ns), layer, after, after));
      }
    }
  });
  if (newest - std::min(newest, before) < kLookAgain) return;
  store.database.write(Durability::kRelaxed, [&](Writer& writer) {
    if (writer.seq_setting(kSetting) != before) return;  // somebody else did it meanwhile
    writer.set_setting(kSetting, std::to_string(newest));
    for (const JobInput& input : inputs) enqueue(store, writer, input);
  });
}

Status seal_chunk(StoreImpl& store, const Job& job, JobContext::Impl& context) {
  const Layer layer = core::take(parse_layer(job.payload["layer"].as_string()));
  const Seq after = static_cast<Seq>(std::max<std::int64_t>(0, job.payload["after"].as_integer()));
  std::optional<Seq> last;
  if (const auto given = job.payload["last"].as_integer(); given > 0) last = static_cast<Seq>(given);
  const auto embedders = store.embedders.get();
  std::size_t dimension = 0;
  for (const KnownEmbedder* known : {&embedders->own, &embedders->other}) dimension += known->row ? known->row->space.dimension : 0;
  const std::size_t most_rows = std::min(context.memory_bytes / (kRowBytes + 3 * dimension), index::kChunkRows);
  if (most_rows < kFewestRows) return Status(StatusCode::kResourceExhausted, fmt::format("seal: the memory cap is below what {} memories take", kFewestRows));
  std::optional<Task> task;
  bool more = false;
  store.database.read([&](Reader& reader) {
    task.reset();
    const auto ns = reader.find_namespace(job.name_space.to_string());
    if (!ns) return;
    task = last ? plan_refill(reader, *ns, layer, after, *last) : plan(reader, *ns, layer, after, most_rows);
    const std::size_t enough = (task ? task->chunk.count : 0) + index::kChunkRows;
    more = task && !last && task->replaced.empty() && reader.count_unsealed(*ns, layer, enough) == enough;
  });
  if (!task) return {};
  context.writes.emplace_back([task = *task](Writer& writer) {
    if (!still_holds(writer, task)) return;
    for (const ChunkRow& replaced : task.replaced) writer.remove_chunk(replaced.id);
    if (!task.body.empty()) writer.insert_chunk(task.chunk, task.body);
  });
  if (more) context.jobs.push_back(seal_input(job.name_space, layer, task->chunk.last, task->chunk.last));
  return {};
}

}  // namespace mnemic::engine
