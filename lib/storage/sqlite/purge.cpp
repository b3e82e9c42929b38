// SPDX-License-Identifier: Apache-2.0
// Purging: no byte of what was deleted stays in the file or the WAL. secure_delete blanks what a deletion leaves, but not what
// SQLite left behind in a page when it moved rows to another one: the gap between the row pointers and the rows, and free blocks.
// These are blanked here, in the file itself, through SQLite's own descriptor. It changes no content, so readers may read
// meanwhile; writers are kept out. The pages of an encrypted file are blanked through SQLite.
#include "core/error.hpp"
#include "storage/page_format.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/schema.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace mnemic::storage {
namespace {

using core::fail;

constexpr std::chrono::milliseconds kWait{100};  // for those who read an older state

/// Blanks [begin, end). @return whether anything was there.
bool blank(std::string& page, std::size_t begin, std::size_t end) {
  const auto first = page.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto last = page.begin() + static_cast<std::ptrdiff_t>(end);
  if (std::all_of(first, last, [](char byte) { return byte == 0; })) return false;
  std::fill(first, last, '\0');
  return true;
}

/// Blanks what is unused in a page of a b-tree. @return whether it changed.
/// @throws StatusError kCorruption when it is no such page
bool blank_unused(std::string& page, std::int64_t number) {
  const std::size_t header = start_of_page(static_cast<std::uint64_t>(number));
  const auto kind = static_cast<std::uint8_t>(page[header]);
  const bool leaf = kind == kTableLeaf || kind == kIndexLeaf;
  const bool interior = kind == kTableInterior || kind == kIndexInterior;
  const std::size_t cells = header + (leaf ? 8 : 12);
  const std::size_t gap = cells + 2 * u16(page, header + 3);
  const std::size_t stored = u16(page, header + 5);
  const std::size_t content = stored == 0 ? 65'536 : stored;
  if ((!leaf && !interior) || gap > content || content > page.size()) fail(StatusCode::kCorruption, "page {}: not of a b-tree", number);
  bool changed = blank(page, gap, content);
  for (std::size_t block = u16(page, header + 1), before = 0; block != 0;) {
    if (block <= before || block + 4 > page.size()) fail(StatusCode::kCorruption, "page {}: a free block is damaged", number);
    const std::size_t size = u16(page, block + 2);
    if (size < 4 || block + size > page.size()) fail(StatusCode::kCorruption, "page {}: a free block is damaged", number);
    changed |= blank(page, block + 4, block + size);
    before = block;
    block = u16(page, block);
  }
  return changed;
}

sqlite3_file* file_of(Connection& connection, int which) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(connection.handle(), "main", which, &file) != SQLITE_OK || file == nullptr || file->pMethods == nullptr) {
    fail(StatusCode::kInternal, "purge: SQLite shows no file");
  }
  return file;
}

void check_file(int code) {
  if (code != SQLITE_OK) fail(StatusCode::kIo, "purge: the file could not be read or written (sqlite {})", code);
}

void empty_wal(Connection& connection) {
  Statement row = connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  if (row.step() && row.integer(0) != 0) fail(StatusCode::kBusy, "purge: somebody reads an older state");
}

/// Nothing may be in the WAL: a frame that is moved into the file meanwhile would be lost.
void require_empty_wal(Connection& connection) {
  sqlite3_file* const wal = file_of(connection, SQLITE_FCNTL_JOURNAL_POINTER);
  sqlite3_int64 size = 0;
  check_file(wal->pMethods->xFileSize(wal, &size));
  if (size != 0) fail(StatusCode::kBusy, "purge: somebody wrote meanwhile");
}

std::vector<std::int64_t> tree_pages(Connection& connection) {
  std::vector<std::int64_t> pages;
  Statement rows = connection.prepare("SELECT pageno FROM dbstat WHERE pagetype IN ('leaf', 'internal')");
  while (rows.step()) pages.push_back(rows.integer(0));
  std::sort(pages.begin(), pages.end());
  return pages;
}

/// The same for pages that are encrypted in the file: as a write like any other, which the WAL then brings there.
void blank_through_sqlite(Connection& connection) {
  const std::vector<std::int64_t> pages = tree_pages(connection);
  sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);  // which keeps sqlite_dbpage from being written
  for (const std::int64_t number : pages) {
    std::string page;
    {
      Statement row = connection.prepare("SELECT data FROM sqlite_dbpage WHERE pgno = ?");
      row.bind(number);
      if (row.step()) page = row.blob(0);
    }
    if (page.empty()) fail(StatusCode::kCorruption, "page {}: cannot be read", number);
    if (blank_unused(page, number)) connection.prepare("UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?").bind_blob(page).bind(number).run();
  }
}

/// One write transaction, begun with nothing in the WAL.
void in_transaction(Connection& connection, const std::function<void()>& work) {
  connection.run("BEGIN IMMEDIATE");
  try {
    check_format(connection);
    require_empty_wal(connection);
    work();
    connection.run("COMMIT");
  } catch (...) {
    connection.roll_back();
    throw;
  }
}

void blank_pages(Connection& connection) {
  const std::vector<std::int64_t> pages = tree_pages(connection);
  std::string page(static_cast<std::size_t>(connection.query_integer("PRAGMA page_size")), '\0');
  sqlite3_file* const file = file_of(connection, SQLITE_FCNTL_FILE_POINTER);
  for (const std::int64_t number : pages) {
    const sqlite3_int64 at = (number - 1) * static_cast<sqlite3_int64>(page.size());
    check_file(file->pMethods->xRead(file, page.data(), static_cast<int>(page.size()), at));
    if (blank_unused(page, number)) check_file(file->pMethods->xWrite(file, page.data(), static_cast<int>(page.size()), at));
  }
  check_file(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL));
}

}  // namespace

Seq Database::purge() {
  Seq purged = 0;
  const auto write_down = [&purged](Writer& writer) {
    purged = writer.seq();
    writer.set_setting("purged", std::to_string(purged));
  };
  if (in_memory_ || read_only()) {
    write(Durability::kFull, write_down);
    return purged;
  }
  alone([&] {
    // A connection of its own: a page that another one has in memory still shows what is blanked here. They all let go of what
    // they have once this one commits.
    Connection connection(path_, Connection::Mode::kReadWrite, kWait, options_.key);
    empty_wal(connection);
    if (options_.key != nullptr) {
      in_transaction(connection, [&] { blank_through_sqlite(connection); });
      empty_wal(connection);
    }
    in_transaction(connection, [&] {
      if (options_.key == nullptr) {
        blank_pages(connection);
        sqlite3_db_release_memory(connection.handle());
      }
      Known known;
      Writer writer(connection, known);
      write_down(writer);
    });
  });
  return purged;
}

}  // namespace mnemic::storage
