// SPDX-License-Identifier: Apache-2.0
// SQLite's file format, as far as rows need it: sqlite.org/fileformat2.html, sections 1.6 (b-tree pages), 2.1 (records), 4 (WAL).
#include "storage/page_scan.hpp"

#include "core/error.hpp"
#include "storage/file_guard.hpp"
#include "storage/file_head.hpp"
#include "storage/page_format.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <optional>
#include <utility>

namespace mnemic::storage {
namespace {

constexpr std::size_t kPage = PageFile::kPage;
constexpr int kDeepest = 20;

/// SQLite's varint: big-endian, nine bytes at most. False when the bytes end before it does.
bool varint(std::string_view bytes, std::size_t& at, std::uint64_t& value) {
  value = 0;
  for (int n = 0; n < 9; ++n, ++at) {
    if (at >= bytes.size()) return false;
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    if (n == 8) {
      value = value << 8 | byte;
      ++at;
      return true;
    }
    value = value << 7 | (byte & 0x7FU);
    if (byte < 0x80) {
      ++at;
      return true;
    }
  }
  return true;
}

std::int64_t signed_of(std::string_view bytes) {
  const unsigned unused = 64 - 8 * static_cast<unsigned>(bytes.size());
  return static_cast<std::int64_t>(big_endian(bytes) << unused) >> unused;
}

bool value_of(std::uint64_t type, std::string_view body, std::size_t& at, PageValue& value) {
  constexpr std::size_t kSizes[]{0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
  if (type == 10 || type == 11) return false;
  const std::uint64_t size = type < 10 ? kSizes[type] : (type - 12) / 2;
  if (size > body.size() - at) return false;
  const std::string_view bytes = body.substr(at, size);
  at += size;
  if (type == 0) {
    value.kind = PageValue::Kind::kNull;
  } else if (type >= 12) {
    value.kind = type % 2 == 0 ? PageValue::Kind::kBlob : PageValue::Kind::kText;
    value.bytes = bytes;
  } else if (type == 7) {
    value.kind = PageValue::Kind::kReal;
    value.real = std::bit_cast<double>(big_endian(bytes));
  } else {
    value.kind = PageValue::Kind::kInteger;
    value.integer = type >= 8 ? static_cast<std::int64_t>(type - 8) : signed_of(bytes);
  }
  return true;
}

/// The values of a record, if there is one; it must be used up exactly.
bool decode(std::optional<std::string> payload, PageRow& row) {
  if (!payload) return false;
  row.payload = *std::move(payload);
  const std::string_view record = row.payload;
  std::size_t at = 0;
  std::uint64_t header = 0;
  if (!varint(record, at, header) || header > record.size() || header < at) return false;
  std::size_t body = header;
  while (at < header) {
    std::uint64_t type = 0;
    if (!varint(record.substr(0, header), at, type) || !value_of(type, record, body, row.values.emplace_back())) return false;
  }
  return body == record.size();
}

bool read_at(int fd, std::uint64_t at, std::size_t size, std::string& into) {
  into.resize(size);
  return ::pread(fd, into.data(), size, static_cast<off_t>(at)) == static_cast<ssize_t>(size);
}

/// The running checksum of a WAL, over words of either byte order.
struct WalSum {
  bool big = false;
  std::uint32_t a = 0, b = 0;
  void add(std::string_view bytes) {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      a += word(bytes, at) + b;
      b += word(bytes, at + 4) + a;
    }
  }
  [[nodiscard]] std::uint32_t word(std::string_view bytes, std::size_t at) const {
    const std::uint32_t value = u32(bytes, at);
    return big ? value : (value >> 24) | (value >> 8 & 0xFF00U) | (value << 8 & 0xFF0000U) | value << 24;
  }
  [[nodiscard]] bool holds(std::string_view bytes, std::size_t at) const { return a == u32(bytes, at) && b == u32(bytes, at + 4); }
};

}  // namespace

PageFile::PageFile(const std::string& path, FileKeyPtr key) : key_(std::move(key)) {
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file_ < 0) fail_errno(errno, "cannot read", path);
  struct stat info {};
  fstat(file_, &info);
  count_ = (static_cast<std::uint64_t>(info.st_size) + kPage - 1) / kPage;
  read_wal(path + "-wal");
  if (key_ == nullptr) return;
  usable_ = kPage - FileKey::kReserved;
  std::string first;
  if (!read_raw(1, first)) return;
  if (head_of(first) == FileHead::kPlain) {
    close_all();
    core::fail(StatusCode::kFailedPrecondition, "the file is not encrypted: salvage it without a key");
  }
  std::copy_n(first.begin(), salt_.size(), reinterpret_cast<char*>(salt_.data()));
}

