// SPDX-License-Identifier: Apache-2.0
// A thin RAII layer over the SQLite C interface. Failures are thrown as StatusError.
#pragma once

#include "storage/file_key.hpp"

#include <mnemic/status.hpp>

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mnemic::storage {

/// Throws what `code` means; `what` names the operation.
[[noreturn]] void fail_sqlite(int code, sqlite3* handle, std::string_view what);

/// A file that cannot be opened for want of its key, and whether a status says so.
[[noreturn]] void fail_locked(const char* why);
bool says_locked(const Status& status);
/// Whether `code` is how SQLCipher says that the authentication code of a page does not hold.
bool met_locked_page(int code, sqlite3* handle);

/// A prepared statement in use: bind, step, read. Reset when it goes out of scope. Not to outlive its connection.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement(Statement&& other) noexcept : statement_(other.statement_), next_(other.next_) { other.statement_ = nullptr; }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  /// Binds the next parameter, in order. Texts and blobs are borrowed until the statement is reset.
  Statement& bind(std::int64_t value);
  Statement& bind(double value);
  Statement& bind_text(std::string_view value);
  Statement& bind_blob(std::string_view value);
  Statement& bind_null();
  Statement& bind(std::optional<std::int64_t> value) { return value ? bind(*value) : bind_null(); }

  bool step();  ///< true: a row is there
  void run();   ///< steps to the end, for statements without rows

  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] double real(int column) const { return sqlite3_column_double(statement_, column); }
  [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  [[nodiscard]] std::string_view text(int column) const;  ///< valid until the next step
  [[nodiscard]] std::string_view blob(int column) const;  ///< likewise
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
  }

 private:
  void check(int code);
  sqlite3_stmt* statement_;
  int next_ = 1;
};

/// One connection. Used by one thread at a time; whoever holds it sees to that.
class Connection {
 public:
  enum class Mode {
    kReadWrite,
    kReadOnly,
    kImmutable,  ///< read-only and without locks, nothing is made beside the file: it must not change meanwhile
  };
  /// `path` is absolute, or ":memory:".
  /// @throws StatusError kPermissionDenied: the file is encrypted, and the key is missing or not its own (says_locked).
  ///         kFailedPrecondition: a key for a file that is not encrypted. What SQLite says.
  Connection(const std::string& path, Mode mode, std::chrono::milliseconds busy_timeout, FileKeyPtr key = nullptr);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// A cached prepared statement.
  Statement prepare(std::string_view sql);
  /// One or more statements without parameters or results.
  void execute(const char* sql);
  /// One statement without parameters or results, prepared once.
  void run(std::string_view sql) { prepare(sql).run(); }
  std::int64_t query_integer(std::string_view sql);
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  [[nodiscard]] sqlite3* handle() const { return handle_; }
  [[nodiscard]] std::chrono::milliseconds busy_timeout() const { return busy_timeout_; }
  /// Another file beside this one's, not encrypted or with a key that was last used for it.
  void attach(const std::string& path, std::string_view name, const FileKeyPtr& key);
  [[nodiscard]] const FileKeyPtr& key() const { return key_; }
  /// The file was empty, and the key was made for it. Nobody else may have made another one meanwhile.
  [[nodiscard]] bool made_salt() const { return made_salt_; }
  /// SQLCipher lets no connection go on that met a page whose code does not hold: it has to be made anew. Otherwise true.
  [[nodiscard]] bool usable();
  /// Ends a transaction, if there is one, as if it had not been.
  void roll_back() noexcept;
  /// Closes and reports; the destructor does the same and keeps quiet.
  int close();

 private:
  static int on_busy(void* self, int count);
  void set_up();
  void unlock();
  struct Cached {
    sqlite3_stmt* statement = nullptr;
    std::list<std::string>::iterator use;
  };
  sqlite3* handle_ = nullptr;
  FileKeyPtr key_;
  bool made_salt_ = false;
  std::chrono::milliseconds busy_timeout_;
  std::chrono::steady_clock::time_point busy_since_{};
  std::uint64_t jitter_ = 0x9e3779b97f4a7c15ULL;
  std::list<std::string> by_use_;                           // most recent first
  std::unordered_map<std::string_view, Cached> statements_;  // the keys are in by_use_
};

}  // namespace mnemic::storage
