// SPDX-License-Identifier: Apache-2.0
// Admin::export_to. The file shows the store at one change, and yet no transaction is held for long: rows of versions are never changed,
// so that what was current at that change is read page by page.
#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/store_impl.hpp"
#include "storage/new_file.hpp"
#include "transfer/line_file.hpp"
#include "transfer/lines.hpp"
#include "transfer/manifest.hpp"

#include <mnemic/version.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace mnemic {
namespace engine {
namespace {

using core::fail;
using storage::NamespaceId;
using storage::Reader;
using storage::Record;
using storage::Selection;

constexpr std::size_t kPage = 500;

class Export {
 public:
  Export(StoreImpl& store, const ExportOptions& options, transfer::LineWriter& file) : store_(store), options_(options), file_(file) {
    core::take(options.where.check());
    for (const Layer layer : options.layers) {
      if (to_string(layer) == "unknown") fail(StatusCode::kInvalidArgument, "layers: not a known one");
    }
    for (const Namespace& name : options.namespaces) roots_.push_back(core::take(name.normalized()));
  }

  ExportReport run() {
    read_plan();
    file_.add(to_line(manifest()));
    for (const std::string& line : about_namespaces_) file_.add(line);
    report_.facts_about = about_namespaces_.size();
    write_memories();
    write_relations();
    for (const std::string& line : ended_) file_.add(line);
    const transfer::Trailer trailer{file_.lines() - 1, file_.bytes(), file_.hash()};
    file_.add(to_line(trailer));
    report_.bytes = file_.bytes();
    report_.versions += report_.memories;
    return report_;
  }

 private:
  /// Everything that is asked for once, in one transaction: it decides which change the file shows.
  void read_plan() {
    store_.database.read([&](Reader& reader) {
      names_.clear();
      chosen_.clear();
      about_namespaces_.clear();
      ended_.clear();
      report_ = {};
      seq_ = report_.seq = reader.seq();
      if (options_.since > seq_) fail(StatusCode::kInvalidArgument, "since: {} where the newest change is {}", options_.since, seq_);
      now_ = store_.options.clock->now();
      spaces_ = reader.spaces();
      tokenizer_ = reader.setting("tokenizer");
      for (const auto& [id, path] : reader.namespaces()) {
        if (Namespace name = Reader::to_name(path); is_wanted(name)) names_.emplace(id, std::move(name));
      }
      if (names_.empty()) return;
      for (const auto& [id, name] : names_) {
        const auto here = reader.select(selection(id, now_.time_since_epoch().count()));
        chosen_.insert(chosen_.end(), std::upper_bound(here.begin(), here.end(), options_.since), here.end());
      }
      std::sort(chosen_.begin(), chosen_.end());
      read_about(reader);
      if (options_.since > 0) read_ended(reader);
    });
  }

  [[nodiscard]] bool is_wanted(const Namespace& name) const {
    return roots_.empty() || std::any_of(roots_.begin(), roots_.end(), [&](const Namespace& root) { return root.contains(name); });
  }
  [[nodiscard]] bool is_wanted(NamespaceId ns) const { return names_.contains(ns); }
  [[nodiscard]] bool is_wanted(Layer layer) const {
    return options_.layers.empty() || std::find(options_.layers.begin(), options_.layers.end(), layer) != options_.layers.end();
  }

  /// Of one namespace: a statement has not room for any number of them.
  [[nodiscard]] Selection selection(NamespaceId ns, std::int64_t now, std::optional<Seq> at = std::nullopt) const {
    Selection selection;
    selection.namespaces.push_back(ns);
    selection.filters.push_back(&options_.where);
    selection.layers = options_.layers;
    selection.now = now;
    selection.at = at;
    return selection;
  }

  /// The version of a memory that is in the selection, whatever namespace it is of.
  std::optional<Seq> find(Reader& reader, const MemoryId& id, std::int64_t now, std::optional<Seq> at) const {
    const auto last = reader.last_version(id);
    return last && is_wanted(last->ns) ? reader.find(selection(last->ns, now, at), id) : std::nullopt;
  }