PageFile::~PageFile() { close_all(); }

void PageFile::close_all() {
  ::close(file_);
  if (wal_ >= 0) ::close(wal_);
}

bool PageFile::looks_encrypted() const {
  std::string first;
  return read_raw(1, first) && head_of(first) == FileHead::kEncrypted;
}

/// Frames up to the last commit; those after the first one that does not hold say nothing.
void PageFile::read_wal(const std::string& path) {
  constexpr std::size_t kWalHeader = 32, kFrameHeader = 24;
  wal_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  std::string bytes;
  if (wal_ < 0 || !read_at(wal_, 0, kWalHeader, bytes) || u32(bytes, 0) >> 1 != 0x377f0682 >> 1 || u32(bytes, 8) != kPage) return;
  WalSum sum{.big = (u32(bytes, 0) & 1U) != 0};
  sum.add(std::string_view(bytes).substr(0, 24));
  if (!sum.holds(bytes, 24)) return;
  const std::string salts = bytes.substr(16, 8);
  std::unordered_map<std::uint64_t, std::uint64_t> since_commit;
  for (std::uint64_t at = kWalHeader; read_at(wal_, at, kFrameHeader + kPage, bytes); at += kFrameHeader + kPage) {
    const std::string_view frame = bytes;
    sum.add(frame.substr(0, 8));
    sum.add(frame.substr(kFrameHeader));
    if (frame.substr(8, 8) != salts || !sum.holds(frame, 16)) return;
    since_commit[u32(frame, 0)] = at + kFrameHeader;
    if (u32(frame, 4) == 0) continue;
    count_ = std::max<std::uint64_t>(count_, u32(frame, 4));
    for (const auto& [page, where] : since_commit) frames_[page] = where;
    since_commit.clear();
  }
}

bool PageFile::read(std::uint64_t page, std::string& into) const {
  if (!read_raw(page, into)) return false;
  if (key_ != nullptr && key_->open_page(salt_, page, into)) ++held_;
  return true;
}

bool PageFile::read_raw(std::uint64_t page, std::string& into) const {
  if (page == 0 || page > count_) return false;
  if (const auto frame = frames_.find(page); frame != frames_.end()) return read_at(wal_, frame->second, kPage, into);
  return read_at(file_, (page - 1) * kPage, kPage, into);
}

/// What is local to the page, then the chain of pages that it goes on in.
std::optional<std::string> PageFile::payload_at(std::string_view page, std::size_t at, std::uint64_t size, std::size_t most_local, std::size_t& end) const {
  if (size > count_ * kPage) return std::nullopt;
  std::size_t local = size;
  if (size > most_local) {
    const std::size_t least = (usable_ - 12) * 32 / 255 - 23;
    const std::size_t fitting = least + (size - least) % (usable_ - 4);
    local = fitting <= most_local ? fitting : least;
  }
  end = at + local + (size > local ? 4 : 0);
  if (end > page.size()) return std::nullopt;
  std::string payload(page.substr(at, local));
  std::string more;
  for (std::uint64_t next = size > local ? u32(page, at + local) : 0; payload.size() < size; next = u32(more, 0)) {
    if (!read(next, more)) return std::nullopt;
    payload += more.substr(4, std::min<std::uint64_t>(usable_ - 4, size - payload.size()));
  }
  return payload;
}

