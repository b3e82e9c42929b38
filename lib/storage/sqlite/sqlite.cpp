// SPDX-License-Identifier: Apache-2.0
// Connections and statements.
#include "storage/sqlite/sqlite.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace mnemic::storage {
namespace {

constexpr std::size_t kStatements = 128;  // prepared statements kept per connection

StatusCode code_of(int result) {
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return StatusCode::kBusy;
    case SQLITE_FULL:
    case SQLITE_NOMEM: return StatusCode::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return StatusCode::kCorruption;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY: return StatusCode::kPermissionDenied;
    case SQLITE_INTERRUPT: return StatusCode::kCancelled;
    case SQLITE_TOOBIG: return StatusCode::kInvalidArgument;
    case SQLITE_IOERR: return result == SQLITE_IOERR_NOMEM ? StatusCode::kResourceExhausted : StatusCode::kIo;
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL: return StatusCode::kIo;
    default: return StatusCode::kInternal;
  }
}

/// SQLITE_ERROR is a mistake of ours, or damage that SQLite knows no code for: JSON was JSON when it was written.
bool says_damage(int result, sqlite3* handle) {
  if (result != SQLITE_ERROR || handle == nullptr) return false;
  const std::string_view text = sqlite3_errmsg(handle);
  return text == "malformed JSON" || text == "unsupported file format";
}

/// A path as a URI that says that the file does not change.
std::string immutable_uri(std::string_view path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

#if defined(MNEMIC_PRIVATE_SQLITE)
/// Our private copy keeps no memory statistics: they cost a global lock in every allocation.
void configure_private_sqlite() {
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)once;
}
#else
void configure_private_sqlite() {}
#endif

}  // namespace

