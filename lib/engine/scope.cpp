// SPDX-License-Identifier: Apache-2.0
// Scope: rights, single memories, batches, listings. Recall is in recall.cpp, sessions in session.cpp.
#include "core/error.hpp"
#include "core/time.hpp"
#include "core/utf8.hpp"
#include "engine/apply.hpp"
#include "engine/layer_scope.hpp"
#include "engine/policies.hpp"
#include "engine/scope_impl.hpp"
#include "engine/space_settings.hpp"
#include "engine/validate.hpp"
#include "text/tokenizer.hpp"

#include <algorithm>
#include <charconv>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using storage::Reader;
using storage::Record;
using storage::Selection;
using storage::Writer;

Memory read_memory(Reader& reader, std::optional<Seq> seq, const MemoryId& id, const ReadOptions& options) {
  if (!seq) fail(StatusCode::kNotFound, "id: no such memory in this scope");
  return engine::finish(reader, reader.version(*seq, id), options.vectors);
}

void check_filter(const Filter& filter) { core::take(filter.check()); }

/// Identifies a listing, so that a cursor of one is refused by another.
std::uint64_t listing_hash(const ScopeImpl& scope, const ListOptions& options) {
  const std::string all = fmt::format("{}\n{}\n{}\n{}\n{}", scope.path, static_cast<int>(scope.options.reach),
                                      scope.options.where.to_json().dump(), options.where.to_json().dump(),
                                      static_cast<int>(options.order));
  return text::term_hash(all);
}

std::string make_cursor(std::uint64_t listing, const storage::After& after) {
  return fmt::format("{:016x}.{}.{}", listing, after.time, after.id.to_string());
}

storage::After read_cursor(std::string_view cursor, std::uint64_t listing) {
  const auto bad = [] { fail(StatusCode::kInvalidArgument, "cursor: not one of this listing"); };
  const std::string prefix = fmt::format("{:016x}.", listing);
  if (!cursor.starts_with(prefix)) bad();
  cursor.remove_prefix(prefix.size());
  storage::After after;
  const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), after.time);
  if (error != std::errc() || end == cursor.data() + cursor.size() || *end != '.') bad();
  const auto id = MemoryId::parse(cursor.substr(static_cast<std::size_t>(end - cursor.data()) + 1));
  if (!id) bad();
  after.id = *id;
  return after;
}

}  // namespace

std::vector<storage::NamespaceId> ScopeImpl::readable(Reader& reader) const {
  if (options.reach == Reach::kSubtree) return reader.subtree(path);
  const auto own_id = reader.find_namespace(path);
  if (!own_id) return {};
  std::vector<storage::NamespaceId> ids{*own_id};
  if (options.reach == Reach::kGranted) {
    for (const storage::NamespaceId id : reader.granted_to(*own_id)) ids.push_back(id);
  }
  return ids;
}

Selection ScopeImpl::own(Reader& reader, std::int64_t now, const Filter* extra) const {
  Selection selection;
  // No namespace has id 0, so a namespace never written to selects nothing by the same statements.
  selection.namespaces = {reader.find_namespace(path).value_or(0)};
  selection.filters = {&options.where};
  if (extra != nullptr) selection.filters.push_back(extra);
  selection.now = now;
  return selection;
}

Selection ScopeImpl::visible(Reader& reader, std::int64_t now, const Filter* extra) const {
  Selection selection = own(reader, now, extra);
  selection.namespaces = readable(reader);
  if (selection.namespaces.empty()) selection.namespaces = {0};
  return selection;
}

void ScopeImpl::require_write() const {
  if (options.access == Access::kReadOnly) fail(StatusCode::kPermissionDenied, "this scope is read-only");
}

