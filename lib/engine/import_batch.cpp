// SPDX-License-Identifier: Apache-2.0
#include "engine/import_batch.hpp"

#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/erasing.hpp"
#include "engine/policies.hpp"
#include "engine/validate.hpp"
#include "layers/semantic/fact.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace mnemic::engine {
namespace {

using core::fail;
using storage::Reader;
using storage::Writer;
constexpr std::size_t kProblems = 1000;
const EraseOptions kErasedByImport{.reason = "erased in the store that an import came from", .by = "import"};

/// What a caller would have given for this version.
MemoryInput to_input(const ImportContext& context, const transfer::Version& version) {
  const Memory& m = version.memory;
  MemoryInput input;
  input.key = m.key;
  input.layer = m.layer;
  input.text = m.text;
  input.content = m.content;
  for (const transfer::StoredVector& vector : version.vectors) {
    const bool whole = vector.begin == 0 && vector.end == 0;
    if (whole && vector.space < context.spaces.size()) {
      const EmbeddingSpace& space = context.spaces[vector.space];
      input.vectors.push_back({space.name + "/" + space.version, storage::decode_vector(vector.codes)});
    }
  }
  input.user = m.user;
  input.agent = m.agent;
  input.session = m.session;
  input.author = m.author;
  input.event_time = m.event_time;
  input.event_end = m.event_end;
  input.time_zone = m.time_zone;
  input.expires_at = m.expires_at;
  input.importance = m.importance;
  input.strength = m.strength;
  input.pinned = m.pinned;
  input.trust = m.trust;
  input.state = m.state;
  input.tags = m.tags;
  input.metadata = m.metadata;
  input.provenance = m.provenance;
  return input;
}

void check_vectors(const ImportContext& context, const transfer::Version& version) {
  for (const transfer::StoredVector& vector : version.vectors) {
    if (vector.space >= context.spaces.size()) fail(StatusCode::kInvalidArgument, "vectors: space {} is not in the manifest", vector.space);
    const std::size_t dimension = context.spaces[vector.space].dimension;
    if (vector.codes.size() != dimension) {
      fail(StatusCode::kInvalidArgument, "vectors: {} codes where the space has {}", vector.codes.size(), dimension);
    }
    const bool zero = std::all_of(vector.codes.begin(), vector.codes.end(), [](std::int16_t code) { return code == 0; });
    if (zero) fail(StatusCode::kInvalidArgument, "vectors: all codes are zero");
    if (vector.end > version.memory.text.size()) fail(StatusCode::kInvalidArgument, "vectors: of a part that the text does not have");
  }
}

void check_version(const ImportContext& context, const transfer::Version& version) {
  check_vectors(context, version);
  MemoryInput input = to_input(context, version);
  validate(input, context.store->options.limits);
  if (version.memory.turn.value_or(0) > (std::uint64_t{1} << 62)) fail(StatusCode::kInvalidArgument, "turn: out of range");
}

/// A version as the Screen lets it in.
ReadyVersion make_ready(const ImportContext& context, transfer::Version&& version, Timestamp now) {
  const ScopeImpl scope = context.scope(version.memory.name_space);
  MemoryInput input = to_input(context, version);
  PreparedPut put = prepare_put(scope, input, now);
  ReadyVersion ready{std::move(version.memory), std::move(put.words), {}, std::move(put.erasure_hash)};
  Memory& m = ready.memory;
  const bool of_this_text = put.input.text == m.text && put.input.state == m.state;
  for (transfer::StoredVector& vector : version.vectors) {
    const EmbeddingSpace& space = context.spaces[vector.space];
    const bool of_text = !space.version.empty() && !m.text.empty();  // an embedder can make it anew
    if (of_text && !(context.usable[vector.space] && of_this_text)) continue;
    ready.vectors.push_back({space, std::move(vector.codes), {vector.begin, vector.end}});
  }
  m.text = std::move(put.input.text);
  m.content = std::move(put.input.content);
  m.metadata = std::move(put.input.metadata);
  m.state = put.input.state;
  m.time_zone = std::move(put.input.time_zone);
  return ready;
}

bool has_vector(const ReadyVersion& version, const EmbeddingSpace& space) {
  return std::any_of(version.vectors.begin(), version.vectors.end(),
                     [&](const SpacedVector& v) { return v.space.name == space.name && v.space.version == space.version; });
}

Status embed_with(StoreImpl& store, const KnownEmbedder& known, const std::vector<ReadyVersion*>& versions) {
  if (known.embedder == nullptr) return {};
  std::map<std::string, std::vector<ReadyVersion*>> by_namespace;
  for (ReadyVersion* version : versions) {
    const Memory& m = version->memory;
    if (m.text.empty() || m.state == State::kQuarantined || has_vector(*version, known.space())) continue;
    by_namespace[m.name_space.to_string()].push_back(version);
  }
  for (auto& [path, wanted] : by_namespace) {
    std::vector<std::string_view> texts;
    for (const ReadyVersion* version : wanted) texts.emplace_back(version->memory.text);
    auto documents = embed_documents(store, path, *known.embedder, texts);
    if (!documents) return documents.status();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      std::move((*documents)[i].begin(), (*documents)[i].end(), std::back_inserter(wanted[i]->vectors));
    }
  }
  return {};
}

