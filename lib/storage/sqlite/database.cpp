// SPDX-License-Identifier: Apache-2.0
// Connections, transactions and group commit.
#include "storage/sqlite/database.hpp"

#include "core/error.hpp"
#include "storage/sqlite/schema.hpp"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

namespace mnemic::storage {
namespace {

using core::fail;

constexpr std::size_t kGroup = 256;  // writes committed together at most
constexpr std::chrono::nanoseconds kPatience = std::chrono::milliseconds(1);  // the longest that a group waits for more

/// Nobody can put another file in the place of one that is open; but it may have been done between opening and locking.
void refuse_replaced(Connection& connection) {
  int moved = 0;
  sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved != 0) fail(StatusCode::kBusy, "the file was replaced while it was being opened: open it again");
}

/// Names the file in a failure to open it.
template <typename Body>
void naming(const std::string& path, Body&& body) {
  try {
    body();
  } catch (const core::StatusError& error) {
    const Status& status = error.status();
    throw core::StatusError(Status(status.code(), fmt::format("'{}': {}", path, status.message()), status.extended_code()));
  }
}

}  // namespace

struct Database::Pending {
  const std::function<void(Writer&)>* work = nullptr;
  Durability durability = Durability::kFull;
  std::exception_ptr error;
  enum class State : std::uint8_t { kWaiting, kLeading, kDone } state = State::kWaiting;
};