void fail_sqlite(int code, sqlite3* handle, std::string_view what) {
  const int extended = handle != nullptr && (sqlite3_extended_errcode(handle) & 0xff) == (code & 0xff)
                           ? sqlite3_extended_errcode(handle)
                           : code;
  if (says_damage(extended, handle)) {
    throw core::StatusError(Status(StatusCode::kCorruption, fmt::format("{}: {}", what, sqlite3_errmsg(handle)), extended));
  }
  if (met_locked_page(extended, handle)) {
    throw core::StatusError(Status(StatusCode::kCorruption, fmt::format("{}: a page is damaged: its authentication code does not hold", what), extended));
  }
  // SQLite's own text names tables and columns, never values; constraint texts name columns only.
  throw core::StatusError(
      Status(code_of(extended), fmt::format("{}: {} (sqlite {})", what, sqlite3_errstr(extended), extended), extended));
}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Statement::check(int code) {
  if (code != SQLITE_OK) fail_sqlite(code, sqlite3_db_handle(statement_), "bind");
}
Statement& Statement::bind(std::int64_t value) {
  check(sqlite3_bind_int64(statement_, next_++, value));
  return *this;
}
Statement& Statement::bind(double value) {
  check(sqlite3_bind_double(statement_, next_++, value));
  return *this;
}
Statement& Statement::bind_text(std::string_view value) {
  const char* data = value.data() != nullptr ? value.data() : "";
  check(sqlite3_bind_text64(statement_, next_++, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}
Statement& Statement::bind_blob(std::string_view value) {
  const char* data = value.data() != nullptr ? value.data() : "";
  check(sqlite3_bind_blob64(statement_, next_++, data, value.size(), SQLITE_STATIC));
  return *this;
}
Statement& Statement::bind_null() {
  check(sqlite3_bind_null(statement_, next_++));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3* const handle = sqlite3_db_handle(statement_);
  if (code == SQLITE_TOOBIG && sqlite3_stmt_readonly(statement_) != 0) {  // it was within bounds when it was written
    throw core::StatusError(Status(StatusCode::kCorruption, "the store: a row is damaged: larger than any", code));
  }
  fail_sqlite(code, handle, "the store");
}
void Statement::run() {
  while (step()) {
  }
}
std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return data == nullptr ? std::string_view() : std::string_view(data, sqlite3_column_bytes(statement_, column));
}
std::string_view Statement::blob(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return data == nullptr ? std::string_view() : std::string_view(data, sqlite3_column_bytes(statement_, column));
}

Connection::Connection(const std::string& path, Mode mode, std::chrono::milliseconds busy_timeout, FileKeyPtr key)
    : key_(std::move(key)), busy_timeout_(busy_timeout) {
  configure_private_sqlite();
  const int flags = (mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE | (path == ":memory:" ? SQLITE_OPEN_CREATE : 0) |
                    (mode == Mode::kImmutable ? SQLITE_OPEN_URI : 0);
  const std::string name = mode == Mode::kImmutable ? immutable_uri(path) : path;
  const int code = sqlite3_open_v2(name.c_str(), &handle_, flags, nullptr);
  if (code != SQLITE_OK) {
    const core::StatusError error = [&] {
      try {
        fail_sqlite(code, handle_, "open");
      } catch (const core::StatusError& thrown) {
        return thrown;
      }
    }();
    sqlite3_close(handle_);
    handle_ = nullptr;
    throw error;
  }
  try {
    set_up();
  } catch (...) {
    close();
    throw;
  }
}

void Connection::set_up() {
  sqlite3_busy_handler(handle_, &Connection::on_busy, this);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  execute(
      "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
      "PRAGMA mmap_size = 0; PRAGMA recursive_triggers = OFF");
  unlock();
}

Connection::~Connection() { close(); }

int Connection::close() {
  for (auto& [sql, cached] : statements_) sqlite3_finalize(cached.statement);
  statements_.clear();
  by_use_.clear();
  const int code = handle_ != nullptr ? sqlite3_close(handle_) : SQLITE_OK;
  handle_ = nullptr;
  return code;
}

Statement Connection::prepare(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second.use);
    if (sqlite3_stmt_busy(found->second.statement) == 0) return Statement(found->second.statement);
    core::fail(StatusCode::kInternal, "a statement used twice at once");
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
  if (code != SQLITE_OK) fail_sqlite(code, handle_, "prepare");
  by_use_.emplace_front(sql);
  statements_.emplace(by_use_.front(), Cached{statement, by_use_.begin()});
  for (auto oldest = std::prev(by_use_.end()); statements_.size() > kStatements && oldest != by_use_.begin();) {
    const auto victim = oldest--;
    const auto cached = statements_.find(*victim);
    if (sqlite3_stmt_busy(cached->second.statement) != 0) continue;
    sqlite3_finalize(cached->second.statement);
    statements_.erase(cached);
    by_use_.erase(victim);
  }
  return Statement(statement);
}

void Connection::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail_sqlite(code, handle_, "the store");
}

void Connection::roll_back() noexcept {
  if (in_transaction()) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

std::int64_t Connection::query_integer(std::string_view sql) {
  Statement statement = prepare(sql);
  return statement.step() ? statement.integer(0) : 0;
}

/// Waits a little longer each time, with jitter so that waiters do not march in step, until the timeout.
int Connection::on_busy(void* self, int count) {
  auto& connection = *static_cast<Connection*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (count == 0) connection.busy_since_ = now;
  const auto left = connection.busy_timeout_ - (now - connection.busy_since_);
  if (left <= std::chrono::nanoseconds::zero()) return 0;
  connection.jitter_ ^= connection.jitter_ << 13;
  connection.jitter_ ^= connection.jitter_ >> 7;
  connection.jitter_ ^= connection.jitter_ << 17;
  const std::int64_t most = std::min<std::int64_t>(100LL << std::min(count, 8), 20'000);
  const auto wait = std::chrono::microseconds(most / 2 + static_cast<std::int64_t>(connection.jitter_ % (most / 2 + 1)));
  std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(wait, left));
  return 1;
}

}  // namespace mnemic::storage
