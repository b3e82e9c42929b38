// SPDX-License-Identifier: Apache-2.0
// A store with another key: its pages have another size for SQLite when it is encrypted and when not, so rows are copied, not pages.
#include "core/error.hpp"
#include "storage/file_guard.hpp"
#include "storage/sqlite/copy.hpp"
#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/sqlite.hpp"

#include <algorithm>
#include <vector>

namespace mnemic::storage {
namespace {

using core::fail;

constexpr std::chrono::milliseconds kBusyTimeout{200};
constexpr int kStepsOfCall = 100'000;  // of SQLite's machine: a few milliseconds
constexpr std::uint64_t kPage = 4096;

/// Reports how much of the new file is written, and stops the copying.
struct Watch {
  const CopyControl& control;
  const std::string& file;
  std::uint64_t total;

  void report() const {
    if (control.progress) control.progress(std::min(size_of(file) / kPage, total), total);
  }
  static int call(void* self) {
    const auto& watch = *static_cast<const Watch*>(self);
    watch.report();
    return watch.control.stop.stop_requested() ? 1 : 0;
  }
};

std::vector<std::string> tables_of(Connection& connection) {
  std::vector<std::string> names;
  Statement rows = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'");
  while (rows.step()) names.emplace_back(rows.text(0));
  return names;
}

}  // namespace

Copied rewrite_file(const std::string& from, const FileKeyPtr& key, const std::string& to, const FileKeyPtr& new_key, const CopyControl& control) {
  std::uint64_t pages = 0;
  {
    Connection source(from, Connection::Mode::kReadWrite, kBusyTimeout, key);
    check_format(source);
    if (const auto differences = schema_differences(source); !differences.empty()) {
      fail(StatusCode::kFailedPrecondition, "the tables are not those of a store: {}", differences.front());
    }
    pages = static_cast<std::uint64_t>(source.query_integer("PRAGMA page_count"));
  }
  Connection copy(to, Connection::Mode::kReadWrite, kBusyTimeout, new_key);
  prepare_schema(copy);
  // Until it has its name nobody else sees the file.
  copy.execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF");
  copy.attach(from, "source", key);
  Watch watch{control, to, pages};
  sqlite3_progress_handler(copy.handle(), kStepsOfCall, &Watch::call, &watch);
  copy.execute("BEGIN");
  for (const std::string& table : tables_of(copy)) {
    copy.execute(fmt::format("DELETE FROM main.{0}; INSERT INTO main.{0} SELECT * FROM source.{0}", table).c_str());
  }
  copy.execute("COMMIT");
  sqlite3_progress_handler(copy.handle(), 0, nullptr, nullptr);
  if (control.stop.stop_requested()) fail(StatusCode::kCancelled, "stopped");
  copy.execute("DETACH source");
  Copied copied{.pages = static_cast<std::uint64_t>(copy.query_integer("PRAGMA page_count")),
                .seq = static_cast<Seq>(copy.query_integer("SELECT max(seq) FROM changes"))};
  finish_copy(copy, true);
  watch.total = std::max<std::uint64_t>(size_of(to) / kPage, 1);
  watch.report();
  return copied;
}

}  // namespace mnemic::storage
