// SPDX-License-Identifier: Apache-2.0
// One open store file: a writer connection with group commit, a pool of readers, and the gate that close() shuts.
#pragma once

#include "storage/file_guard.hpp"
#include "storage/sqlite/copy.hpp"
#include "storage/sqlite/reader.hpp"
#include "storage/sqlite/sqlite.hpp"
#include "storage/sqlite/writer.hpp"

#include <mnemic/options.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace mnemic::storage {

struct DatabaseOptions {
  Access access = Access::kReadWrite;
  bool create = true;
  std::chrono::milliseconds busy_timeout{5000};
  std::size_t readers = 4;
  /// How long a group waits for the writers of the one before; unset: as long as that one took, at most 1 ms.
  std::optional<std::chrono::nanoseconds> patience;
  FileKeyPtr key = nullptr;
};

/// Thread-safe. Lock order: the write queue, then the writer connection; the reader pool stands alone.
class Database {
 public:
  /// @param path  as the caller gave it; ":memory:" is private and has one connection for everything.
  Database(const std::filesystem::path& path, const DatabaseOptions& options);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// Runs `work` in one read transaction. It may throw; nothing is left open.
  void read(const std::function<void(Reader&)>& work);
  /// Runs `work` in a write transaction and returns when it is committed with at least `durability`. Writes that wait
  /// at the same time are committed together, each in its own savepoint, on the thread of one of them: `work` must
  /// depend on nothing but what it captured, and may be run once only.
  void write(Durability durability, const std::function<void(Writer&)>& work);

  void flush();
  /// Empties the WAL, blanks the unused parts of every page, and writes down (setting `purged`) up to which change that holds.
  /// @throws StatusError kBusy: somebody reads an older state
  Seq purge();
  /// Copies what a read transaction sees into a file that is empty, and syncs it.
  Copied copy_to(const std::string& path, const CopyControl& control = {});
  /// @throws StatusError kFailedPrecondition once closed, or in a forked child; so do read, write, flush and close.
  void require_open();
  void close();

  [[nodiscard]] bool read_only() const noexcept { return options_.access == Access::kReadOnly; }
  [[nodiscard]] std::uint64_t commits() const noexcept { return commits_; }
  [[nodiscard]] std::uint64_t writes() const noexcept { return writes_; }
  [[nodiscard]] std::size_t waiting();  ///< writes that no group has taken yet
  [[nodiscard]] const FileKeyPtr& key() const noexcept { return options_.key; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t file_bytes() const;
  [[nodiscard]] std::uint64_t wal_bytes() const;

 private:
  /// Runs `work` while no other write of ours, in any process, goes on.
  void alone(const std::function<void()>& work);
  struct Pending;
  class Gate;
  void check_process() const;
  void in_read_transaction(const std::function<void(Connection&)>& work);
  void lead(std::unique_lock<std::mutex>& lock);
  void commit_group(const std::vector<Pending*>& group);
  void run_group(const std::vector<Pending*>& group);
  void run_in_savepoint(Writer& writer, Pending& pending);
  [[nodiscard]] std::unique_ptr<Connection> connect(Connection::Mode mode) const;
  [[nodiscard]] std::unique_ptr<Connection> make_writer() const;
  void renew_writer();
  void drop_reader(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> lease_reader();
  void return_reader(std::unique_ptr<Connection> connection);

  DatabaseOptions options_;
  bool in_memory_ = false;
  std::string path_;
  std::int64_t process_ = 0;
  std::shared_ptr<FileGuard> guard_;

  std::unique_ptr<Connection> writer_;  // used by the leader of a group, or under connection_mutex_ in memory
  std::mutex connection_mutex_;
  Known known_;                         // like writer_
  int synchronous_ = 2;                 // what writer_ was last set to: 1 NORMAL, 2 FULL

  std::mutex queue_mutex_;
  std::condition_variable arrived_;     // as many wait as the leader expects
  std::condition_variable group_done_;  // a group is committed, and the lead passed on
  std::vector<Pending*> queue_;
  bool leading_ = false;      // somebody leads, or is about to
  std::size_t expected_ = 1;  // writers that were seen around the last group

  // Of the leader alone.
  std::vector<Pending*> group_;
  std::chrono::nanoseconds took_{0};  // the last transaction that was committed

  std::mutex pool_mutex_;
  std::condition_variable pool_changed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t readers_made_ = 0;

  std::mutex gate_mutex_;
  std::condition_variable gate_changed_;
  std::size_t inside_ = 0;
  bool closed_ = false;

  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> writes_{0};
};

}  // namespace mnemic::storage
