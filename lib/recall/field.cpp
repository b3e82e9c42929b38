// SPDX-License-Identifier: Apache-2.0
// Gathering partitions and marking versions.
#include "recall/field.hpp"

#include <algorithm>
#include <array>

namespace mnemic::recall {
namespace {

constexpr std::array kAllLayers{Layer::kConversational, Layer::kEpisodic, Layer::kSemantic, Layer::kProcedural};

/// What has an interval in the semantic layer must hold at the asked moment, and may have been superseded since: then its
/// interval has an end.
bool recallable(const index::Doc& doc, Layer layer, std::int64_t valid_at) {
  const bool timed = layer == Layer::kSemantic && doc.event_end != index::kNoInterval;
  if (timed && (valid_at < doc.event_time || doc.event_end <= valid_at)) return false;
  return doc.state == State::kActive || doc.state == State::kProposed || doc.state == State::kConfirmed ||
         (timed && doc.state == State::kSuperseded && doc.event_end != storage::kOpen);
}

}  // namespace

bool Field::load(storage::Reader& reader, index::PartitionCache& cache, const FieldRequest& request) {
  std::vector<Layer> layers(kAllLayers.begin(), kAllLayers.end());
  if (!request.layers.empty()) {
    std::erase_if(layers, [&](Layer layer) {
      return std::find(request.layers.begin(), request.layers.end(), layer) == request.layers.end();
    });
  }
  std::vector<storage::NamespaceId> namespaces = request.namespaces;
  std::sort(namespaces.begin(), namespaces.end());  // one order of locking for every caller
  for (const storage::NamespaceId ns : namespaces) {
    for (const Layer layer : layers) {
      auto partition = cache.get(reader, ns, layer, request.snapshot);
      if (!partition) return false;
      parts_.push_back({std::move(partition), layer, 0});
    }
  }
  // Read locks only from here on, after every partition is up to date: nothing waits for a lock while holding one that
  // another needs alone.
  for (Part& part : parts_) locks_.emplace_back(part.partition->mutex);
  for (Part& part : parts_) {
    part.offset = size_;
    size_ += part.partition->docs().size();
  }
  marks_.reserve(size_);
  for (const Part& part : parts_) {
    for (const index::Doc& doc : part.partition->docs()) {
      const bool seen = doc.seq_from <= request.snapshot && request.snapshot < doc.seq_to && doc.expires_at > request.now &&
                        recallable(doc, part.layer, request.valid_at);
      marks_.push_back(seen ? kAllowed : 0);
    }
  }
  storage::Selection selection{request.namespaces, {request.scope_where}, {}, request.now};
  if (!request.scope_where->matches_everything()) keep(reader.select(selection), kAllowed, 0);
  if (!request.query_where->matches_everything()) {
    selection.filters.push_back(request.query_where);
    keep(reader.select(selection), kAllowed, kVisible);
  }
  allowed_ = static_cast<std::size_t>(std::count(marks_.begin(), marks_.end(), kAllowed));
  return true;
}

/// Lowers the mark of every version that is not in `selected` (ascending) to `otherwise`.
void Field::keep(const std::vector<Seq>& selected, std::uint8_t at_least, std::uint8_t otherwise) {
  for (const Part& part : parts_) {
    auto next = selected.begin();
    std::size_t flat = part.offset;
    for (const index::Doc& doc : part.partition->docs()) {
      while (next != selected.end() && *next < doc.seq_from) ++next;
      const bool in = next != selected.end() && *next == doc.seq_from;
      if (!in && marks_[flat] == at_least) marks_[flat] = otherwise;
      ++flat;
    }
  }
}

}  // namespace mnemic::recall
