// SPDX-License-Identifier: Apache-2.0
// Gathering partitions and finding out what may be seen of them.
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
      auto partition = cache.get(reader, ns, layer, request.snapshot, request.as_of, request.all_vectors);
      if (!partition) return false;
      parts_.push_back({std::move(partition), layer, 0});
    }
  }
  // Read locks only from here on, after every partition is up to date: nothing waits for a lock while holding one that
  // another needs alone.
  for (Part& part : parts_) locks_.emplace_back(part.partition->mutex);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Part& part = parts_[i];
    part.offset = size_;
    part.first_view = views_.size();
    for (const auto& chunk : part.partition->chunks()) {
      View view{part.partition.get(), chunk.get(), part.layer, i, part.offset + chunk->first(), RowSet(chunk->size()), {}};
      look(view, request);
      views_.push_back(std::move(view));
    }
    size_ += part.partition->docs().size();
  }
  storage::Selection selection{request.namespaces, {request.scope_where}, {}, request.now, request.as_of};
  if (!request.scope_where->matches_everything()) keep(reader.select(selection), &View::visible);
  for (View& view : views_) view.allowed = view.visible;
  if (!request.query_where->matches_everything()) {
    selection.filters.push_back(request.query_where);
    keep(reader.select(selection), &View::allowed);
  }
  for (const View& view : views_) {
    visible_ += view.visible.count();
    allowed_ += view.allowed.count();
  }
  return true;
}

/// Takes out what the asked change, this moment or its state hides. Only the rows under watch can be hidden by anything but
/// being newer than that change.
void Field::look(View& view, const FieldRequest& request) const {
  const Seq asked = request.as_of.value_or(request.snapshot);
  for (index::Row row = view.chunk->size(); row-- > 0 && view.doc(row).seq_from > asked;) view.visible.remove(row);
  const auto chunk = views_.size() - parts_[view.part].first_view;
  for (const index::Row row : view.partition->watched(chunk)) {
    const index::Doc& doc = view.doc(row);
    const bool seen = asked < doc.seq_to && doc.expires_at > request.now && recallable(doc, view.layer, request.valid_at);
    if (!seen) view.visible.remove(row);
  }
}

void Field::keep(const std::vector<Seq>& selected, RowSet View::*set) {
  std::vector<RowSet> before;
  for (View& view : views_) {
    before.push_back(view.*set);
    (view.*set).clear();
  }
  for (const Part& part : parts_) {
    const auto& docs = part.partition->docs();
    auto doc = docs.begin();
    std::size_t view = part.first_view;
    for (const Seq seq : selected) {
      doc = std::lower_bound(doc, docs.end(), seq, [](const index::Doc& d, Seq wanted) { return d.seq_from < wanted; });
      if (doc == docs.end()) break;
      if (doc->seq_from != seq) continue;
      const auto place = static_cast<index::DocIndex>(doc - docs.begin());
      while (place - views_[view].chunk->first() >= views_[view].chunk->size()) ++view;
      const index::Row row = place - views_[view].chunk->first();
      if (before[view].has(row)) (views_[view].*set).insert(row);
    }
  }
}

RowSet View::allowed_within(std::int64_t begin, std::int64_t end) const {
  RowSet within(chunk->size());
  within.clear();
  allowed.for_each([&](index::Row row) {
    const index::Doc& of = doc(row);
    const std::int64_t until = std::max(of.event_time, of.event_end);
    if (of.event_time < end && until >= begin) within.insert(row);
  });
  return within;
}

std::size_t Field::view_number(std::size_t flat) const {
  const auto after = std::upper_bound(views_.begin(), views_.end(), flat, [](std::size_t number, const View& view) { return number < view.offset; });
  return static_cast<std::size_t>(after - views_.begin()) - 1;
}

bool Field::visible(std::size_t flat) const {
  const View& view = view_of(flat);
  return view.visible.has(static_cast<index::Row>(flat - view.offset));
}

bool Field::allowed(std::size_t flat) const {
  const View& view = view_of(flat);
  return view.allowed.has(static_cast<index::Row>(flat - view.offset));
}

}  // namespace mnemic::recall