void write_version(Writer& writer, storage::NamespaceId ns, ReadyVersion& ready, std::optional<std::uint64_t> turn, std::optional<Seq> ended) {
  storage::Record record;
  record.ns = ns;
  record.memory = ready.memory;
  Memory& m = record.memory;
  if (m.layer == Layer::kConversational && !m.session.empty()) {
    if (turn) m.turn = turn;
    if (!m.turn || writer.place_taken(ns, m.session, *m.turn, m.id)) m.turn = writer.next_turn(ns, m.session);
  } else {
    m.turn.reset();
  }
  record.fact = layers::fact_key(m.layer, m.metadata);
  storage::Tail tail = ready.words;
  for (const SpacedVector& vector : ready.vectors) tail.vectors.push_back(coded(writer, vector));
  writer.insert(record, tail, ended, {});
  ready.memory.seq_from = m.seq_from;
}

}  // namespace

ScopeImpl ImportContext::scope(const Namespace& name) const {
  ScopeImpl scope;
  scope.store = store;
  scope.name = name;
  scope.path = name.to_string();
  return scope;
}

void check_item(const ImportContext& context, const transfer::Item& item) {
  const Limits& limits = context.store->options.limits;
  if (const auto* memory = std::get_if<transfer::MemoryItem>(&item)) {
    for (const transfer::Version& version : memory->versions) check_version(context, version);
  } else if (const auto* relation = std::get_if<transfer::RelationItem>(&item)) {
    const Relation& r = relation->relation;
    validate(RelationInput{r.type, r.to, r.metadata}, limits);
    if (r.from == r.to) fail(StatusCode::kInvalidArgument, "to: a memory is not related to itself");
  } else if (const auto* attribute = std::get_if<transfer::AttributeItem>(&item)) {
    validate_name("name", attribute->attribute.name, limits);
    if (layers::compared(attribute->attribute.name).empty()) fail(StatusCode::kInvalidArgument, "name: empty");
  } else if (const auto* grant = std::get_if<transfer::GrantItem>(&item)) {
    if (grant->reader == grant->target) fail(StatusCode::kInvalidArgument, "target: a namespace reads itself already");
  }
}

std::vector<bool> usable_spaces(StoreImpl& store, const std::vector<EmbeddingSpace>& spaces) {
  const auto embedders = store.embedders.get();
  std::vector<bool> usable;
  store.database.read([&](Reader& reader) {
    usable.clear();
    for (const EmbeddingSpace& space : spaces) {
      if (space.name.empty() || space.dimension == 0 || space.dimension > store.options.limits.dimension) {
        fail(StatusCode::kInvalidArgument, "line 1: spaces: one without a name, or of a bad dimension");
      }
      const auto known = reader.find_space(space.name, space.version);
      const bool another = known && known->space.dimension != space.dimension;
      if (another && space.version.empty()) {
        fail(StatusCode::kInvalidArgument, "spaces: '{}' has dimension {} here, and {} in the file", space.name, known->space.dimension, space.dimension);
      }
      bool is_ours = known && !another;
      for (const KnownEmbedder* one : {&embedders->own, &embedders->other}) {
        is_ours |= one->embedder != nullptr && one->space().name == space.name && one->space().version == space.version &&
                   one->space().dimension == space.dimension;
      }
      usable.push_back(space.version.empty() || is_ours);
    }
  });
  return usable;
}

