// SPDX-License-Identifier: Apache-2.0
#include "transfer/source.hpp"

#include "core/error.hpp"
#include "transfer/foreign/foreign.hpp"
#include "transfer/lines.hpp"

#include <utility>

namespace mnemic::transfer {
namespace {

using core::fail;
using Place = std::function<Namespace(const Namespace&)>;
constexpr auto kCorrupt = StatusCode::kCorruption;

constexpr std::string_view kBeginning = R"({"kind":"manifest","format":"mnemic-export")";

std::string line_name(std::size_t line) { return fmt::format("line {}", line); }

/// An export of ours. The first time through, hash, counts and end are checked; what is cut or changed is found before anybody
/// has seen the last item.
class ExportSource final : public Source {
 public:
  ExportSource(const std::filesystem::path& path, const SourceLimits& limits, Place place)
      : reader_(path, limits.line_bytes), depth_(limits.depth), place_(std::move(place)) {
    begin();
  }

  [[nodiscard]] TransferFormat format() const override { return TransferFormat::kMnemic; }
  [[nodiscard]] const std::vector<EmbeddingSpace>& spaces() const override { return manifest_.spaces; }
  [[nodiscard]] std::string hash() const override { return trailer_.hash; }
  [[nodiscard]] std::uint64_t bytes_done() const override { return reader_.bytes(); }
  [[nodiscard]] std::uint64_t bytes_total() const override { return reader_.size(); }

  std::optional<PlacedItem> next() override {
    std::vector<Version> versions;
    while (!done_) {
      const std::uint64_t before = reader_.bytes();
      read_line();
      std::optional<PlacedItem> item;
      try {
        at_place(line_name(reader_.line()), [&] { item = interpret(versions, before); });
      } catch (const core::StatusError& error) {
        blame(error.status());
      }
      if (!item) continue;
      item->mark = item->line;
      return item;
    }
    return std::nullopt;
  }

  void restart(std::size_t mark) override {
    reader_.rewind();
    done_ = false;
    while (reader_.line() < std::max<std::size_t>(mark, 1)) read_line();
  }

 private:
  void begin() {
    read_line();
    if (!line_.starts_with(kBeginning)) fail(StatusCode::kInvalidArgument, "line 1: not the manifest of a {}", kFormat);
    hash_line();
    try {
      at_place(line_name(1), [&] { manifest_ = to_manifest(core::take(Json::parse(line_, depth_))); });
    } catch (const core::StatusError& error) {
      blame(error.status());
    }
  }

  void read_line() {
    if (!reader_.next(line_)) fail(kCorrupt, "line {}: the file ends without its last line: it was cut", reader_.line() + 1);
    if (reader_.ended_open()) fail(kCorrupt, "line {}: it has no end: the file was cut", reader_.line());
  }

  /// A line that cannot be taken: in a file that was changed it is damage, and in one that is whole it is a bad line.
  [[noreturn]] void blame(const Status& status) {
    if (checked_ || status.code() != StatusCode::kInvalidArgument || rest_is_whole()) throw core::StatusError(status);
    fail(kCorrupt, "{}; the file was cut or changed", status.message());
  }

  bool rest_is_whole() {
    std::string last;
    while (reader_.next(line_)) {
      if (!last.empty()) hash_.add(last + "\n");
      last = line_;
    }
    const auto trailer = core::guarded("", [&] { return to_trailer(core::take(Json::parse(last, depth_))); });
    return trailer && trailer->hash == hash_.hex();
  }

  void hash_line() {
    if (checked_) return;
    hash_.add(line_);
    hash_.add("\n");
  }

  /// One line; gives the item that it completes.
  std::optional<PlacedItem> interpret(std::vector<Version>& versions, std::uint64_t before) {
    auto parsed = Json::parse(line_, depth_);
    if (!parsed) fail(kCorrupt, "{}: the file was changed", parsed.status().message());
    const std::string kind = (*parsed)["kind"].as_string();
    if (kind == "end") {
      end(to_trailer(*parsed), before);
      if (!versions.empty()) fail(kCorrupt, "earlier versions of a memory that is not there");
      return std::nullopt;
    }
    hash_line();
    ++lines_;
    if (kind == kVersion || kind == kMemory) return version(kind, to_version(*parsed), versions);
    if (!versions.empty()) fail(StatusCode::kInvalidArgument, "kind: earlier versions are followed by '{}', not by their memory", kind);
    PlacedItem item{reader_.line(), {}, to_item(kind, *parsed)};
    place(item.item);
    return item;
  }