Memory engine::finish(Reader& reader, Record record, bool vectors) {
  Memory memory = std::move(record.memory);
  memory.name_space = reader.name_of(record.ns);
  if (vectors) {
    const auto spaces = reader.spaces();
    for (const storage::CodedVector& coded : reader.tail(memory.seq_from).vectors) {
      const auto space = std::find_if(spaces.begin(), spaces.end(), [&](const auto& s) { return s.id == coded.space; });
      if (space == spaces.end()) fail(StatusCode::kCorruption, "spaces row {} is missing", coded.space);
      if (space->space.name.empty() || coded.end > 0) continue;  // given up, or of a passage
      Vector vector{space->space.name, storage::decode_vector(coded.codes)};
      const auto same = std::find_if(memory.vectors.begin(), memory.vectors.end(), [&](const Vector& v) { return v.space == vector.space; });
      if (same == memory.vectors.end()) {
        memory.vectors.push_back(std::move(vector));
      } else if (SpaceSettings::read(reader).own == coded.space) {  // of two versions of an embedder, what recall goes by
        *same = std::move(vector);
      }
    }
  }
  return memory;
}

Scope::Scope(std::shared_ptr<const ScopeImpl> impl) : impl_(std::move(impl)) {}
const Namespace& Scope::name() const noexcept { return impl_->name; }
const ScopeOptions& Scope::options() const noexcept { return impl_->options; }

Result<Scope> Scope::narrow(const ScopeOptions& options) const {
  return guarded("narrow", [&] {
    const ScopeOptions& mine = impl_->options;
    auto narrowed = std::make_shared<ScopeImpl>(*impl_);
    const auto attribute = [](std::string_view field, const std::string& have, const std::string& want, std::string& set) {
      if (want.empty()) return;
      if (!have.empty() && have != want) fail(StatusCode::kPermissionDenied, "{}: this scope acts for another", field);
      set = want;
    };
    for (const auto& [field, value] : {std::pair("user", &options.user), {"agent", &options.agent}, {"session", &options.session}}) {
      engine::validate_name(field, *value, impl_->store->options.limits);
    }
    attribute("user", mine.user, options.user, narrowed->options.user);
    attribute("agent", mine.agent, options.agent, narrowed->options.agent);
    attribute("session", mine.session, options.session, narrowed->options.session);
    if (options.reach != Reach::kOwn && options.reach != mine.reach) fail(StatusCode::kPermissionDenied, "reach: wider than this scope's");
    narrowed->options.reach = options.reach;
    engine::validate_zone(options.time_zone, impl_->store->options.limits);
    if (!options.time_zone.empty()) narrowed->options.time_zone = options.time_zone;
    if (options.access == Access::kReadOnly) narrowed->options.access = Access::kReadOnly;
    check_filter(options.where);
    narrowed->options.where = mine.where && options.where;
    check_filter(narrowed->options.where);
    return Scope(std::move(narrowed));
  });
}

Result<MemoryId> Scope::put(const MemoryInput& input, const WriteOptions& options) const {
  return guarded("put", [&] { return engine::write(*impl_, {Batch::Put{input}}, false, "", options.durability).front().id; });
}

Result<Memory> Scope::get(MemoryId id, const ReadOptions& options) const {
  return guarded("get", [&] { return engine::read_memory(*impl_, id, options); });
}

Result<Memory> Scope::get(Layer layer, std::string_view key, const ReadOptions& options) const {
  return guarded("get", [&] {
    engine::validate_name("key", key, impl_->store->options.limits);
    if (key.empty()) fail(StatusCode::kInvalidArgument, "key: empty");
    std::optional<Memory> memory;
    const std::int64_t now = impl_->store->now();
    impl_->store->database.read([&](Reader& reader) {
      const Selection selection = impl_->own(reader, now);
      const auto record = reader.current_by_key(selection.namespaces.front(), layer, key);
      const auto seq = record ? reader.find(selection, record->memory.id) : std::nullopt;
      memory = read_memory(reader, seq, record ? record->memory.id : MemoryId(), options);
    });
    if (engine::may_refresh(*memory)) engine::refresh_used(impl_->store, {memory->id});
    return *std::move(memory);
  });
}