void ImportBatch::add(transfer::PlacedItem item) {
  ReadyItem ready{std::move(item), {}, {}, true};
  if (auto* memory = std::get_if<transfer::MemoryItem>(&ready.placed.item)) {
    ready.timed = memory->timed;
    const Timestamp now = context_.store->options.clock->now();
    try {
      for (transfer::Version& version : memory->versions) {
        bytes_ += version.memory.text.size();
        ready.versions.push_back(make_ready(context_, std::move(version), now));
      }
    } catch (const core::StatusError& error) {
      if (error.status().code() != StatusCode::kPermissionDenied) throw;
      ready.refused = error.status().message();
    }
  } else if (auto* relation = std::get_if<transfer::RelationItem>(&ready.placed.item); relation != nullptr && !relation->ended) {
    Relation& r = relation->relation;
    try {
      r.metadata = prepare_relate(context_.scope({}), {r.from, {r.type, r.to, r.metadata}}).relation.metadata;
    } catch (const core::StatusError& error) {
      if (error.status().code() != StatusCode::kPermissionDenied) throw;
      ready.refused = error.status().message();
    }
  }
  items_.push_back(std::move(ready));
}

/// Goes over the items once: to say what would be done, or to do it.
struct ImportBatch::Pass {
  ImportContext& context;
  Reader& reader;
  Writer* writer;  // null: look only
  ImportReport& report;
  const WriteRules rules;
  ReadyItem* item = nullptr;
  std::vector<ReadyItem*> to_erase = {};

  void problem(const std::string& what) {
    if (report.problems.size() < kProblems) report.problems.push_back({item->placed.line, item->placed.name, what});
  }

  /// As Applier does for other writes: what was erased here, has a text that was, or is refused by a policy goes into quarantine or is kept
  /// out. @return why it is kept out
  std::optional<std::string> keep_out() {
    StoreImpl& store = *context.store;
    if (const auto erasure = reader.erasure_of(item->versions.back().memory.id)) {
      if (!store.options.quarantine_erased) return fmt::format("it was erased here (change {})", *erasure);
      for (ReadyVersion& version : item->versions) version.memory.state = State::kQuarantined;
    }
    for (ReadyVersion& version : item->versions) {
      const std::string path = version.memory.name_space.to_string();
      const auto ns = version.erasure_hash.empty() ? std::nullopt : reader.find_namespace(path);
      const auto erasure = ns ? reader.tombstone(*ns, version.erasure_hash) : std::nullopt;
      if (erasure) {
        if (writer != nullptr) writer->count_tombstone(*ns, version.erasure_hash, store.now());
        if (!store.options.quarantine_erased) return fmt::format("a text of it was erased here (change {})", *erasure);
        version.memory.state = State::kQuarantined;
      }
      if (!rules.may_refuse()) continue;
      storage::Record record{0, version.memory, {}};
      const Policy* refused = rules.refuse(reader, writer, path, record);
      version.memory.state = record.memory.state;
      if (refused == nullptr) continue;
      if (writer != nullptr) writer->count_policy(refused->id, store.now());
      return "refused by " + described(*refused);
    }
    return std::nullopt;
  }

  /// @return whether there is something to write
  bool operator()(const transfer::MemoryItem&) {
    ++report.memories;
    if (!item->refused.empty()) {
      ++report.refused;
      problem(item->refused);
      return false;
    }
    if (const auto why = keep_out()) {
      ++report.refused;
      problem(*why);
      return false;
    }
    const Memory& last = item->versions.back().memory;
    const Verdict verdict = judge(reader, last, item->timed);
    const bool conflict = verdict.fate == Fate::kKept || verdict.fate == Fate::kReplaced || verdict.displaced;
    if (conflict && context.options.conflict == OnConflict::kRefuse) {
      fail(StatusCode::kAlreadyExists, "line {}: {} is here with another content{}", item->placed.line, item->placed.name,
           verdict.why.empty() ? "" : ": " + verdict.why);
    }
    switch (verdict.fate) {
      case Fate::kWritten: ++report.written; break;
      case Fate::kReplaced: ++report.replaced; break;
      case Fate::kUnchanged: ++report.unchanged; break;
      case Fate::kKept: ++report.kept; break;
    }
    if (verdict.fate == Fate::kKept) problem(verdict.why);
    if (verdict.fate == Fate::kKept || verdict.fate == Fate::kUnchanged) return false;
    if (context.options.dry_run) context.there.insert(last.id);
    if (writer != nullptr) write(verdict);
    return true;
  }