  std::optional<PlacedItem> version(std::string_view kind, Version version, std::vector<Version>& versions) {
    version.memory.name_space = place_(version.memory.name_space);
    if (!versions.empty()) {
      const Memory& before = versions.back().memory;
      const Memory& after = version.memory;
      const bool fits = before.id == after.id && before.name_space == after.name_space && before.layer == after.layer &&
                        before.version < after.version;
      if (!fits) fail(StatusCode::kInvalidArgument, "version: not a later one of the memory in the line before");
    }
    versions.push_back(std::move(version));
    if (kind == kVersion) return std::nullopt;
    std::string name = versions.back().memory.id.to_string();
    return PlacedItem{reader_.line(), std::move(name), MemoryItem{std::exchange(versions, {}), true}};
  }

  void place(Item& item) {
    if (auto* forgotten = std::get_if<ForgottenItem>(&item)) forgotten->name_space = place_(forgotten->name_space);
    if (auto* attribute = std::get_if<AttributeItem>(&item)) attribute->name_space = place_(attribute->name_space);
    if (auto* grant = std::get_if<GrantItem>(&item)) {
      grant->reader = place_(grant->reader);
      grant->target = place_(grant->target);
    }
  }

  void end(const Trailer& trailer, std::uint64_t before) {
    done_ = true;
    if (checked_) return;
    if (trailer.lines != lines_) fail(kCorrupt, "says {} lines where {} are: the file was cut or changed", trailer.lines, lines_);
    if (trailer.bytes != before) fail(kCorrupt, "says {} bytes where {} are: the file was cut or changed", trailer.bytes, before);
    if (trailer.hash != hash_.hex()) fail(kCorrupt, "the hash of the lines before does not hold: the file was changed");
    if (reader_.bytes() != reader_.size()) fail(kCorrupt, "something stands behind the last line");
    trailer_ = trailer;
    checked_ = true;
  }

  LineReader reader_;
  std::size_t depth_;
  Place place_;
  std::string line_;
  Manifest manifest_;
  Trailer trailer_;
  Hash hash_;
  std::uint64_t lines_ = 0;
  bool checked_ = false;  // read to its end once
  bool done_ = false;
};

/// A file of another project, read as a whole.
class ForeignSource final : public Source {
 public:
  ForeignSource(TransferFormat format, std::vector<PlacedItem> items, std::string hash, std::uint64_t bytes)
      : format_(format), items_(std::move(items)), hash_(std::move(hash)), bytes_(bytes) {}

  [[nodiscard]] TransferFormat format() const override { return format_; }
  [[nodiscard]] const std::vector<EmbeddingSpace>& spaces() const override { return no_spaces_; }
  [[nodiscard]] std::string hash() const override { return hash_; }
  [[nodiscard]] std::uint64_t bytes_done() const override { return items_.empty() ? bytes_ : bytes_ * at_ / items_.size(); }
  [[nodiscard]] std::uint64_t bytes_total() const override { return bytes_; }

  std::optional<PlacedItem> next() override {
    if (at_ == items_.size()) return std::nullopt;
    PlacedItem item = items_[at_];
    item.mark = ++at_;
    return item;
  }
  void restart(std::size_t mark) override { at_ = std::min(mark, items_.size()); }

 private:
  TransferFormat format_;
  std::vector<PlacedItem> items_;
  std::string hash_;
  std::uint64_t bytes_;
  std::size_t at_ = 0;
  std::vector<EmbeddingSpace> no_spaces_;
};

bool is_export(const std::filesystem::path& path, const SourceLimits& limits) {
  LineReader reader(path, limits.line_bytes);
  std::string first;
  const auto line = core::guarded("", [&] { return reader.next(first); });
  if (!line || !*line) return false;
  return first.starts_with(kBeginning);  // also when it was damaged behind that
}

}  // namespace

std::unique_ptr<Source> open_source(const std::filesystem::path& path, TransferFormat format, const SourceLimits& limits, Place place) {
  if (format == TransferFormat::kMnemic || (format == TransferFormat::kAuto && is_export(path, limits))) {
    return std::make_unique<ExportSource>(path, limits, std::move(place));
  }
  LineReader reader(path, limits.line_bytes);
  const std::string text = reader.all(limits.text_bytes);
  Hash hash;
  hash.add(text);
  const Document document = read_document(text, limits.depth);
  const auto seen = recognize(document);
  if (!seen) fail(StatusCode::kInvalidArgument, "path: no format that is known");
  if (format != TransferFormat::kAuto && format != *seen) {
    fail(StatusCode::kInvalidArgument, "format: said to be {}, but looks like {}", to_string(format), to_string(*seen));
  }
  auto items = read_foreign(*seen, document, {reader.changed(), std::move(place)});
  return std::make_unique<ForeignSource>(*seen, std::move(items), hash.hex(), text.size());
}

}  // namespace mnemic::transfer
