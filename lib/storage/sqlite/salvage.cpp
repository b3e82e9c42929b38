// SPDX-License-Identifier: Apache-2.0
// Rows are known by their shape and, where they have one, by their checksum; what joins them is made anew from the versions.
#include "storage/sqlite/salvage.hpp"

#include "core/error.hpp"
#include "storage/page_scan.hpp"
#include "storage/sqlite/reader.hpp"
#include "storage/sqlite/record_codec.hpp"
#include "storage/sqlite/schema.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string_view>
#include <unordered_map>

namespace mnemic::storage {
namespace {

using core::fail;
using Kind = PageValue::Kind;

constexpr std::size_t kMostLost = 10'000;
constexpr std::uint64_t kPagesOfStep = 1024;
constexpr std::uint64_t kMostChangesOnPage = 400;  // rows of ten bytes
constexpr std::chrono::milliseconds kBusyTimeout{0};

/// The tables that are read from pages: a letter for each column, an integer, text or a blob, or N: the row's number, or of any kind.
struct Shape {
  const char* table;
  std::string_view kinds;
};

constexpr Shape kShapes[] = {
    {"versions", "NIBIIITTNTTTTNINTIINNNIIINNNI"},
    {"tail", "NBBI"},
    {"changes", "NIIINNNTN"},
    {"relations", "NIIBBTNI"},
    {"namespaces", "NT"},
    {"spaces", "NTTIITT"},
    {"jobs", "NTITTTIIIIIINNNTI"},
};

char letter_of(Kind kind) {
  switch (kind) {
    case Kind::kInteger: return 'I';
    case Kind::kText: return 'T';
    case Kind::kBlob: return 'B';
    case Kind::kReal: return 'R';
    case Kind::kNull: break;
  }
  return 'N';
}

bool fits(const Shape& shape, const PageRow& row) {
  if (row.rowid < 1 || row.values.size() != shape.kinds.size() || row.values.front().kind != Kind::kNull) return false;
  for (std::size_t i = 1; i < row.values.size(); ++i) {
    if (shape.kinds[i] != 'N' && shape.kinds[i] != letter_of(row.values[i].kind)) return false;
  }
  return true;
}

const char* table_of(const PageRow& row) {
  for (const Shape& shape : kShapes) {
    if (fits(shape, row)) return shape.table;
  }
  return nullptr;
}

void bind(Statement& statement, const PageValue& value) {
  switch (value.kind) {
    case Kind::kNull: statement.bind_null(); break;
    case Kind::kInteger: statement.bind(value.integer); break;
    case Kind::kReal: statement.bind(value.real); break;
    case Kind::kText: statement.bind_text(value.bytes); break;
    case Kind::kBlob: statement.bind_blob(value.bytes); break;
  }
}

/// Names that are lost.
constexpr const char* kNameNamespaces =
    "INSERT INTO namespaces SELECT n, 'salvaged/' || n || iif(EXISTS (SELECT 1 FROM namespaces WHERE path = 'salvaged/' || n), '/again', '')"
    " FROM (SELECT ns AS n FROM versions UNION SELECT ns FROM relations UNION SELECT ns FROM jobs) WHERE n NOT IN (SELECT id FROM namespaces)";

/// Numbers of changes that the rows beside them on their page bear out: the log has no checksums, and no gaps but those of an earlier salvage.
constexpr const char* kMakeInLine = "CREATE TEMP TABLE in_line (seq INTEGER PRIMARY KEY)";

/// The end of a version is all that no checksum covers: it ends where the next one begins, or where the change log says that its memory
/// was forgotten or changed. The log is right against the version when the number of the change is borne out, or the version's cannot be.
constexpr const char* kMendEnds[]{
    "UPDATE versions SET seq_to = n.seq_from FROM versions n WHERE n.id = versions.id AND n.version = versions.version + 1"
    " AND versions.seq_to <> n.seq_from AND NOT (versions.seq_to < n.seq_from AND EXISTS (SELECT 1 FROM changes c"
    " WHERE c.seq = versions.seq_to AND c.op = 3 AND c.id = versions.id))",
    "UPDATE versions SET seq_to = c.seq FROM changes c, temp.last WHERE c.ended = versions.seq_from AND c.id = versions.id AND c.op IN (1, 2, 3)"
    " AND c.seq > versions.seq_from AND versions.seq_to <> c.seq"
    " AND NOT EXISTS (SELECT 1 FROM versions n WHERE n.id = versions.id AND n.version = versions.version + 1)"
    " AND (c.seq IN (SELECT seq FROM temp.in_line) OR ((versions.seq_to > last.seq OR versions.seq_to IN (SELECT seq_from FROM versions)"
    " OR versions.seq_to IN (SELECT seq_from FROM relations)) AND versions.seq_to <> 9223372036854775807"
    " AND c.seq NOT IN (SELECT seq_from FROM versions) AND c.seq NOT IN (SELECT seq_from FROM relations)))",
};

/// What makes the rows a whole again, in this order. Versions and relations lead: the change log says what they say.
constexpr const char* kMend[]{
    "DELETE FROM changes WHERE seq > (SELECT seq FROM temp.last)",  // a number that is damaged: no later one could follow it
    "DELETE FROM tail WHERE seq_from NOT IN (SELECT seq_from FROM versions)",
    "DELETE FROM changes WHERE op NOT BETWEEN 1 AND 8 OR (op IN (1, 2) AND seq NOT IN (SELECT seq_from FROM versions))",
    "INSERT INTO changes SELECT v.seq_from, v.updated_at, iif(v.version = 1, 1, 2), v.ns, v.layer, v.id, p.seq_from, v.agent, NULL"
    " FROM versions v LEFT JOIN versions p ON p.id = v.id AND p.version = v.version - 1 WHERE true"
    " ON CONFLICT (seq) DO UPDATE SET at = excluded.at, op = excluded.op, ns = excluded.ns, layer = excluded.layer, ended = excluded.ended,"
    " agent = iif(id IS excluded.id, agent, excluded.agent), id = excluded.id, detail = NULL",
    // What ended a version that has no next one: the memory is gone, whether it was forgotten or its newer versions are lost.
    "INSERT INTO changes SELECT v.seq_to, v.updated_at, 3, v.ns, v.layer, v.id, v.seq_from, '', NULL FROM versions v"
    " WHERE v.seq_to <> 9223372036854775807 AND v.seq_to NOT IN (SELECT seq_from FROM versions)"
    " ON CONFLICT (seq) DO UPDATE SET op = 3, ns = excluded.ns, layer = excluded.layer, id = excluded.id, ended = excluded.ended, detail = NULL",
    "DELETE FROM changes WHERE op = 3 AND NOT EXISTS (SELECT 1 FROM versions v WHERE v.seq_from = changes.ended AND v.seq_to = changes.seq AND v.id = changes.id)",
    "INSERT INTO changes SELECT r.seq_from, (SELECT coalesce(max(v.updated_at), 0) FROM versions v WHERE v.id = r.from_id), 6, r.ns, NULL, NULL, NULL, '', NULL"
    " FROM relations r WHERE true ON CONFLICT (seq) DO UPDATE SET op = 6, ns = excluded.ns, layer = NULL, id = NULL",
    "INSERT INTO changes SELECT r.seq_to, (SELECT coalesce(max(v.updated_at), 0) FROM versions v WHERE v.id = r.from_id), 7, r.ns, NULL, NULL, r.seq_from, '', NULL"
    " FROM relations r WHERE r.seq_to <> 9223372036854775807 AND r.seq_to NOT IN (SELECT seq FROM changes) GROUP BY r.seq_to",
    "DELETE FROM changes WHERE op = 6 AND seq NOT IN (SELECT seq_from FROM relations)",
    "DELETE FROM changes WHERE op = 7 AND NOT EXISTS (SELECT 1 FROM relations r WHERE r.seq_from = changes.ended AND r.seq_to = changes.seq)",
    "UPDATE changes SET ended = NULL WHERE op = 6 AND ended NOT IN (SELECT seq_from FROM relations)",
    "DELETE FROM attributes WHERE NOT EXISTS (SELECT 1 FROM changes c WHERE c.op = 8 AND c.ns = attributes.ns AND c.detail = attributes.name)"
    " OR cardinality NOT IN (1, 2)",
    "DELETE FROM changes WHERE op = 8 AND NOT EXISTS (SELECT 1 FROM attributes a WHERE a.ns = changes.ns AND a.name = changes.detail)",
    "DELETE FROM grants WHERE reader NOT IN (SELECT id FROM namespaces) OR target NOT IN (SELECT id FROM namespaces)",
    "INSERT INTO job_turns SELECT DISTINCT ns, 1 FROM jobs WHERE state IN (1, 2)",
};

/// Rows that stay lost: what cannot stand without what is gone.
struct Fallen {
  const char* table;
  const char* why;
  const char* rows;  // a SELECT of their numbers
  const char* key;
};

constexpr Fallen kFallen[]{
    {"versions", "is in the change log, and is gone", "SELECT seq FROM changes WHERE op IN (1, 2) AND seq NOT IN (SELECT seq_from FROM versions)", nullptr},
    {"versions", "ends before it begins", "SELECT seq_from FROM versions WHERE seq_to <= seq_from", "seq_from"},
    {"relations", "is in the change log, and is gone", "SELECT seq FROM changes WHERE op = 6 AND seq NOT IN (SELECT seq_from FROM relations)", nullptr},
    {"jobs", "says what no job can", "SELECT id FROM jobs WHERE state NOT IN (1, 2, 3, 4) OR NOT json_valid(payload) OR kind = '' OR attempts < 0"
     " OR escalations < 0 OR max_attempts < 1 OR attempts > max_attempts OR (state = 2) <> (lease_owner IS NOT NULL)"
     " OR (state = 2) <> (leased_at IS NOT NULL) OR (state = 2) <> (lease_until IS NOT NULL)", "id"},
};

/// Looked for when versions have the ends that can be known. temp.last: the highest change there may have been, by those that checksums cover.
constexpr Fallen kFallenEnds[]{
    {"versions", "its end is damaged, and the change log does not know it",
     "SELECT v.seq_from FROM versions v, temp.last WHERE v.seq_to <> 9223372036854775807"
     " AND NOT EXISTS (SELECT 1 FROM versions n WHERE n.id = v.id AND n.version = v.version + 1)"
     " AND NOT EXISTS (SELECT 1 FROM changes c WHERE c.seq = v.seq_to AND (c.ended = v.seq_from OR c.id = v.id))"
     // That change did something else, by a row that a checksum covers, or by one that agrees with what it ended.
     " AND (v.seq_to > last.seq OR EXISTS (SELECT 1 FROM versions w WHERE w.seq_from = v.seq_to)"
     " OR EXISTS (SELECT 1 FROM relations r WHERE r.seq_from = v.seq_to) OR EXISTS (SELECT 1 FROM changes c JOIN versions e"
     " ON e.seq_from = c.ended AND e.seq_to = c.seq AND e.id = c.id WHERE c.seq = v.seq_to))", "seq_from"},
    {"relations", "its end is damaged, and the change log does not know it",
     "SELECT r.seq_from FROM relations r, temp.last WHERE r.seq_to <> 9223372036854775807 AND (r.seq_to > last.seq OR EXISTS ("
     "SELECT 1 FROM changes c JOIN temp.in_line USING (seq) WHERE c.seq = r.seq_to AND c.ended IS NOT r.seq_from AND NOT coalesce(c.op = 3 AND c.id IN (r.from_id, r.to_id), 0)))",
     "seq_from"},
    {"relations", "has lost an end",
     "SELECT seq_from FROM relations r WHERE seq_to <= seq_from OR NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = r.from_id AND v.ns = r.ns)"
     " OR NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = r.to_id) OR (r.seq_to = 9223372036854775807 AND"
     " (NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = r.from_id AND v.seq_to = 9223372036854775807)"
     " OR NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = r.to_id AND v.seq_to = 9223372036854775807)))", "seq_from"},
};

class Salvage {
 public:
  Salvage(const std::string& damaged, const std::string& to, const CopyControl& control, const FileKeyPtr& key, SalvageReport& report)
      : file_(damaged, key), to_(to, Connection::Mode::kReadWrite, kBusyTimeout, key), control_(control), report_(report) {
    prepare_schema(to_);
    // Nobody else sees the file, and who opens it next enters WAL mode again.
    to_.execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -65536");
  }