  void read_about(Reader& reader) {
    for (const auto& [id, name] : names_) {
      for (Attribute& attribute : reader.attributes(id)) about_namespaces_.push_back(to_line(transfer::AttributeItem{name, std::move(attribute)}));
    }
    for (const Grant& grant : reader.grants()) {
      if (is_wanted(grant.reader) && is_wanted(grant.target)) {
        about_namespaces_.push_back(to_line(transfer::GrantItem{grant.reader, grant.target, grant.granted_at, false}));
      }
    }
  }

  /// What was in the selection before a change after `since`, and is in it no more; links that stand no more. Of what was erased nothing
  /// says any more whether the filter let it in: all of it is told.
  void read_ended(Reader& reader) {
    constexpr std::int64_t kNeverExpires = std::numeric_limits<std::int64_t>::min();
    for (const auto& [ns, name] : names_) {
      const Selection current = selection(ns, kNeverExpires);
      std::map<MemoryId, transfer::ForgottenItem> gone;
      for (const storage::EndedVersion& ended : reader.ended_versions(ns, options_.since, seq_)) {
        const bool was_in = ended.erased ? is_wanted(ended.layer) : reader.find(selection(ns, kNeverExpires, ended.by - 1), ended.id).has_value();
        if (was_in && !reader.find(current, ended.id)) gone[ended.id] = {ended.id, name, ended.at, ended.erased};
      }
      for (const auto& [id, item] : gone) {
        ended_.push_back(to_line(item));
        ++(item.erased ? report_.erased : report_.forgotten);
      }
    }
    for (storage::RelationRow& row : reader.ended_relations(options_.since, seq_)) {
      const Relation& r = row.relation;
      const auto is_here = [&](const MemoryId& id) { return find(reader, id, kNeverExpires, std::nullopt).has_value(); };
      if (reader.relation(r.from, r.type, r.to) || !is_here(r.from) || !is_here(r.to)) continue;
      ended_.push_back(to_line(transfer::RelationItem{std::move(row.relation), true}));
      ++report_.relations;
    }
    std::set<std::pair<std::string, std::string>> standing;
    for (const Grant& grant : reader.grants()) standing.emplace(grant.reader.to_string(), grant.target.to_string());
    for (const Grant& grant : reader.revoked_grants(options_.since, seq_)) {
      if (standing.contains({grant.reader.to_string(), grant.target.to_string()}) || !is_wanted(grant.reader) || !is_wanted(grant.target)) continue;
      about_namespaces_.push_back(to_line(transfer::GrantItem{grant.reader, grant.target, grant.granted_at, true}));
    }
  }

  [[nodiscard]] transfer::Manifest manifest() const {
    transfer::Manifest m;
    m.seq = seq_;
    m.since = options_.since;
    m.created_at = now_;
    m.library = MNEMIC_VERSION;
    m.language = store_.language;
    m.tokenizer = tokenizer_;
    m.namespaces = roots_;
    m.layers = options_.layers;
    m.where = options_.where.to_json();
    m.vectors = options_.vectors;
    m.history = options_.history;
    for (const storage::SpaceRow& row : spaces_) {
      if (!row.space.name.empty()) m.spaces.push_back(row.space);
    }
    return m;
  }

  void write_memories() {
    std::set<NamespaceId> seen;
    for (std::size_t done = 0; done < chosen_.size();) {
      const std::size_t end = std::min(done + kPage, chosen_.size());
      std::vector<std::vector<transfer::Version>> memories;
      store_.database.read([&](Reader& reader) {
        memories.clear();
        for (std::size_t i = done; i < end; ++i) {
          if (auto record = reader.find_version(chosen_[i])) {  // not one that was erased meanwhile
            seen.insert(record->ns);
            memories.push_back(versions(reader, *std::move(record)));
          }
        }
      });
      for (const auto& versions : memories) {
        for (std::size_t i = 0; i + 1 < versions.size(); ++i) file_.add(to_line(transfer::kVersion, versions[i]));
        file_.add(to_line(transfer::kMemory, versions.back()));
        report_.versions += versions.size() - 1;
        ++report_.memories;
      }
      done = end;
      report_.namespaces = seen.size();
      tell(done, chosen_.size());
    }
  }