  void write(const Verdict& verdict) {
    const Memory& last = item->versions.back().memory;
    const storage::NamespaceId ns = writer->ensure_namespace(last.name_space.to_string());
    if (verdict.displaced) writer->forget(*verdict.displaced, context.store->now(), {});
    std::optional<Seq> ended = verdict.ended;
    const bool later = last.version > verdict.last_version;
    for (ReadyVersion& version : item->versions) {
      Memory& m = version.memory;
      const bool is_last = &version == &item->versions.back();
      if (!is_last && (!later || m.version <= verdict.last_version)) continue;  // the store has its own history
      m.version = later ? m.version : verdict.last_version + 1;
      write_version(*writer, ns, version, verdict.turn, ended);
      ended = m.seq_from;
    }
  }

  bool operator()(const transfer::ForgottenItem& forgotten) {
    if (forgotten.erased) {
      to_erase.push_back(item);
      return false;
    }
    std::string why;
    const auto record = judge(reader, forgotten, why);
    if (!why.empty()) {
      if (context.options.conflict == OnConflict::kRefuse) fail(StatusCode::kAlreadyExists, "line {}: {}", item->placed.line, why);
      item->placed.name = forgotten.id.to_string();
      problem(why);
    }
    if (!record) return false;
    ++report.forgotten;
    if (writer != nullptr) writer->forget(*record, core::to_micros(forgotten.at), {});
    return true;
  }

  /// Erases what the file says was erased, all of the batch at once: what was derived from several of them has no other source then.
  /// Whatever was changed here since: an erasure is of the memory, not of a version.
  /// @return whether there is something to write
  bool erase() {
    StoreImpl& store = *context.store;
    bool any = false;
    std::map<MemoryId, ReadyItem*> wanted;
    std::vector<std::pair<MemoryId, Namespace>> unknown;
    for (ReadyItem* one : to_erase) {
      item = one;
      const auto& gone = std::get<transfer::ForgottenItem>(one->placed.item);
      item->placed.name = gone.id.to_string();
      const auto last = reader.last_version(gone.id);
      if (!last) {
        report.erased += context.there.erase(gone.id);  // a dry run would have written it by now
        if (!reader.erasure_of(gone.id)) unknown.emplace_back(gone.id, gone.name_space);
      } else if (reader.namespace_path(last->ns) != gone.name_space.to_string()) {
        const char* why = "to be erased, but it is of another namespace";
        if (context.options.conflict == OnConflict::kRefuse) fail(StatusCode::kAlreadyExists, "line {}: {}", item->placed.line, why);
        problem(why);
      } else {
        wanted.emplace(gone.id, one);
      }
    }
    any = leave_held(wanted);
    Seq erasure = reader.seq();
    if (!wanted.empty()) {
      Erasing erasing(store, reader, {.ids = ids_of(wanted)});
      report.erased += erasing.all().size();
      if (writer != nullptr) erasure = erasing.apply(*writer, kErasedByImport, store.now()).erased_seq;
    }
    for (const auto& [id, name] : unknown) {  // so that an older file does not bring it
      if (writer != nullptr) writer->insert_erased(id, writer->ensure_namespace(name.to_string()), erasure);
    }
    return any || !wanted.empty() || !unknown.empty();
  }

  /// Takes out of `wanted` what a hold covers, by itself or by what would go with it. @return whether there was any
  bool leave_held(std::map<MemoryId, ReadyItem*>& wanted) {
    StoreImpl& store = *context.store;
    const Timestamp now = store.options.clock->now();
    bool any = false;
    while (!wanted.empty()) {
      const auto held = Erasing(store, reader, {.ids = ids_of(wanted)}).held(now);
      if (!held) return any;
      any = true;
      if (writer != nullptr) writer->count_policy(held->hold.id, core::to_micros(now));
      const auto leave = [&](const auto& is_held) {
        return std::erase_if(wanted, [&](const auto& one) {
          if (!is_held(one.first)) return false;
          item = one.second;
          problem("to be erased, but held by " + described(held->hold));
          return true;
        });
      };
      if (leave([&](const MemoryId& id) { return held->ids.contains(id); }) > 0) continue;
      if (leave([&](const MemoryId& id) { return Erasing(store, reader, {.ids = {id}}).held(now).has_value(); }) > 0) continue;
      leave([](const MemoryId&) { return true; });  // what is held goes with several of them
    }
    return any;
  }

