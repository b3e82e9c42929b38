// SPDX-License-Identifier: Apache-2.0
// Admin::import_from: the file is read to its end and checked, then taken in, batch after batch, from where an earlier call came to.
#include "core/error.hpp"
#include "engine/import_batch.hpp"
#include "engine/validate.hpp"
#include "text/tokenizer.hpp"
#include "transfer/foreign/foreign.hpp"
#include "transfer/source.hpp"

#include <algorithm>

namespace mnemic {
namespace engine {
namespace {

using core::fail;
using storage::Reader;
using storage::Writer;
using transfer::PlacedItem;

constexpr std::size_t kBatchBytes = 8u << 20;  // of texts: a commit is not larger than that and one memory
constexpr std::size_t kEscaped = 6;            // bytes that one byte of a text may take in JSON

/// The counts that an import keeps in the file while it is under way.
constexpr std::pair<const char*, std::size_t ImportReport::*> kCounts[]{
    {"memories", &ImportReport::memories},   {"written", &ImportReport::written}, {"replaced", &ImportReport::replaced},
    {"unchanged", &ImportReport::unchanged}, {"kept", &ImportReport::kept},       {"refused", &ImportReport::refused},
    {"forgotten", &ImportReport::forgotten}, {"erased", &ImportReport::erased},       {"relations", &ImportReport::relations},
    {"facts_about", &ImportReport::facts_about}};

std::string to_text(std::size_t mark, const ImportReport& report) {
  std::vector<Json::Member> members{{"mark", static_cast<std::uint64_t>(mark)}};
  for (const auto& [name, count] : kCounts) members.emplace_back(name, static_cast<std::uint64_t>(report.*count));
  return Json::object(members).dump();
}

std::size_t from_text(const std::string& text, ImportReport& report) {
  const Json state = core::take(Json::parse(text));
  for (const auto& [name, count] : kCounts) report.*count = static_cast<std::size_t>(state[name].as_integer());
  return static_cast<std::size_t>(state["mark"].as_integer());
}

transfer::SourceLimits limits_of(const Limits& limits) {
  return {.line_bytes = kEscaped * (limits.text_bytes + limits.content_bytes) + (1u << 20),
          .depth = std::max(limits.content_depth, limits.metadata_depth) + 8};
}

class Import {
 public:
  Import(std::shared_ptr<StoreImpl> store, const std::filesystem::path& path, const ImportOptions& options)
      : options_(options), context_{std::move(store), options, {}, {}, {}} {
    const Limits& limits = context_.store->options.limits;
    validate_count("batch", options.batch, limits.batch);
    if (!options.into.segments().empty()) into_ = core::take(options.into.normalized());
    if (!options.from.segments().empty()) from_ = core::take(options.from.normalized());
    source_ = transfer::open_source(path, options.format, limits_of(limits), [this](const Namespace& name) { return place(name); });
    context_.spaces = source_->spaces();
    context_.usable = usable_spaces(*context_.store, context_.spaces);
  }

  ImportReport run() {
    check();
    report_.format = source_->format();
    report_.dry_run = options_.dry_run;
    setting_ = name_of_setting();
    source_->restart(resume());
    while (take_batch()) continue;
    if (!options_.dry_run) finish();
    return report_;
  }

 private:
  Namespace place(const Namespace& name) const {
    if (!from_.segments().empty() && !from_.contains(name)) {
      fail(StatusCode::kInvalidArgument, "namespace: '{}' is not in '{}'", name.to_string(), from_.to_string());
    }
    std::vector<std::string> segments = into_.segments();
    const auto skipped = static_cast<std::ptrdiff_t>(from_.segments().size());
    segments.insert(segments.end(), name.segments().begin() + skipped, name.segments().end());
    if (segments.empty()) fail(StatusCode::kInvalidArgument, "into: needed, for the file names no namespace");
    return core::take(Namespace(std::move(segments)).normalized());
  }