Result<Written> Scope::update(MemoryId id, const MemoryChange& change, const UpdateOptions& options) const {
  return guarded("update", [&] {
    return engine::write(*impl_, {Batch::Update{id, change, options}}, false, "", options.durability).front();
  });
}

Status Scope::relate(MemoryId from, std::string_view type, MemoryId to, const Json& metadata, const WriteOptions& options) const {
  return guarded("relate", [&] {
    engine::write(*impl_, {Batch::Relate{from, {std::string(type), to, metadata}}}, false, "", options.durability);
  });
}

Status Scope::unrelate(MemoryId from, std::string_view type, MemoryId to, const WriteOptions& options) const {
  return guarded("unrelate", [&] {
    engine::write(*impl_, {Batch::Unrelate{from, std::string(type), to}}, false, "", options.durability);
  });
}

Result<std::vector<Related>> Scope::related(MemoryId id, const RelatedOptions& options) const {
  return guarded("related", [&] {
    engine::validate_count("limit", options.limit, impl_->store->options.limits.k);
    if (!options.type.empty()) engine::validate_relation_type(options.type);
    check_filter(options.where);
    std::vector<Related> related;
    const std::int64_t now = impl_->store->now();
    impl_->store->database.read([&](Reader& reader) {
      related.clear();
      if (!reader.find(impl_->visible(reader, now), id)) fail(StatusCode::kNotFound, "id: no such memory in this scope");
      const Selection others = impl_->visible(reader, now, &options.where);
      for (auto& [row, record] : reader.related(others, id, options.type, options.direction, options.after, options.limit)) {
        related.push_back({std::move(row.relation), engine::finish(reader, std::move(record), false)});
      }
    });
    return related;
  });
}

Result<std::vector<Written>> Scope::write(const Batch& batch, const WriteOptions& options) const {
  // Without a prefix: messages start with "operation <n>: ".
  return guarded("", [&] { return engine::write(*impl_, batch.operations(), false, "operation", options.durability); });
}

Result<std::vector<Written>> Scope::write(const std::function<void(Batch&)>& fill, const WriteOptions& options) const {
  Batch batch;
  fill(batch);
  return write(batch, options);
}

Page engine::list(const ScopeImpl& scope, const ListOptions& options) {
  validate_count("limit", options.limit, scope.store->options.limits.k);
  check_filter(options.where);
  const std::uint64_t listing = listing_hash(scope, options);
  std::optional<storage::After> after;
  if (!options.cursor.empty()) after = read_cursor(options.cursor, listing);
  Page page;
  const std::int64_t now = scope.store->now();
  scope.store->database.read([&](Reader& reader) {
    auto records = reader.list(scope.visible(reader, now, &options.where), options.order, after, options.limit + 1);
    const bool more = records.size() > options.limit;
    if (more) records.pop_back();
    for (Record& record : records) page.items.push_back(finish(reader, std::move(record), false));
    if (!more) return;
    const Memory& last = page.items.back();
    const Timestamp time = options.order == Order::kCreated ? last.created_at : last.event_time;
    page.next = make_cursor(listing, {core::to_micros(time), last.id});
  });
  return page;
}

Result<Page> Scope::list(const ListOptions& options) const {
  return guarded("list", [&] { return engine::list(*impl_, options); });
}

Result<std::size_t> Scope::count(const Filter& where) const {
  return guarded("count", [&] {
    check_filter(where);
    std::size_t count = 0;
    const std::int64_t now = impl_->store->now();
    impl_->store->database.read([&](Reader& reader) { count = reader.count(impl_->visible(reader, now, &where)); });
    return count;
  });
}

Json to_json(const Related& related) {
  return Json::object({{"relation", to_json(related.relation)}, {"memory", to_json(related.memory)}});
}

}  // namespace mnemic
