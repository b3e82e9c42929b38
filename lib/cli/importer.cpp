// SPDX-License-Identifier: Apache-2.0
#include "cli/importer.hpp"

#include "cli/console.hpp"
#include "cli/import_record.hpp"
#include "cli/jsonl_reader.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mnemic::cli {
namespace {

// 64 bits of FNV-1a: lines that collide are told apart by their text, so it need not resist anyone.
std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : text) h = (h ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  return h;
}

// Whether writing `input` would leave `stored` as it is. What the input leaves to the store is not compared.
bool same(const Memory& stored, const MemoryInput& input) {
  return stored.text == input.text && stored.content == input.content && stored.metadata == input.metadata &&
         stored.user == input.user && stored.agent == input.agent && stored.session == input.session &&
         stored.author == input.author && stored.tags == input.tags && stored.pinned == input.pinned &&
         stored.importance == input.importance && stored.strength == input.strength && stored.trust == input.trust &&
         stored.state == input.state && stored.expires_at == input.expires_at && stored.event_end == input.event_end &&
         input.vectors.empty() && input.relations.empty() &&
         (!input.event_time || stored.event_time == *input.event_time) &&
         (input.time_zone.empty() || stored.time_zone == input.time_zone);
}

// The n of a message that starts with "operation <n>: ", and the message without it.
std::optional<std::pair<std::size_t, std::string>> split_operation(const std::string& message) {
  constexpr std::string_view kStart = "operation ";
  if (!message.starts_with(kStart)) return std::nullopt;
  std::size_t n = 0;
  const char* end = message.data() + message.size();
  const auto [after, error] = std::from_chars(message.data() + kStart.size(), end, n);
  if (error != std::errc() || end - after < 2 || after[0] != ':') return std::nullopt;
  return std::pair{n, std::string(after + 2, end)};
}

class Importer {
 public:
  Importer(const Store& store, LineReader reader, const ImportOptions& options)
      : store_(store), reader_(std::move(reader)), options_(options) {}

  Result<ImportReport> run();

 private:
  // One namespace that lines go to.
  struct Target {
    Scope scope;
    bool was_empty;                                           // nothing to compare with
    std::unordered_map<std::uint64_t, std::size_t> repeats;   // lines without a key, by hash
    std::map<std::string, Timestamp, std::less<>> last_time;  // by session
  };
  struct Pending {
    MemoryInput input;
    std::size_t line;
    bool made_key;
  };

  Result<ImportRecord> parse(const std::string& line);
  Status add(ImportRecord record, const std::string& line);
  Result<Target*> target(const std::string& scope);
  void complete(Target& target, MemoryInput& input, const std::string& line);
  Status flush();
  Result<bool> already_there(Pending& pending);
  Status bad(const Status& status);  // ok when it is to be skipped

  const Store& store_;
  LineReader reader_;
  const ImportOptions& options_;
  ImportReport report_;
  std::map<std::string, Target, std::less<>> targets_;
  Target* current_ = nullptr;
  std::vector<Pending> pending_;
};

Result<ImportReport> Importer::run() {
  const auto start = std::chrono::steady_clock::now();
  std::string line;
  for (;;) {
    if (Status status = check_interrupt(); !status) return status;
    auto more = reader_.next(line);
    if (!more && more.status().code() != StatusCode::kInvalidArgument) return more.status();
    if (more && !*more) break;
    ++report_.lines;
    auto record = more ? parse(line) : Result<ImportRecord>(more.status());
    if (Status status = record ? add(*std::move(record), line) : bad(record.status()); !status) return status;
    if (options_.on_progress) options_.on_progress(reader_.bytes_read(), reader_.bytes_total());
  }
  if (Status status = flush(); !status) return status;
  report_.namespaces = targets_.size();
  report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report_;
}

Status Importer::bad(const Status& status) {
  if (!options_.skip_bad || status.code() != StatusCode::kInvalidArgument) return status;
  ++report_.skipped;
  if (options_.on_bad) options_.on_bad(status);
  return {};
}

Result<ImportRecord> Importer::parse(const std::string& line) {
  const auto json = Json::parse(line, Limits{}.content_depth);
  if (!json) return at(reader_.where(), json.status());
  auto record = read_record(*json, options_.session);
  if (!record) return at(reader_.where(), record.status());
  const auto where_to = target(record->scope);
  if (!where_to) return at(reader_.where(), where_to.status());
  return record;
}