  void run(const std::string& language) {
    to_.execute("BEGIN");
    to_.execute(kMakeInLine);
    scan();
    read_rowless();
    if (to_.query_integer("SELECT count(*) FROM versions") == 0) {
      if (file_.looks_encrypted() && file_.refuses_key()) fail_locked("no page opens: the key is not the file's (or its first 16 bytes are damaged, without which a key is of no use)");
      fail(StatusCode::kCorruption, "not one memory came out{}", file_.looks_encrypted() ? ": the file looks encrypted, and there is no key" : "");
    }
    drop(kFallen);
    mend();
    settings_.try_emplace("language", language);
    for (const auto& [name, value] : settings_) set(name, value);
    report_.words_remade = static_cast<std::size_t>(
        to_.query_integer("SELECT count(*) FROM versions WHERE seq_from NOT IN (SELECT seq_from FROM tail)"));
    to_.execute("COMMIT");
    if (const int code = to_.close(); code != SQLITE_OK) fail_sqlite(code, nullptr, "close");
  }

 private:
  void scan() {
    const auto broken = [this](std::uint64_t page, std::int64_t rowid, std::string_view why) {
      lost(rowid == 0 ? fmt::format("page {}", page) : fmt::format("page {}, row {}", page, rowid), std::string(why));
    };
    for (std::uint64_t page = 1; page <= file_.count(); ++page) {
      file_.rows_of(page, [this](const PageRow& row) { take(row); }, broken);
      if (page % kPagesOfStep != 0 && page != file_.count()) continue;
      if (control_.progress) control_.progress(page, file_.count());
      if (control_.stop.stop_requested()) fail(StatusCode::kCancelled, "stopped");
    }
    report_.pages = file_.count();
  }