  /// Reads the file to its end. No id twice, no bad value. That it was cut or changed is said before a value that is bad.
  void check() {
    std::vector<std::pair<MemoryId, std::size_t>> ids;
    Status bad;
    while (auto item = source_->next()) {
      if (bad.ok()) {
        bad = core::guarded("", [&] { transfer::at_place(fmt::format("line {}", item->line), [&] { check_item(context_, item->item); }); });
      }
      if (const auto* memory = std::get_if<transfer::MemoryItem>(&item->item)) {
        ids.emplace_back(memory->versions.back().memory.id, item->line);
      }
      look_up(0);
    }
    core::take(bad);
    std::sort(ids.begin(), ids.end());
    const auto twice = std::adjacent_find(ids.begin(), ids.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
    if (twice != ids.end()) {
      fail(StatusCode::kInvalidArgument, "line {}: id {} stands in line {} too", std::next(twice)->second, twice->first.to_string(), twice->second);
    }
  }

  /// What is the same import: the same file, into the same place, by the same rules.
  [[nodiscard]] std::string name_of_setting() const {
    const std::string what = fmt::format("{}\n{}\n{}\n{}", into_.to_string(), from_.to_string(), static_cast<int>(options_.conflict), options_.grants);
    return fmt::format("import_{}_{:016x}", source_->hash(), text::term_hash(what));
  }

  /// Where an earlier call came to. A dry run says what the whole file would do.
  std::size_t resume() {
    if (options_.dry_run) return 0;
    std::string state;
    context_.store->database.read([&](Reader& reader) { state = reader.setting(setting_); });
    if (state.empty()) return 0;
    report_.resumed = begun_ = true;
    return from_text(state, report_);
  }

  /// @return whether there may be more
  bool take_batch() {
    ImportBatch batch(context_);
    std::size_t mark = 0;
    bool more = true;
    while (batch.size() < options_.batch && batch.bytes() < kBatchBytes) {
      auto item = source_->next();
      if (!(more = item.has_value())) break;
      mark = item->mark;
      transfer::at_place(fmt::format("line {}", item->line), [&] { batch.add(*std::move(item)); });
    }
    if (batch.size() > 0) take(batch, mark);
    look_up(source_->bytes_done());
    return more;
  }

  void take(ImportBatch& batch, std::size_t mark) {
    ImportReport after = report_;
    const bool something = batch.look(after);
    if (something && !options_.dry_run) {
      batch.embed();
      const ImportReport before = report_;
      // Of the last one the caller waits for the disk, and for those before with it.
      context_.store->database.write(Durability::kRelaxed, [&](Writer& writer) {
        after = before;
        batch.write(writer, after);
        writer.set_setting(setting_, to_text(mark, after));
      });
      begun_ = true;
      if (after.erased > before.erased) context_.store->embedding_cache.clear();
    }
    report_ = std::move(after);
  }

  void finish() {
    if (!begun_) return;
    context_.store->database.write(context_.store->options.durability, [&](Writer& writer) { writer.remove_setting(setting_); });
  }

  void look_up(std::uint64_t done) const {
    if (options_.stop.stop_requested()) fail(StatusCode::kCancelled, "stopped; what was committed stays, and a further call goes on");
    if (options_.progress && done > 0) options_.progress(done, source_->bytes_total());
  }

  const ImportOptions& options_;
  ImportContext context_;
  Namespace into_;
  Namespace from_;
  std::unique_ptr<transfer::Source> source_;
  std::string setting_;
  bool begun_ = false;  // the setting is there
  ImportReport report_;
};

}  // namespace
}  // namespace engine

Result<ImportReport> Admin::import_from(const std::filesystem::path& path, const ImportOptions& options) const {
  return core::guarded("import", [&] {
    StoreImpl& store = engine::require(impl_);
    store.database.require_open();
    if (store.database.read_only() && !options.dry_run) core::fail(StatusCode::kFailedPrecondition, "the store is read-only");
    return engine::Import(impl_, path, options).run();
  });
}

}  // namespace mnemic