void PageFile::rows_of(std::uint64_t number, const OnRow& each, const OnBroken& broken) const {
  std::string page;
  if (!read(number, page)) return broken(number, 0, "cannot be read");
  const std::uint64_t map_every = usable_ / 5 + 1;  // of pages, one says who points to the others (auto_vacuum)
  if (number >= 2 && (number - 2) % map_every == 0) return;
  const std::size_t start = start_of_page(number);
  const auto type = static_cast<std::uint8_t>(page[start]);
  if (type != kTableLeaf) {
    // Pages that values go on in begin with the number of the next one.
    const bool known = type == kTableInterior || type == kIndexLeaf || type == kIndexInterior || u32(page, start) <= count_;
    return known ? void() : broken(number, 0, "is none of a store");
  }
  const std::size_t cells = u16(page, start + 3);
  const std::size_t after = start + 8 + 2 * cells;
  if (after > kPage) return broken(number, 0, "has more rows than it can hold");
  struct Cell {
    bool readable = false;
    std::size_t at = 0;
    std::uint64_t size = 0, rowid = 0;
  };
  const auto cell_at = [&](std::size_t i) {
    Cell cell{.at = u16(page, start + 8 + 2 * i)};
    cell.readable = cell.at >= after && varint(page, cell.at, cell.size) && varint(page, cell.at, cell.rowid);
    return cell;
  };
  Cell before, cell, next;
  for (std::size_t i = 0; i < cells; ++i, before = cell) {
    cell = i == 0 ? cell_at(0) : next;
    next = i + 1 < cells ? cell_at(i + 1) : Cell{};
    if (!cell.readable) {
      broken(number, 0, "has a row that cannot be read");
      continue;
    }
    const bool in_line = (before.readable && before.rowid + 1 == cell.rowid) || (next.readable && cell.rowid + 1 == next.rowid);
    PageRow row{.page = number, .rowid = static_cast<std::int64_t>(cell.rowid), .in_line = in_line, .values = {}, .payload = {}};
    std::size_t end = 0;
    const bool readable = decode(payload_at(page, cell.at, cell.size, usable_ - 35, end), row);
    readable ? each(row) : broken(number, row.rowid, "has a row that cannot be read");
  }
}

bool PageFile::index_rows(std::uint64_t root, const OnRow& each) const { return index_page(root, 0, each); }

bool PageFile::index_page(std::uint64_t number, int depth, const OnRow& each) const {
  std::string page;
  if (depth > kDeepest || number < 2 || !read(number, page)) return false;
  const bool interior = static_cast<std::uint8_t>(page[0]) == kIndexInterior;
  if (!interior && static_cast<std::uint8_t>(page[0]) != kIndexLeaf) return false;
  const std::size_t pointers = interior ? 12 : 8;
  const std::size_t cells = u16(page, 3);
  if (pointers + 2 * cells > kPage) return false;
  bool whole = !interior || index_page(u32(page, 8), depth + 1, each);
  for (std::size_t i = 0; i < cells; ++i) {
    std::size_t at = u16(page, pointers + 2 * i);
    if (interior) {
      whole = at + 4 <= kPage && index_page(u32(page, at), depth + 1, each) && whole;
      at += 4;
    }
    std::uint64_t size = 0;
    PageRow row{.page = number, .rowid = 0, .in_line = false, .values = {}, .payload = {}};
    std::size_t end = 0;
    const bool readable = varint(page, at, size) && decode(payload_at(page, at, size, most_on_index_page(), end), row);
    readable ? each(row) : void(whole = false);
  }
  return whole;
}

}  // namespace mnemic::storage