  void take(const PageRow& row) {
    if (row.values.size() == 5 && row.values[0].kind == Kind::kText && row.values[3].kind == Kind::kInteger) {  // sqlite_schema
      roots_[std::string(row.values[1].bytes)] = static_cast<std::uint64_t>(row.values[3].integer);
      return;
    }
    const char* table = table_of(row);
    if (table == nullptr) return not_ours(row);
    const std::string where = fmt::format("{} row {}", table, row.rowid);
    try {
      if (row.in_line && std::string_view(table) == "changes") make_room(row.rowid);
      insert(table, row);
      if (const char* why = fault(table, row.rowid); why != nullptr) {
        remove(table, row.rowid);
        lost(where, why);
      }
    } catch (const core::StatusError& error) {
      const StatusCode code = error.status().code();
      if (code == StatusCode::kResourceExhausted || code == StatusCode::kIo || code == StatusCode::kCancelled) throw;
      lost(where, "does not fit: its page is damaged, or it is there twice");
    }
  }

  /// Derived rows are made anew, so only the shapes that none of ours has are worth a word.
  void not_ours(const PageRow& row) {
    constexpr std::array<std::size_t, 4> kDerived{2, 5, 9, 11};  // job_turns and sqlite_sequence, facts, chunks, policies
    if (std::find(kDerived.begin(), kDerived.end(), row.values.size()) != kDerived.end()) return;
    lost(fmt::format("page {}, row {}", row.page, row.rowid), "is no row of a store");
  }

