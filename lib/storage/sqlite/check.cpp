// SPDX-License-Identifier: Apache-2.0
// Reader::check: everything in the file that must agree.
#include "core/error.hpp"
#include "storage/sqlite/reader.hpp"
#include "storage/sqlite/record_codec.hpp"
#include "storage/sqlite/schema.hpp"

namespace mnemic::storage {
namespace {

constexpr std::size_t kMaxIssues = 1000;

class Findings {
 public:
  explicit Findings(CheckReport& report) : report_(report) {}
  void add(std::string where, std::string what) {
    if (report_.issues.size() < kMaxIssues) {
      report_.issues.push_back({StatusCode::kCorruption, std::move(where), std::move(what)});
    }
  }
  /// Runs `part`; damage that stops it is a finding, not a failure of the check.
  template <typename Part>
  void in(std::string_view name, Part&& part) {
    try {
      part();
    } catch (const core::StatusError& error) {
      if (error.status().code() != StatusCode::kCorruption) throw;
      add(std::string(name), error.status().message());
    }
  }

 private:
  CheckReport& report_;
};

/// Queries that must give no row; column 0 names the row at fault.
struct Rule {
  const char* where;
  const char* what;
  const char* sql;
};

constexpr Rule kRules[] = {
    {"versions row", "has no tail row",
     "SELECT v.seq_from FROM versions v LEFT JOIN tail t ON t.seq_from = v.seq_from WHERE t.seq_from IS NULL"},
    {"tail row", "has no version", "SELECT t.seq_from FROM tail t LEFT JOIN versions v ON t.seq_from = v.seq_from WHERE v.seq_from IS NULL"},
    {"versions row", "is not in the change log",
     "SELECT v.seq_from FROM versions v LEFT JOIN changes c ON c.seq = v.seq_from"
     " WHERE c.seq IS NULL OR c.id IS NOT v.id OR c.ns IS NOT v.ns OR c.layer IS NOT v.layer OR c.op NOT IN (1, 2)"},
    {"versions row", "was ended by a change that does not say so",
     "SELECT v.seq_from FROM versions v LEFT JOIN changes c ON c.seq = v.seq_to"
     " WHERE v.seq_to <> 9223372036854775807 AND c.ended IS NOT v.seq_from"},
    {"changes row", "names a version that is missing",
     "SELECT c.seq FROM changes c LEFT JOIN versions v ON v.seq_from = c.seq WHERE c.op IN (1, 2) AND v.seq_from IS NULL"},
    {"versions row", "is current beside another version of its memory",
     "SELECT max(seq_from) FROM versions WHERE seq_to = 9223372036854775807 GROUP BY id HAVING count(*) > 1"},
    {"versions row", "ends before it begins", "SELECT seq_from FROM versions WHERE seq_to <= seq_from"},
};

}  // namespace

void Reader::check(CheckReport& report) {
  Findings findings(report);
  findings.in("file", [&] {
    Statement rows = connection_.prepare("PRAGMA integrity_check(100)");
    while (rows.step()) {
      if (rows.text(0) != "ok") findings.add("file", std::string(rows.text(0)));
    }
  });
  findings.in("file", [&] {
    Statement rows = connection_.prepare("PRAGMA foreign_key_check");
    while (rows.step()) findings.add(fmt::format("{} row {}", rows.text(0), rows.integer(1)), "refers to a row that is missing");
  });
  findings.in("schema", [&] {
    for (const std::string& difference : schema_differences(connection_)) findings.add("schema", difference);
  });
  std::vector<std::int64_t> rows_found;
  findings.in("versions", [&] {
    Statement rows = connection_.prepare("SELECT seq_from FROM versions ORDER BY seq_from");
    while (rows.step()) rows_found.push_back(rows.integer(0));
  });
  for (const std::int64_t row : rows_found) {
    ++report.rows_checked;
    findings.in(fmt::format("versions row {}", row), [&] { version(static_cast<Seq>(row)); });
    findings.in(fmt::format("tail row {}", row), [&] { tail(static_cast<Seq>(row)); });
  }
  for (const Rule& rule : kRules) {
    findings.in(rule.where, [&] {
      Statement rows = connection_.prepare(rule.sql);
      while (rows.step()) findings.add(fmt::format("{} {}", rule.where, rows.integer(0)), rule.what);
    });
  }
}

}  // namespace mnemic::storage
