// SPDX-License-Identifier: Apache-2.0
#include "support/naive_store.hpp"

#include <algorithm>
#include <sstream>

namespace mnemic::test {
namespace {

std::string show(const Json& json) { return json.dump(); }
std::string show(const std::string& text) { return "'" + text + "'"; }
std::string show(const Namespace& name) { return name.to_string(); }
std::string show(const MemoryId& id) { return id.to_string(); }
std::string show(Timestamp time) { return to_string(time); }
std::string show(double value) { return std::to_string(value); }
std::string show(bool value) { return value ? "true" : "false"; }
std::string show(std::uint64_t value) { return std::to_string(value); }
std::string show(Layer value) { return std::string(to_string(value)); }
std::string show(Trust value) { return std::string(to_string(value)); }
std::string show(State value) { return std::string(to_string(value)); }
template <typename T>
std::string show(const std::optional<T>& value) {
  return value ? show(*value) : "unset";
}
template <typename T>
std::string show(const std::vector<T>& values) {
  std::string text = "[";
  for (const auto& value : values) text += show(value) + ",";
  return text + "]";
}

template <typename T>
void compare_field(std::string& out, const char* name, const T& want, const T& got) {
  if (want == got) return;
  out += std::string(name) + ": wanted " + show(want) + ", got " + show(got) + "; ";
}

bool by_creation(const Memory& a, const Memory& b) {
  return std::pair(a.created_at, a.id) < std::pair(b.created_at, b.id);
}

}  // namespace

std::string difference(const Memory& want, const Memory& got) {
  std::string out;
  compare_field(out, "id", want.id, got.id);
  compare_field(out, "name_space", want.name_space, got.name_space);
  compare_field(out, "key", want.key, got.key);
  compare_field(out, "layer", want.layer, got.layer);
  compare_field(out, "text", want.text, got.text);
  compare_field(out, "content", show(want.content), show(got.content));
  compare_field(out, "user", want.user, got.user);
  compare_field(out, "agent", want.agent, got.agent);
  compare_field(out, "session", want.session, got.session);
  compare_field(out, "author", want.author, got.author);
  compare_field(out, "turn", want.turn, got.turn);
  compare_field(out, "event_time", want.event_time, got.event_time);
  compare_field(out, "event_end", want.event_end, got.event_end);
  compare_field(out, "time_zone", want.time_zone, got.time_zone);
  compare_field(out, "created_at", want.created_at, got.created_at);
  compare_field(out, "updated_at", want.updated_at, got.updated_at);
  compare_field(out, "expires_at", want.expires_at, got.expires_at);
  compare_field(out, "importance", want.importance, got.importance);
  compare_field(out, "strength", want.strength, got.strength);
  compare_field(out, "pinned", want.pinned, got.pinned);
  compare_field(out, "trust", want.trust, got.trust);
  compare_field(out, "state", want.state, got.state);
  compare_field(out, "tags", want.tags, got.tags);
  compare_field(out, "metadata", show(want.metadata), show(got.metadata));
  compare_field(out, "provenance.source", want.provenance.source, got.provenance.source);
  compare_field(out, "provenance.model", want.provenance.model, got.provenance.model);
  compare_field(out, "provenance.trace", want.provenance.trace, got.provenance.trace);
  compare_field(out, "provenance.derived_from", want.provenance.derived_from, got.provenance.derived_from);
  compare_field(out, "version", want.version, got.version);
  return out;
}

bool has_validity(const Memory& memory) { return memory.layer == Layer::kSemantic && memory.event_end; }

bool is_gone(const Memory& memory) {
  const bool was_true_once = has_validity(memory) && *memory.event_end != kOpenEnd;
  return memory.state == State::kSuperseded && !was_true_once;
}

bool holds_at(const Memory& memory, Timestamp time) { return memory.event_time <= time && time < *memory.event_end; }

bool NaiveStore::reads(const NaiveScope& scope, const Namespace& name) const {
  if (name == scope.name) return true;
  if (scope.reach == Reach::kGranted) return grants_.contains({scope.name, name});
  if (scope.reach == Reach::kSubtree) {
    const auto& above = scope.name.segments();
    const auto& below = name.segments();
    return below.size() >= above.size() && std::equal(above.begin(), above.end(), below.begin());
  }
  return false;
}

bool NaiveStore::visible(const NaiveScope& scope, const Memory& memory) const {
  if (!reads(scope, memory.name_space) || expired(memory)) return false;
  return std::all_of(scope.where.begin(), scope.where.end(),
                     [&](const Json& where) { return naive_matches(where, memory); });
}

const Memory* NaiveStore::current(MemoryId id) const {
  const auto found = versions_.find(id);
  return found == versions_.end() || forgotten_.contains(id) ? nullptr : &found->second.back();
}

const Memory* NaiveStore::by_key(const Namespace& name, Layer layer, const std::string& key) const {
  if (key.empty()) return nullptr;
  for (const auto id : order_) {
    const Memory* m = current(id);
    if (m != nullptr && m->name_space == name && m->layer == layer && m->key == key) return m;
  }
  return nullptr;
}

void NaiveStore::give_turn(Memory& memory) {
  if (memory.layer != Layer::kConversational || memory.session.empty()) return;
  memory.turn = next_turn_[{memory.name_space, memory.session}]++;
}

NaivePlan NaiveStore::plan_put(const NaiveScope& scope, const MemoryInput& input) const {
  if (scope.access == Access::kReadOnly) return {StatusCode::kPermissionDenied, {}};
  const Memory* taken = by_key(scope.name, input.layer, input.key);
  if (taken == nullptr) {
    for (const auto& relation : input.relations) {
      if (get(scope, relation.to) == nullptr) return {StatusCode::kNotFound, {}};
    }
    return {};
  }
  const bool inside = std::all_of(scope.where.begin(), scope.where.end(),
                                  [&](const Json& where) { return naive_matches(where, *taken); });
  if (!inside) return {StatusCode::kAlreadyExists, {}};
  for (const auto& relation : input.relations) {
    if (relation.to == taken->id) return {StatusCode::kInvalidArgument, {}};
    if (get(scope, relation.to) == nullptr) return {StatusCode::kNotFound, {}};
  }
  return {StatusCode::kOk, taken->id};
}

void NaiveStore::apply_put(const NaiveScope& scope, const MemoryInput& input, MemoryId id) {
  const Memory* before = current(id);
  Memory m;
  m.id = id;
  m.name_space = scope.name;
  m.key = input.key;
  m.layer = input.layer;
  m.text = input.text;
  m.content = input.content;
  m.user = input.user.empty() ? scope.user : input.user;
  m.agent = input.agent.empty() ? scope.agent : input.agent;
  m.session = input.session.empty() ? scope.session : input.session;
  m.author = input.author;
  m.event_time = input.event_time.value_or(now);
  m.event_end = input.event_end;
  m.time_zone = input.time_zone.empty() ? time_zone : input.time_zone;
  m.created_at = before != nullptr ? before->created_at : now;
  m.updated_at = now;
  m.expires_at = input.expires_at;
  m.importance = input.importance;
  m.strength = input.strength;
  m.pinned = input.pinned;
  m.trust = input.trust;
  m.state = input.state;
  m.tags = input.tags;
  m.metadata = input.metadata;
  m.provenance = input.provenance;
  m.version = before != nullptr ? before->version + 1 : 1;
  if (before != nullptr && before->turn && before->session == m.session) {
    m.turn = before->turn;
  } else {
    give_turn(m);
  }
  if (before == nullptr) order_.push_back(id);
  versions_[id].push_back(std::move(m));
  for (const auto& relation : input.relations) apply_relate(id, relation);
}

StatusCode NaiveStore::plan_update(const NaiveScope& scope, MemoryId id, const UpdateOptions& options, const MemoryChange& change) const {
  if (scope.access == Access::kReadOnly) return StatusCode::kPermissionDenied;
  const Memory* m = get(scope, id);
  if (m == nullptr || m->name_space != scope.name) return StatusCode::kNotFound;
  if (options.if_version && *options.if_version != m->version) return StatusCode::kAborted;
  const std::optional<Timestamp> end = change.event_end ? *change.event_end : m->event_end;
  return end && *end < change.event_time.value_or(m->event_time) ? StatusCode::kInvalidArgument : StatusCode::kOk;
}

void NaiveStore::apply_update(MemoryId id, const MemoryChange& change) {
  Memory m = *current(id);
  if (change.text) m.text = *change.text;
  if (change.content) m.content = *change.content;
  if (change.author) m.author = *change.author;
  if (change.event_time) m.event_time = *change.event_time;
  if (change.event_end) m.event_end = *change.event_end;
  if (change.expires_at) m.expires_at = *change.expires_at;
  if (change.importance) m.importance = *change.importance;
  if (change.strength) m.strength = *change.strength;
  if (change.pinned) m.pinned = *change.pinned;
  if (change.trust) m.trust = *change.trust;
  if (change.state) m.state = *change.state;
  if (change.tags) m.tags = *change.tags;
  if (change.metadata) m.metadata = *change.metadata;
  if (change.provenance) m.provenance = *change.provenance;
  m.updated_at = now;
  ++m.version;
  versions_[id].push_back(std::move(m));
}

StatusCode NaiveStore::plan_forget(const NaiveScope& scope, MemoryId id) const {
  return plan_update(scope, id, {});
}

void NaiveStore::apply_forget(MemoryId id) {
  forgotten_.insert(id);
  std::erase_if(relations_, [id](const Relation& relation) { return relation.from == id || relation.to == id; });
}

StatusCode NaiveStore::plan_relate(const NaiveScope& scope, MemoryId from, const RelationInput& relation) const {
  if (scope.access == Access::kReadOnly) return StatusCode::kPermissionDenied;
  if (from == relation.to) return StatusCode::kInvalidArgument;
  const Memory* m = get(scope, from);
  if (m == nullptr || m->name_space != scope.name) return StatusCode::kNotFound;
  return get(scope, relation.to) == nullptr ? StatusCode::kNotFound : StatusCode::kOk;
}

void NaiveStore::apply_relate(MemoryId from, const RelationInput& relation) {
  for (const Relation& one : relations_) {
    if (one.from == from && one.type == relation.type && one.to == relation.to && one.metadata == relation.metadata) return;
  }
  apply_unrelate(from, relation.type, relation.to);
  relations_.push_back({from, relation.type, relation.to, relation.metadata, now, ++made_});
}

StatusCode NaiveStore::plan_unrelate(const NaiveScope& scope, MemoryId from) const { return plan_update(scope, from, {}); }

void NaiveStore::apply_unrelate(MemoryId from, const std::string& type, MemoryId to) {
  std::erase_if(relations_, [&](const Relation& one) { return one.from == from && one.type == type && one.to == to; });
}

std::vector<Related> NaiveStore::related(const NaiveScope& scope, MemoryId id, const RelatedOptions& options, const Json& where) const {
  std::vector<Related> found;
  for (const Relation& relation : relations_) {
    if (found.size() == options.limit) break;
    if (relation.seq <= options.after || (!options.type.empty() && relation.type != options.type)) continue;
    const bool outgoing = relation.from == id && options.direction != Direction::kIncoming;
    const bool incoming = relation.to == id && options.direction != Direction::kOutgoing;
    if (!outgoing && !incoming) continue;
    const Memory* other = get(scope, outgoing ? relation.to : relation.from);
    if (other != nullptr && naive_matches(where, *other)) found.push_back({relation, *other});
  }
  return found;
}

std::vector<MemoryId> NaiveStore::forgettable(const NaiveScope& scope, const Json& where) const {
  NaiveScope own = scope;
  own.reach = Reach::kOwn;
  std::vector<MemoryId> ids;
  for (const auto& m : list(own, where, Order::kCreated)) ids.push_back(m.id);
  return ids;
}

NaivePlan NaiveStore::plan_append(const NaiveScope& scope, const std::string& session, const Turn& turn) const {
  if (scope.access == Access::kReadOnly) return {StatusCode::kPermissionDenied, {}};
  const Memory* taken = by_key(scope.name, Layer::kConversational, turn.key);
  if (taken == nullptr) return {};
  if (taken->session != session) return {StatusCode::kAlreadyExists, {}};
  return {StatusCode::kOk, taken->id};
}

void NaiveStore::apply_append(const NaiveScope& scope, const std::string& session, const Turn& turn, MemoryId id) {
  if (current(id) != nullptr) return;  // its key was there already
  MemoryInput input;
  input.key = turn.key;
  input.layer = Layer::kConversational;
  input.text = turn.text;
  input.content = turn.content;
  input.session = session;
  input.author = turn.author;
  input.event_time = turn.event_time;
  input.trust = turn.trust;
  input.metadata = turn.metadata;
  apply_put(scope, input, id);
}

std::vector<Memory> NaiveStore::turns(const NaiveScope& scope, const std::string& session) const {
  std::vector<Memory> found;
  for (const auto id : order_) {
    const Memory* m = current(id);
    if (m != nullptr && m->turn && m->session == session && m->name_space == scope.name && visible(scope, *m)) {
      found.push_back(*m);
    }
  }
  std::sort(found.begin(), found.end(), [](const Memory& a, const Memory& b) { return a.turn < b.turn; });
  return found;
}

std::vector<Memory> NaiveStore::window(const NaiveScope& scope, const std::string& session, const WindowOptions& options,
                                       const std::function<std::size_t(const std::string&)>& tokens) const {
  std::vector<Memory> all = turns(scope, session);
  std::vector<Memory> chosen;
  std::size_t sum = 0;
  for (auto m = all.rbegin(); m != all.rend() && chosen.size() < options.max_turns; ++m) {
    sum += tokens(m->text.empty() ? m->content.dump() : m->text);
    if (sum > options.max_tokens && !chosen.empty()) break;
    chosen.push_back(*m);
  }
  std::reverse(chosen.begin(), chosen.end());
  return chosen;
}

std::map<std::string, SessionInfo> NaiveStore::sessions(const NaiveScope& scope) const {
  std::map<std::string, SessionInfo> found;
  for (const auto id : order_) {
    const Memory* m = current(id);
    if (m == nullptr || !m->turn || m->name_space != scope.name || !visible(scope, *m)) continue;
    auto& info = found[m->session];
    if (info.turns == 0) info = {m->session, 0, m->event_time, m->event_time};
    ++info.turns;
    info.first = std::min(info.first, m->event_time);
    info.last = std::max(info.last, m->event_time);
  }
  return found;
}

const Memory* NaiveStore::get(const NaiveScope& scope, MemoryId id) const {
  const Memory* m = current(id);
  return m != nullptr && visible(scope, *m) ? m : nullptr;
}

const Memory* NaiveStore::get(const NaiveScope& scope, Layer layer, const std::string& key) const {
  const Memory* m = by_key(scope.name, layer, key);
  return m != nullptr && visible(scope, *m) ? m : nullptr;
}

std::vector<Memory> NaiveStore::list(const NaiveScope& scope, const Json& where, Order order) const {
  std::vector<Memory> found;
  for (const auto id : order_) {
    const Memory* m = current(id);
    if (m != nullptr && visible(scope, *m) && naive_matches(where, *m)) found.push_back(*m);
  }
  std::sort(found.begin(), found.end(), [&](const Memory& a, const Memory& b) {
    if (order == Order::kCreated) return by_creation(a, b);
    if (a.event_time != b.event_time) {
      return order == Order::kNewest ? a.event_time > b.event_time : a.event_time < b.event_time;
    }
    return a.id < b.id;
  });
  return found;
}

std::vector<Memory> NaiveStore::recallable(const NaiveScope& scope, const Json& where, const std::vector<Layer>& layers,
                                           std::optional<Timestamp> valid_at) const {
  std::vector<Memory> found = list(scope, where, Order::kCreated);
  std::erase_if(found, [&](const Memory& m) {
    if (m.state == State::kRejected || m.state == State::kQuarantined) return true;
    if (is_gone(m)) return true;
    if (has_validity(m) && !holds_at(m, valid_at.value_or(now))) return true;
    return !layers.empty() && std::find(layers.begin(), layers.end(), m.layer) == layers.end();
  });
  return found;
}

bool NaiveStore::reachable(const NaiveScope& scope, MemoryId id) const {
  const Memory* m = current(id);
  if (m == nullptr || !reads(scope, m->name_space)) return false;
  return std::all_of(scope.where.begin(), scope.where.end(), [&](const Json& where) { return naive_matches(where, *m); });
}

}  // namespace mnemic::test