  /// A change whose number is borne out takes the place of one that has it by damage.
  void make_room(std::int64_t seq) {
    Statement other = to_.prepare("DELETE FROM changes WHERE seq = ? AND seq NOT IN (SELECT seq FROM temp.in_line)");
    other.bind(seq).run();
    if (sqlite3_changes(to_.handle()) > 0) lost(fmt::format("changes row {}", seq), "its number is another's");
    Statement mark = to_.prepare("INSERT OR IGNORE INTO temp.in_line VALUES (?)");
    mark.bind(seq).run();
  }

  void insert(std::string_view table, const PageRow& row) {
    std::string sql = fmt::format("INSERT INTO {} VALUES (?", table);
    for (std::size_t i = 1; i < row.values.size(); ++i) sql += ", ?";
    Statement statement = to_.prepare(sql + ")");
    statement.bind(row.rowid);
    for (std::size_t i = 1; i < row.values.size(); ++i) bind(statement, row.values[i]);
    statement.run();
  }

  void remove(std::string_view table, std::int64_t row) {
    Statement statement = to_.prepare(fmt::format("DELETE FROM {} WHERE rowid = ?", table));
    statement.bind(row).run();
  }

  /// Why a row that went in must not stay; nullptr when it may.
  const char* fault(std::string_view table, std::int64_t row) {
    Reader reader(to_);
    try {
      if (table == "versions") {
        (void)reader.version(static_cast<Seq>(row));
      } else if (table == "tail") {
        for (const CodedVector& vector : reader.tail(static_cast<Seq>(row)).vectors) dimensions_[vector.space] = vector.codes.size();
      } else if (table == "relations") {
        static const std::string sql = fmt::format("SELECT {} FROM relations r LEFT JOIN changes c ON c.seq = r.seq_from WHERE r.seq_from = ?", kRelationColumns);
        Statement statement = to_.prepare(sql);
        statement.bind(row);
        if (statement.step()) (void)read_relation(statement);
      } else if (table == "namespaces") {
        (void)reader.name_of(row);
      }
    } catch (const core::StatusError& error) {
      if (error.status().code() != StatusCode::kCorruption) throw;
      return table == "namespaces" ? "is no name" : "its checksum does not hold";
    }
    return nullptr;
  }

