// SPDX-License-Identifier: Apache-2.0
// Reader::check: everything in the file that must agree.
#include "core/error.hpp"
#include "storage/sqlite/reader.hpp"
#include "storage/sqlite/record_codec.hpp"
#include "storage/sqlite/schema.hpp"

namespace mnemic::storage {
namespace {

class Findings {
 public:
  explicit Findings(CheckReport& report) : report_(report) {}
  void add(std::string where, std::string what) {
    add_issue(report_, std::move(where), std::move(what));
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

/// Pages of an encrypted file whose codes do not hold: no connection gets past them.
void name_locked_pages(Connection& connection, Findings& findings) {
  findings.in("file", [&] {
    Statement rows = connection.prepare("PRAGMA cipher_integrity_check");
    while (rows.step()) {
      const std::string_view text = rows.text(0);  // "HMAC verification failed for page 7"
      findings.add(fmt::format("page {}", text.substr(text.rfind(' ') + 1)), "its authentication code does not hold; salvage reads what is beside it");
    }
  });
}

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
    // A salvaged store may lack versions; the change that wrote the next one then ends nothing. Imported ones may leave numbers out.
    {"versions row", "follows a version that is missing",
     "SELECT v.seq_from FROM versions v JOIN changes c ON c.seq = v.seq_from WHERE v.version < 1 OR (v.version > 1 AND c.ended IS NOT NULL"
     " AND NOT EXISTS (SELECT 1 FROM versions p WHERE p.seq_from = c.ended AND p.id = v.id AND p.version < v.version))"},
    {"versions row", "does not end where the next version of its memory begins",
     "SELECT v.seq_from FROM versions v JOIN versions n ON n.id = v.id AND n.version = v.version + 1 WHERE v.seq_to <> n.seq_from"
     // But for one that was forgotten in between, and recovered.
     " AND NOT (v.seq_to < n.seq_from AND EXISTS (SELECT 1 FROM changes c WHERE c.seq = v.seq_to AND c.op = 3 AND c.id = v.id))"},
    {"versions row", "is of another namespace, layer or beginning than the version before",
     "SELECT v.seq_from FROM versions v JOIN versions p ON p.id = v.id AND p.version = v.version - 1"
     " WHERE v.ns <> p.ns OR v.layer <> p.layer OR v.created_at <> p.created_at"},
    {"versions row", "has a turn that is none, or none of a session's",
     "SELECT seq_from FROM versions WHERE turn IS NOT NULL AND (turn < 0 OR layer <> 1 OR session = '')"},
    {"versions row", "has another turn than the version before, in the same session",
     "SELECT v.seq_from FROM versions v JOIN versions p ON p.id = v.id AND p.version = v.version - 1"
     " WHERE p.session = v.session AND p.turn IS NOT v.turn"},
    {"versions row", "has the turn of another memory of its session",
     "SELECT max(seq_from) FROM versions WHERE turn IS NOT NULL AND seq_to = 9223372036854775807 GROUP BY ns, session, turn HAVING count(*) > 1"},
    {"facts row", "is not of the semantic layer, or of another namespace than its version",
     "SELECT f.seq_from FROM facts f JOIN versions v ON v.seq_from = f.seq_from WHERE v.layer <> 3 OR v.ns <> f.ns"},
    {"versions row", "is a fact without a facts row",
     "SELECT v.seq_from FROM versions v LEFT JOIN facts f ON f.seq_from = v.seq_from WHERE f.seq_from IS NULL AND v.layer = 3"
     " AND json_type(v.metadata, '$.fact.subject') = 'text' AND json_type(v.metadata, '$.fact.attribute') = 'text'"
     " AND json_type(v.metadata, '$.fact.value') = 'text'"},
    // Attributes have no checksum; the change log has their names once more.
    {"attributes of namespace", "hold one that is neither single nor many, or is not in the change log",
     "SELECT a.ns FROM attributes a WHERE a.cardinality NOT IN (1, 2)"
     " OR NOT EXISTS (SELECT 1 FROM changes c WHERE c.op = 8 AND c.ns = a.ns AND c.detail = a.name)"},
    {"changes row", "declares an attribute that is missing",
     "SELECT c.seq FROM changes c WHERE c.op = 8 AND NOT EXISTS (SELECT 1 FROM attributes a WHERE a.ns = c.ns AND a.name = c.detail)"},
    {"relations row", "is not in the change log",
     "SELECT r.seq_from FROM relations r LEFT JOIN changes c ON c.seq = r.seq_from WHERE c.op IS NOT 6 OR c.ns IS NOT r.ns"},
    {"changes row", "names a relation that is missing",
     "SELECT c.seq FROM changes c LEFT JOIN relations r ON r.seq_from = c.seq WHERE c.op = 6 AND r.seq_from IS NULL"},
    {"relations row", "was ended by a change that does not say so",
     "SELECT r.seq_from FROM relations r LEFT JOIN changes c ON c.seq = r.seq_to WHERE r.seq_to <> 9223372036854775807"
     " AND NOT coalesce((c.op IN (6, 7) AND c.ended = r.seq_from) OR (c.op = 3 AND c.id IN (r.from_id, r.to_id)), 0)"},
    {"relations row", "has an end that never was",
     "SELECT r.seq_from FROM relations r WHERE r.seq_to <> 9223372036854775807 AND (NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = r.from_id"
     " AND v.ns = r.ns) OR NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = r.to_id))"},
    {"relations row", "has an end that is forgotten or never was",
     "SELECT r.seq_from FROM relations r WHERE r.seq_to = 9223372036854775807 AND (NOT EXISTS (SELECT 1 FROM versions v"
     " WHERE v.id = r.from_id AND v.ns = r.ns AND v.seq_to = 9223372036854775807) OR NOT EXISTS (SELECT 1 FROM versions v"
     " WHERE v.id = r.to_id AND v.seq_to = 9223372036854775807))"},
    // Jobs have no checksum.
    {"jobs row", "has a state that is none, a count out of range, or no payload in JSON",
     "SELECT id FROM jobs WHERE state NOT IN (1, 2, 3, 4) OR NOT json_valid(payload) OR kind = '' OR attempts < 0 OR escalations < 0"
     " OR max_attempts < 1 OR attempts > max_attempts"},
    {"jobs row", "is leased without a lease, or has one and is not",
     "SELECT id FROM jobs WHERE (state = 2) <> (lease_owner IS NOT NULL) OR (state = 2) <> (leased_at IS NOT NULL)"
     " OR (state = 2) <> (lease_until IS NOT NULL)"},
    {"jobs row", "is to be done in a namespace that has no turn",
     "SELECT j.id FROM jobs j LEFT JOIN job_turns t ON t.ns = j.ns WHERE j.state IN (1, 2) AND t.ns IS NULL"},
    {"jobs row", "is done, and is kept behind the mark",
     "SELECT j.id FROM jobs j WHERE j.state = 3 AND EXISTS (SELECT 1 FROM jobs d WHERE d.kind = j.kind AND d.ns = j.ns"
     " AND d.state = 3 AND d.id > j.id) AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.kind = j.kind AND o.ns = j.ns"
     " AND o.state IN (1, 2, 4) AND o.id < (SELECT min(d.id) FROM jobs d WHERE d.kind = j.kind AND d.ns = j.ns AND d.state = 3 AND d.id > j.id))"},
    {"job_turns of namespace", "has nothing to do",
     "SELECT t.ns FROM job_turns t WHERE NOT EXISTS (SELECT 1 FROM jobs j WHERE j.ns = t.ns AND j.state IN (1, 2))"},
    {"relations row", "ends before it begins", "SELECT seq_from FROM relations WHERE seq_to <= seq_from"},
};

}  // namespace

void add_issue(CheckReport& report, std::string where, std::string what) {
  constexpr std::size_t kMost = 1000;
  if (report.issues.size() < kMost) report.issues.push_back({StatusCode::kCorruption, std::move(where), std::move(what)});
}

bool Reader::check(CheckReport& report, const std::function<void(const Record*, const Tail*, Seq)>& each) {
  Findings findings(report);
  findings.in("file", [&] {
    Statement rows = connection_.prepare("PRAGMA integrity_check(100)");
    while (rows.step()) {
      if (rows.text(0) != "ok") findings.add("file", std::string(rows.text(0)));
    }
  });
  if (!connection_.usable()) {
    name_locked_pages(connection_, findings);
    return false;
  }
  findings.in("file", [&] {
    Statement rows = connection_.prepare("PRAGMA foreign_key_check");
    while (rows.step()) findings.add(fmt::format("{} row {}", rows.text(0), rows.integer(1)), "refers to a row that is missing");
  });
  findings.in("schema", [&] {
    for (const std::string& difference : schema_differences(connection_)) findings.add("schema", difference);
  });
  const auto check_rows = [&](std::string_view table, const std::string& sql, const std::function<void(const Statement&)>& verify) {
    findings.in(table, [&] {
      Statement rows = connection_.prepare(sql);
      while (rows.step()) {
        ++report.rows_checked;
        findings.in(fmt::format("{} row {}", table, rows.integer(0)), [&] { verify(rows); });
      }
    });
  };
  std::vector<std::int64_t> rows_found;
  findings.in("versions", [&] {
    Statement rows = connection_.prepare("SELECT seq_from FROM versions ORDER BY seq_from");
    while (rows.step()) rows_found.push_back(rows.integer(0));
  });
  for (const std::int64_t row : rows_found) {
    ++report.rows_checked;
    std::optional<Record> record;
    std::optional<Tail> words;
    findings.in(fmt::format("versions row {}", row), [&] { record = version(static_cast<Seq>(row)); });
    findings.in(fmt::format("tail row {}", row), [&] { words = tail(static_cast<Seq>(row)); });
    each(record ? &*record : nullptr, words ? &*words : nullptr, static_cast<Seq>(row));
  }
  findings.in("namespaces", [&] {
    for (const auto& [id, path] : namespaces()) findings.in(fmt::format("namespaces row {}", id), [&, &path = path] { (void)to_name(path); });
  });
  check_rows("relations", fmt::format("SELECT {} FROM relations r LEFT JOIN changes c ON c.seq = r.seq_from", kRelationColumns),
             [](const Statement& row) { (void)read_relation(row); });
  check_rows("facts", "SELECT seq_from, ns, subject, attribute, checksum FROM facts", [](const Statement& row) {
    if (fact_checksum(static_cast<Seq>(row.integer(0)), row.integer(1), row.text(2), row.text(3)) != row.integer(4)) {
      core::fail(StatusCode::kCorruption, "facts row {}: its checksum does not hold", row.integer(0));
    }
  });
  check_rows("jobs", "SELECT id FROM jobs", [this](const Statement& row) { (void)job(static_cast<JobId>(row.integer(0))); });
  for (const Rule& rule : kRules) {
    findings.in(rule.where, [&] {
      Statement rows = connection_.prepare(rule.sql);
      while (rows.step()) findings.add(fmt::format("{} {}", rule.where, rows.integer(0)), rule.what);
    });
  }
  return true;
}

std::optional<FactKey> Reader::fact_row(Seq seq_from) {
  Statement row = connection_.prepare("SELECT subject, attribute FROM facts WHERE seq_from = ?");
  row.bind(static_cast<std::int64_t>(seq_from));
  if (!row.step()) return std::nullopt;
  return FactKey{std::string(row.text(0)), std::string(row.text(1))};
}

}  // namespace mnemic::storage