  std::vector<transfer::Version> versions(Reader& reader, Record record) {
    std::vector<transfer::Version> versions;
    if (options_.history) {
      for (Record& earlier : reader.history(record.memory.id)) {
        if (earlier.memory.version < record.memory.version) versions.push_back(version(reader, std::move(earlier)));
      }
    }
    versions.push_back(version(reader, std::move(record)));
    return versions;
  }

  transfer::Version version(Reader& reader, Record record) {
    transfer::Version version;
    const bool nothing_else = record.memory.text.empty() && record.memory.content.is_null();
    if (options_.vectors || nothing_else) {
      for (storage::CodedVector& vector : reader.tail(record.memory.seq_from).vectors) {
        if (const auto place = place_of_space(vector.space)) {
          version.vectors.push_back({*place, vector.begin, vector.end, std::move(vector.codes)});
        }
      }
    }
    record.memory.name_space = names_.at(record.ns);
    version.memory = std::move(record.memory);
    return version;
  }

  /// In the manifest's list. None for a space that was given up, or came after.
  [[nodiscard]] std::optional<std::size_t> place_of_space(storage::SpaceId id) const {
    std::size_t place = 0;
    for (const storage::SpaceRow& row : spaces_) {
      if (row.space.name.empty()) continue;
      if (row.id == id) return place;
      ++place;
    }
    return std::nullopt;
  }

  void write_relations() {
    const std::int64_t now = now_.time_since_epoch().count();
    for (Seq after = 0;;) {
      std::vector<Relation> found;
      std::size_t looked = 0;
      store_.database.read([&](Reader& reader) {
        found.clear();
        const auto rows = reader.relations_at(seq_, after, kPage);
        looked = rows.size();
        for (const storage::RelationRow& row : rows) {
          const Relation& r = row.relation;
          after = r.seq;
          if (!is_wanted(row.ns)) continue;
          const auto from = find(reader, r.from, now, seq_);
          const auto to = from ? find(reader, r.to, now, seq_) : std::nullopt;
          if (to && std::max({r.seq, *from, *to}) > options_.since) found.push_back(r);
        }
      });
      for (const Relation& relation : found) file_.add(to_line(transfer::RelationItem{relation, false}));
      report_.relations += found.size();
      tell(chosen_.size(), chosen_.size());
      if (looked < kPage) return;
    }
  }

  void tell(std::uint64_t done, std::uint64_t total) const {
    if (options_.stop.stop_requested()) fail(StatusCode::kCancelled, "stopped");
    if (options_.progress) options_.progress(done, total);
  }

  StoreImpl& store_;
  const ExportOptions& options_;
  transfer::LineWriter& file_;
  std::vector<Namespace> roots_;

  Seq seq_ = 0;
  Timestamp now_{};
  std::string tokenizer_;
  std::vector<storage::SpaceRow> spaces_;
  std::map<NamespaceId, Namespace> names_;
  std::vector<Seq> chosen_;  // versions, by their change
  std::vector<std::string> about_namespaces_;
  std::vector<std::string> ended_;
  ExportReport report_;
};

}  // namespace
}  // namespace engine

Result<ExportReport> Admin::export_to(const std::filesystem::path& path, const ExportOptions& options) const {
  return core::guarded("export", [&] {
    StoreImpl& store = engine::require(impl_);
    store.database.require_open();
    storage::NewFile file(path);
    transfer::LineWriter writer(file.temporary());
    const ExportReport report = engine::Export(store, options, writer).run();
    writer.sync_and_close();
    file.publish();
    return report;
  });
}

}  // namespace mnemic