  static std::vector<MemoryId> ids_of(const std::map<MemoryId, ReadyItem*>& items) {
    std::vector<MemoryId> ids;
    for (const auto& [id, item] : items) ids.push_back(id);
    return ids;
  }

  [[nodiscard]] std::optional<storage::NamespaceId> end(const MemoryId& id) {
    if (const auto record = reader.current(id)) return record->ns;
    return context.there.contains(id) ? std::optional<storage::NamespaceId>(0) : std::nullopt;
  }

  bool operator()(const transfer::RelationItem& given) {
    const Relation& r = given.relation;
    const auto standing = reader.relation(r.from, r.type, r.to);
    if (given.ended) {
      if (!standing || standing->relation.created_at > r.created_at) return false;
      ++report.relations;
      if (writer != nullptr) writer->end_relation(*standing, core::to_micros(r.created_at), {});
      return true;
    }
    if (!item->refused.empty()) return problem(item->refused), false;
    if (standing && (standing->relation.metadata == r.metadata || standing->relation.created_at >= r.created_at)) return false;
    const auto ns = end(r.from);
    if (!ns || !end(r.to)) return problem("a relation, one end of which is not here"), false;
    ++report.relations;
    if (writer == nullptr) return true;
    storage::RelationRow row{*ns, r};
    writer->insert_relation(row, standing ? std::optional(standing->relation.seq) : std::nullopt, core::to_micros(r.created_at), {});
    return true;
  }

  bool operator()(const transfer::AttributeItem& given) {
    const std::string path = given.name_space.to_string();
    const std::string name = layers::compared(given.attribute.name);
    const auto ns = reader.find_namespace(path);
    if (ns && reader.cardinality(*ns, name) == given.attribute.cardinality) return false;
    ++report.facts_about;
    if (writer != nullptr) writer->declare(writer->ensure_namespace(path), name, given.attribute.cardinality, context.store->now(), {});
    return true;
  }

  bool operator()(const transfer::GrantItem& grant) {
    if (!context.options.grants) return false;
    std::optional<Timestamp> standing;  // since when
    for (const Grant& one : reader.grants()) {
      if (one.reader == grant.reader && one.target == grant.target) standing = one.granted_at;
    }
    if (grant.ended ? !standing || *standing > grant.at : standing && *standing >= grant.at) return false;
    ++report.facts_about;
    if (writer == nullptr) return true;
    const storage::NamespaceId from = writer->ensure_namespace(grant.reader.to_string());
    const storage::NamespaceId to = writer->ensure_namespace(grant.target.to_string());
    if (standing) writer->revoke(from, to, core::to_micros(grant.at));
    if (!grant.ended) writer->grant(from, to, core::to_micros(grant.at));
    return true;
  }
};

bool ImportBatch::run(Reader& reader, Writer* writer, ImportReport& report) {
  Pass pass{context_, reader, writer, report, WriteRules(reader, context_.store->options.clock->now()), nullptr};
  bool any = false;
  to_write_.assign(items_.size(), false);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    pass.item = &items_[i];
    to_write_[i] = std::visit(pass, items_[i].placed.item);
    any |= to_write_[i];
  }
  const bool erases = pass.erase();
  return any || erases;
}

bool ImportBatch::look(ImportReport& report) {
  bool any = false;
  const ImportReport before = report;
  context_.store->database.read([&](Reader& reader) {
    report = before;
    any = run(reader, nullptr, report);
  });
  return any;
}

void ImportBatch::embed() {
  std::vector<ReadyVersion*> versions;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!to_write_[i]) continue;
    for (ReadyVersion& version : items_[i].versions) versions.push_back(&version);
  }
  StoreImpl& store = *context_.store;
  const auto embedders = store.embedders.get();
  if (const Status status = embed_with(store, embedders->own, versions); !status.ok() && !core::is_passing(status)) throw core::StatusError(status);
  (void)core::guarded("", [&] { core::take(embed_with(store, embedders->other, versions)); });  // what it lacks, a job makes up for
}

void ImportBatch::write(Writer& writer, ImportReport& report) { run(writer, &writer, report); }

}  // namespace mnemic::engine