  /// Tables that are indexes, by their roots; names of namespaces are there a second time, and must be the same.
  void read_rowless() {
    const auto read = [this](const char* table, const std::function<void(const PageRow&)>& each) {
      const auto root = roots_.find(table);
      if (root == roots_.end() || !file_.index_rows(root->second, each)) lost(table, "cannot be read, or not all of it");
    };
    read("settings", [this](const PageRow& row) {
      if (row.values.size() != 2 || row.values[0].kind != Kind::kText || row.values[1].kind != Kind::kText) return;
      const std::string_view name = row.values[0].bytes;
      if (name == "tokenizer" || name == "language" || name == "spaces" || name == "job_escalations") settings_[std::string(name)] = row.values[1].bytes;
    });
    for (const char* table : {"grants", "attributes"}) {
      read(table, [this, table](const PageRow& row) {
        if (row.values.size() != 3) return;
        try {
          Statement statement = to_.prepare(fmt::format("INSERT INTO {} VALUES (?, ?, ?)", table));
          for (const PageValue& value : row.values) bind(statement, value);
          statement.run();
        } catch (const core::StatusError&) {
          lost(fmt::format("{} on page {}", table, row.page), "does not fit");
        }
      });
    }
    const auto names = roots_.find("sqlite_autoindex_namespaces_1");
    if (names == roots_.end()) return;
    (void)file_.index_rows(names->second, [this](const PageRow& row) {
      if (row.values.size() != 2 || row.values[0].kind != Kind::kText || row.values[1].kind != Kind::kInteger) return;
      Statement other = to_.prepare("DELETE FROM namespaces WHERE id = ? AND path <> ?");
      other.bind(row.values[1].integer).bind_text(row.values[0].bytes).run();
      if (sqlite3_changes(to_.handle()) > 0) lost(fmt::format("namespaces row {}", row.values[1].integer), "its index has another name");
    });
  }

  void drop(std::span<const Fallen> all) {
    for (const Fallen& fallen : all) {
      {
        Statement rows = to_.prepare(fallen.rows);
        while (rows.step()) lost(fmt::format("{} row {}", fallen.table, rows.integer(0)), fallen.why);
      }
      if (fallen.key != nullptr) to_.execute(fmt::format("DELETE FROM {} WHERE {} IN ({})", fallen.table, fallen.key, fallen.rows).c_str());
    }
  }

  void mend() {
    to_.execute(kNameNamespaces);
    report_.namespaces_renamed = static_cast<std::size_t>(sqlite3_changes(to_.handle()));
    to_.execute(fmt::format("CREATE TEMP TABLE last AS SELECT {} + max((SELECT coalesce(max(seq_from), 0) FROM versions),"
                            " (SELECT coalesce(max(seq_from), 0) FROM relations)) AS seq", kMostChangesOnPage * file_.count())
                    .c_str());
    for (const char* sql : kMendEnds) to_.execute(sql);
    drop(kFallenEnds);
    for (const char* sql : kMend) to_.execute(sql);
    for (const auto& [space, dimension] : dimensions_) {
      Statement insert = to_.prepare("INSERT INTO spaces VALUES (?, '', ?, ?, 1, '', '') ON CONFLICT DO NOTHING");
      const std::string version = std::to_string(space);
      insert.bind(static_cast<std::int64_t>(space)).bind_text(version).bind(static_cast<std::int64_t>(dimension)).run();
    }
  }

  void set(std::string_view name, std::string_view value) {
    Statement insert = to_.prepare("INSERT INTO settings VALUES (?, ?)");
    insert.bind_text(name).bind_text(value).run();
  }

  void lost(std::string where, std::string why) { add_lost(report_, std::move(where), std::move(why)); }

  PageFile file_;
  Connection to_;
  const CopyControl& control_;
  SalvageReport& report_;
  std::map<std::string, std::uint64_t> roots_;
  std::map<std::string, std::string> settings_;
  std::unordered_map<SpaceId, std::size_t> dimensions_;
};

}  // namespace

void add_lost(SalvageReport& report, std::string where, std::string why) {
  ++report.lost_rows;
  if (report.lost.size() < kMostLost) report.lost.push_back({std::move(where), std::move(why)});
}

void salvage_rows(const std::string& damaged, const std::string& to, const std::string& language, const CopyControl& control, const FileKeyPtr& key,
                  SalvageReport& report) {
  Salvage(damaged, to, control, key, report).run(language);
}

}  // namespace mnemic::storage
