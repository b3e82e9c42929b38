// SPDX-License-Identifier: Apache-2.0
#include "engine/import_judge.hpp"

namespace mnemic::engine {
namespace {

using storage::Reader;

bool same_bytes(const Json& a, const Json& b) { return a == b && a.dump() == b.dump(); }

bool same(const Provenance& a, const Provenance& b) {
  return a.source == b.source && a.model == b.model && a.trace == b.trace && a.derived_from == b.derived_from;
}

/// Whether two versions hold the same. When they were written, and where in a session they stand, is not looked at.
bool same(const Memory& a, const Memory& b) {
  return a.key == b.key && a.layer == b.layer && a.text == b.text && same_bytes(a.content, b.content) && a.user == b.user &&
         a.agent == b.agent && a.session == b.session && a.author == b.author && a.event_end == b.event_end &&
         a.time_zone == b.time_zone && a.expires_at == b.expires_at && a.importance == b.importance && a.strength == b.strength &&
         a.pinned == b.pinned && a.trust == b.trust && a.state == b.state && a.tags == b.tags && a.metadata == b.metadata &&
         same(a.provenance, b.provenance);
}

Verdict kept(std::string why) { return {.fate = Fate::kKept, .why = std::move(why)}; }

}  // namespace

Timestamp changed_at(Reader& reader, const Memory& current) {
  const std::vector<storage::Record> history = reader.history(current.id);
  Timestamp at = current.updated_at;
  for (auto record = history.rbegin(); record != history.rend(); ++record) {
    const Memory& earlier = record->memory;
    if (earlier.event_time != current.event_time || !same(earlier, current)) break;
    at = earlier.updated_at;
  }
  return at;
}

Verdict judge(Reader& reader, const Memory& memory, bool timed) {
  Verdict verdict;
  const auto ns = reader.find_namespace(memory.name_space.to_string());
  if (const auto last = reader.last_version(memory.id)) {
    if (last->ns != ns || last->layer != memory.layer) return kept("its id is that of a memory of another namespace or layer");
    verdict.last_version = last->version;
    if (last->forgotten_at) {
      if (*last->forgotten_at >= memory.updated_at) return kept("it was forgotten here since");
    } else {
      const Memory there = reader.version(last->seq_from, memory.id).memory;
      if (same(there, memory) && (!timed || (there.event_time == memory.event_time && there.created_at == memory.created_at))) {
        return {.fate = Fate::kUnchanged};
      }
      if (changed_at(reader, there) >= memory.updated_at) return kept("it was changed here since");
      verdict.ended = there.seq_from;
      verdict.fate = Fate::kReplaced;
      if (there.session == memory.session) verdict.turn = there.turn;
    }
  }
  if (!ns || memory.key.empty()) return verdict;
  auto other = reader.current_by_key(*ns, memory.layer, memory.key);
  if (!other || other->memory.id == memory.id) return verdict;
  if (changed_at(reader, other->memory) >= memory.updated_at) return kept("another memory has its key, and is not older");
  verdict.displaced = std::move(other);
  return verdict;
}

std::optional<storage::Record> judge(Reader& reader, const transfer::ForgottenItem& item, std::string& why) {
  auto record = reader.current(item.id);
  if (!record) return std::nullopt;
  if (reader.namespace_path(record->ns) != item.name_space.to_string()) {
    why = "to be forgotten, but it is of another namespace";
  } else if (changed_at(reader, record->memory) > item.at) {
    why = "to be forgotten, but it was changed here since";
  }
  return why.empty() ? std::move(record) : std::nullopt;
}

}  // namespace mnemic::engine