/// Counts a call in and out; `close` waits until nobody is inside.
class Database::Gate {
 public:
  explicit Gate(Database& database) : database_(database) {
    database_.check_process();
    const std::lock_guard lock(database_.gate_mutex_);
    if (database_.closed_) fail(StatusCode::kFailedPrecondition, "the store is closed");
    ++database_.inside_;
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() {
    const std::lock_guard lock(database_.gate_mutex_);
    if (--database_.inside_ == 0) database_.gate_changed_.notify_all();
  }

 private:
  Database& database_;
};

Database::Database(const std::filesystem::path& path, const DatabaseOptions& options)
    : options_(options), in_memory_(path == ":memory:"), process_(getpid()) {
  group_.reserve(kGroup);
  if (in_memory_) {
    if (read_only()) fail(StatusCode::kInvalidArgument, "access: a store in memory cannot be read-only");
    path_ = ":memory:";
    writer_ = make_writer();
    return;
  }
  path_ = resolve_store_path(path);
  const Presence presence = ensure_file(path_, options_.create && !read_only());
  if (presence == Presence::kMissing) fail(StatusCode::kNotFound, "path: no store at '{}'", path_);
  naming(path_, [this] {
    if (read_only()) {
      auto reader = connect(Connection::Mode::kReadOnly);
      check_format(*reader);
      readers_made_ = 1;
      idle_.push_back(std::move(reader));
    } else {
      writer_ = make_writer();
      writer_->query_integer("SELECT count(*) FROM settings");  // the -shm file exists from here on
    }
    Connection& connection = read_only() ? *idle_.front() : *writer_;
    if (const auto differences = schema_differences(connection); !differences.empty()) {
      fail(StatusCode::kFailedPrecondition, "the tables are not those of a store: {}", differences.front());
    }
  });
  guard_ = FileGuard::acquire(path_);
  refuse_replaced(read_only() ? *idle_.front() : *writer_);
}

Database::~Database() {
  if (process_ != getpid()) {
    // A forked child: closing would end the parent's locks and may clean up its WAL. The copies are left as they are.
    for (auto& connection : idle_) (void)connection.release();
    (void)writer_.release();
    (void)new (std::nothrow) std::shared_ptr<FileGuard>(std::move(guard_));
    return;
  }
  try {
    close();
  } catch (...) {  // reported by Store's destructor, which calls close() first
  }
}

void Database::check_process() const {
  if (process_ != getpid()) {
    fail(StatusCode::kFailedPrecondition, "the store was opened before fork(): open it again in the child");
  }
}

std::unique_ptr<Connection> Database::connect(Connection::Mode mode) const {
  return std::make_unique<Connection>(path_, mode, options_.busy_timeout, options_.key);
}

/// Of two that make the same encrypted file at once, the one that was later made a key for it that it does not have: it looks again.
std::unique_ptr<Connection> Database::make_writer() const {
  while (true) {
    auto writer = connect(Connection::Mode::kReadWrite);
    try {
      prepare_schema(*writer);
      return writer;
    } catch (const core::StatusError&) {
      if (!writer->made_salt() || in_memory_ || size_of(path_) == 0) throw;
    }
  }
}

/// A writer that cannot be used any more, because of what an earlier group met, is made anew.
void Database::renew_writer() {
  if (in_memory_ || writer_->usable()) return;
  writer_ = connect(Connection::Mode::kReadWrite);
  synchronous_ = 2;
}

std::unique_ptr<Connection> Database::lease_reader() {
  std::unique_lock lock(pool_mutex_);
  pool_changed_.wait(lock, [this] { return !idle_.empty() || readers_made_ < options_.readers; });
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  ++readers_made_;
  lock.unlock();
  try {
    return connect(read_only() ? Connection::Mode::kReadOnly : Connection::Mode::kReadWrite);
  } catch (...) {
    lock.lock();
    --readers_made_;
    pool_changed_.notify_one();
    throw;
  }
}

void Database::return_reader(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(pool_mutex_);
  idle_.push_back(std::move(connection));
  pool_changed_.notify_one();
}

/// After a failure.
void Database::drop_reader(std::unique_ptr<Connection> connection) {
  if (connection->usable()) return return_reader(std::move(connection));
  connection.reset();
  const std::lock_guard lock(pool_mutex_);
  --readers_made_;
  pool_changed_.notify_one();
}

void Database::read(const std::function<void(Reader&)>& work) {
  in_read_transaction([&work](Connection& connection) {
    Reader reader(connection);
    work(reader);
  });
}

void Database::in_read_transaction(const std::function<void(Connection&)>& work) {
  const Gate gate(*this);
  const auto in_transaction = [&work](Connection& connection) {
    connection.run("BEGIN");
    try {
      check_format(connection);
      work(connection);
      connection.run("COMMIT");
    } catch (...) {
      connection.roll_back();
      throw;
    }
  };
  if (in_memory_) {
    const std::lock_guard lock(connection_mutex_);
    return in_transaction(*writer_);
  }
  std::unique_ptr<Connection> connection = lease_reader();
  try {
    in_transaction(*connection);
  } catch (...) {
    drop_reader(std::move(connection));
    throw;
  }
  return_reader(std::move(connection));
}

void Database::write(Durability durability, const std::function<void(Writer&)>& work) {
  const Gate gate(*this);
  if (read_only()) fail(StatusCode::kFailedPrecondition, "the store is read-only");
  Pending pending{&work, durability, nullptr, Pending::State::kWaiting};
  std::unique_lock lock(queue_mutex_);
  queue_.push_back(&pending);
  if (!leading_) {
    leading_ = true;
    pending.state = Pending::State::kLeading;
  } else if (queue_.size() == expected_) {
    arrived_.notify_one();
  }
  group_done_.wait(lock, [&] { return pending.state != Pending::State::kWaiting; });
  if (pending.state == Pending::State::kLeading) lead(lock);
  lock.unlock();
  if (pending.error) std::rethrow_exception(pending.error);
}

/// Commits one group, this thread's own write the first in it, and passes the lead on. The queue is locked, before and after.
/// Never throws.
void Database::lead(std::unique_lock<std::mutex>& lock) {
  // Those whose writes the last group had come back for more, one by one: worth a wait as long as that group took, because
  // another sync is saved. Who was alone is alone: there is nobody to wait for.
  if (queue_.size() < expected_) {
    arrived_.wait_for(lock, options_.patience.value_or(std::min(took_, kPatience)), [this] { return queue_.size() >= expected_; });
  }
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), kGroup));
  group_.assign(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  lock.unlock();
  commit_group(group_);
  lock.lock();
  expected_ = std::min(group_.size() + queue_.size(), kGroup);
  for (Pending* member : group_) member->state = Pending::State::kDone;
  leading_ = !queue_.empty();
  if (leading_) queue_.front()->state = Pending::State::kLeading;
  group_done_.notify_all();
}

