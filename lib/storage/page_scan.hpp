// SPDX-License-Identifier: Apache-2.0
// The pages of a store file, and the rows on them, read without SQLite: what is damaged in one place hides nothing in another.
#pragma once

#include "storage/file_key.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mnemic::storage {

/// A value of a row, as SQLite's record format has it (sqlite.org/fileformat2.html, 2.1).
struct PageValue {
  enum class Kind : std::uint8_t { kNull, kInteger, kReal, kText, kBlob };
  Kind kind = Kind::kNull;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view bytes;
};

/// A row on a page. The bytes of its values live as long as it does.
struct PageRow {
  std::uint64_t page = 0;
  std::int64_t rowid = 0;  // 0 on pages of an index
  bool in_line = false;    // the row before it on the page, or the one after, has the number before or after its own
  std::vector<PageValue> values;
  std::string payload;
};

/// A file, and the committed frames of its WAL in the place of its pages.
class PageFile {
 public:
  static constexpr std::size_t kPage = 4096;

  /// @throws StatusError kNotFound, kPermissionDenied, kIo. kFailedPrecondition: a key for a file that is not encrypted
  explicit PageFile(const std::string& path, FileKeyPtr key = nullptr);
  PageFile(const PageFile&) = delete;
  PageFile& operator=(const PageFile&) = delete;
  ~PageFile();

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// False: there is no such page, or not all of it. Decrypted, also when its code does not hold.
  bool read(std::uint64_t page, std::string& into) const;
  /// Of the pages that were read not one was encrypted with the key, if there is one.
  [[nodiscard]] bool refuses_key() const { return key_ != nullptr && held_ == 0; }
  /// The first page does, as it is in the file.
  [[nodiscard]] bool looks_encrypted() const;

  using OnRow = std::function<void(const PageRow&)>;
  using OnBroken = std::function<void(std::uint64_t page, std::int64_t rowid, std::string_view why)>;
  /// The rows of a page, if it is a leaf of a table. Calls `broken` for a page or a row that cannot be read.
  void rows_of(std::uint64_t page, const OnRow& each, const OnBroken& broken) const;
  /// The rows of an index, from its root; false when some of it cannot be read.
  bool index_rows(std::uint64_t root, const OnRow& each) const;

 private:
  void read_wal(const std::string& path);
  void close_all();
  bool read_raw(std::uint64_t page, std::string& into) const;
  [[nodiscard]] std::size_t most_on_index_page() const { return (usable_ - 12) * 64 / 255 - 23; }
  [[nodiscard]] std::optional<std::string> payload_at(std::string_view page, std::size_t at, std::uint64_t size, std::size_t most_local, std::size_t& end) const;
  bool index_page(std::uint64_t page, int depth, const OnRow& each) const;

  int file_ = -1;
  int wal_ = -1;
  std::uint64_t count_ = 0;
  FileKeyPtr key_;
  Salt salt_{};
  std::size_t usable_ = kPage;  // of a page: without what its encryption needs
  mutable std::uint64_t held_ = 0;  // pages whose code did
  std::unordered_map<std::uint64_t, std::uint64_t> frames_;  // page: where it begins in the WAL
};

}  // namespace mnemic::storage