Status Importer::add(ImportRecord record, const std::string& line) {
  Target* where_to = &targets_.at(record.scope);
  if (where_to != current_ || pending_.size() >= options_.batch) {
    if (Status status = flush(); !status) return status;
  }
  current_ = where_to;
  const bool made_key = record.input.key.empty();
  complete(*current_, record.input, line);
  pending_.push_back({std::move(record.input), reader_.number(), made_key});
  return {};
}

Result<Importer::Target*> Importer::target(const std::string& scope) {
  if (const auto it = targets_.find(scope); it != targets_.end()) return &it->second;
  std::vector<std::string> segments = options_.base.segments();
  if (!scope.empty()) segments.push_back(scope);
  auto minted = store_.scope(Namespace(std::move(segments)));
  if (!minted) return minted.status();
  const auto count = minted->count();
  if (!count) return count.status();
  return &targets_.emplace(scope, Target{*std::move(minted), *count == 0, {}, {}}).first->second;
}

// Fills in what a line may leave out: its key, and the time of a turn without a date, which is that of the turn before
// it, so that the order of a session holds.
void Importer::complete(Target& target, MemoryInput& input, const std::string& line) {
  if (input.key.empty()) {
    const std::uint64_t h = hash(input.session + '\n' + line);
    input.key = fmt::format("import:{:016x}:{}", h, target.repeats[h]++);
  }
  if (input.layer != Layer::kConversational || input.session.empty()) return;
  if (const auto it = target.last_time.find(input.session); !input.event_time && it != target.last_time.end()) {
    input.event_time = it->second;
  }
  if (input.event_time) target.last_time.insert_or_assign(input.session, *input.event_time);
}

Result<bool> Importer::already_there(Pending& pending) {
  for (std::size_t attempt = 0;; ++attempt) {
    const auto stored = current_->scope.get(pending.input.layer, pending.input.key);
    if (!stored && stored.status().code() == StatusCode::kNotFound) return false;
    if (!stored) return stored.status();
    if (!pending.made_key) return same(*stored, pending.input);
    if (stored->text == pending.input.text && stored->content == pending.input.content) return true;
    pending.input.key += fmt::format("+{}", attempt);  // another line with the same hash has it
  }
}

Status Importer::flush() {
  std::vector<Pending> pending = std::exchange(pending_, {});
  if (pending.empty()) return {};
  if (!current_->was_empty) {
    std::vector<Pending> changed;
    for (Pending& one : pending) {
      const auto there = already_there(one);
      if (!there) return at(reader_.where(one.line), there.status());
      if (*there) {
        ++report_.unchanged;
      } else {
        changed.push_back(std::move(one));
      }
    }
    pending = std::move(changed);
  }
  while (!pending.empty()) {
    Batch batch;
    for (const Pending& one : pending) batch.put(one.input);
    const auto written = current_->scope.write(batch);
    if (written) {
      report_.written += written->size();
      return {};
    }
    const auto operation = split_operation(written.status().message());
    if (!operation || operation->first >= pending.size()) return written.status();
    const std::size_t n = operation->first;
    if (Status status = bad(
            Status(written.status().code(), fmt::format("{}: {}", reader_.where(pending[n].line), operation->second)));
        !status) {
      return status;
    }
    pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(n));
  }
  return {};
}

}  // namespace

Result<std::filesystem::path> corpus_file(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path file = std::filesystem::is_directory(path, error) ? path / "corpus.jsonl" : path;
  if (!std::filesystem::exists(file, error)) {
    return Status(StatusCode::kNotFound, fmt::format("{}: no such file", file.string()));
  }
  for (const char* ending : {".gz", ".xz", ".zst", ".bz2", ".zip"}) {
    if (file.extension() == ending) {
      return Status(StatusCode::kUnsupported, fmt::format("{} is compressed: unpack it first", file.string()));
    }
  }
  return file;
}

Result<ImportReport> import_file(const Store& store, const std::filesystem::path& path, const ImportOptions& options) {
  auto reader = LineReader::open(path);
  if (!reader) return reader.status();
  return Importer(store, *std::move(reader), options).run();
}

}  // namespace mnemic::cli