/// Never throws: every failure is handed to the writes it concerns.
void Database::commit_group(const std::vector<Pending*>& group) {
  const std::lock_guard lock(connection_mutex_);
  try {
    const WriterTurn turn(guard_, options_.busy_timeout);
    run_group(group);
    ++commits_;
    writes_ += group.size();
  } catch (...) {
    for (Pending* member : group) {
      if (!member->error) member->error = std::current_exception();
    }
  }
}

void Database::run_group(const std::vector<Pending*>& group) {
  renew_writer();
  const bool full = std::any_of(group.begin(), group.end(), [](const Pending* p) { return p->durability == Durability::kFull; });
  if (const int wanted = full ? 2 : 1; wanted != synchronous_ && !in_memory_) {
    writer_->execute(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    synchronous_ = wanted;
  }
  writer_->run("BEGIN IMMEDIATE");
  const auto begun = std::chrono::steady_clock::now();  // what others held it up for is no measure of a commit
  try {
    check_format(*writer_);
    Writer writer(*writer_, known_);
    if (group.size() == 1) {
      (*group.front()->work)(writer);
    } else {
      for (Pending* member : group) run_in_savepoint(writer, *member);
    }
    writer_->run("COMMIT");
    took_ = std::chrono::steady_clock::now() - begun;
  } catch (...) {
    known_.forget();
    writer_->roll_back();
    throw;
  }
}

/// A member that fails is undone alone; the rest of the group goes on, unless SQLite ended the whole transaction.
void Database::run_in_savepoint(Writer& writer, Pending& pending) {
  writer_->run("SAVEPOINT member");
  try {
    (*pending.work)(writer);
  } catch (...) {
    pending.error = std::current_exception();
    known_.forget();
    if (!writer_->in_transaction()) throw;
    writer_->run("ROLLBACK TO member");
  }
  writer_->run("RELEASE member");
}

void Database::alone(const std::function<void()>& work) {
  const Gate gate(*this);
  const std::lock_guard lock(connection_mutex_);
  const WriterTurn turn(guard_, options_.busy_timeout);
  work();
}

std::size_t Database::waiting() {
  const std::lock_guard lock(queue_mutex_);
  return queue_.size();
}

void Database::require_open() { const Gate gate(*this); }

void Database::flush() {
  // A commit with synchronous=FULL syncs the whole WAL, every earlier frame included.
  write(Durability::kFull, [](Writer& writer) { writer.set_setting("flushed", std::to_string(writer.seq())); });
}

void Database::close() {
  check_process();
  {
    std::unique_lock lock(gate_mutex_);
    if (closed_) return;
    closed_ = true;
    gate_changed_.wait(lock, [this] { return inside_ == 0; });
  }
  idle_.clear();
  FileGuard::release_locks(guard_);
  const int code = writer_ ? writer_->close() : SQLITE_OK;
  writer_.reset();
  guard_.reset();  // after the last connection: closing its descriptors drops our ordinary locks
  if (code != SQLITE_OK) fail_sqlite(code, nullptr, "close");
}

std::uint64_t Database::file_bytes() const { return in_memory_ ? 0 : size_of(path_); }
std::uint64_t Database::wal_bytes() const { return in_memory_ ? 0 : size_of(path_ + "-wal"); }

}  // namespace mnemic::storage
