// SPDX-License-Identifier: Apache-2.0
// Jobs: work that outlives the call that asked for it, done in bounded slices on a thread of the caller's.
#pragma once

#include <mnemic/batch.hpp>
#include <mnemic/export.hpp>
#include <mnemic/scope.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

class Store;
struct StoreImpl;

/// The number of a job: store-wide, ascending, never used again.
using JobId = std::uint64_t;

/// Where a job stands. Stored: do not renumber.
enum class JobState : std::uint8_t {
  kWaiting = 1,  ///< may be claimed from `not_before` on
  kLeased = 2,   ///< somebody works on it, until `lease_until`; then anybody may claim it
  kDone = 3,     ///< its row is kept until all before it, of its kind and namespace, are done too
  kDead = 4,     ///< given up, with the reason in `error`; waits for `retry` or `cancel`
};

/// A job to be done.
struct JobInput {
  std::string kind = {};                   ///< who does it: 1 to 64 of [A-Za-z0-9_.-]
  Namespace name_space = {};               ///< for whom; namespaces take turns
  Json payload = {};                       ///< what the handler needs; bounded as a memory's content is
  std::optional<Timestamp> not_before = {};  ///< the clock's now when unset
  std::int32_t priority = 0;               ///< within the namespace the higher ones go first
  std::string key = {};                    ///< see `Jobs::enqueue`; "" = none
  std::string trace = {};                  ///< a trace id, recorded only
  std::uint32_t max_attempts = 8;          ///< 1 to 1000; after so many the job is dead
};

struct Job {
  JobId id = 0;
  JobState state = JobState::kWaiting;
  std::string kind;
  Namespace name_space;
  Json payload;
  Timestamp not_before{};
  std::int32_t priority = 0;
  std::string key;
  std::string trace;
  std::uint32_t attempts = 0;  ///< begun, this one included; a cancelled one and an escalation do not count
  std::uint32_t max_attempts = 0;
  std::uint32_t escalations = 0;  ///< how often it broke its memory cap since it was enqueued or retried
  std::string error;              ///< why the last attempt that failed did, at most 1,000 bytes
  Timestamp created_at{};
  std::optional<Timestamp> lease_until;  ///< of a leased one
};

/// What a handler may use besides the job. Lives as long as the call of the handler; for its thread alone.
class MNEMIC_EXPORT JobContext {
 public:
  [[nodiscard]] std::uint32_t attempt() const noexcept;       ///< 1 = the first
  /// The memory this attempt may take: Budget::memory_bytes, halved for every escalation. The handler keeps to it, and
  /// answers kResourceExhausted when it cannot; nobody measures it.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
  [[nodiscard]] Timestamp deadline() const noexcept;          ///< when the slice's time is up, by the store's clock
  [[nodiscard]] const Scope& scope() const noexcept;          ///< on the job's namespace, all rights
  /// Changes to the job's namespace that are committed with its completion or not at all. What the handler writes by
  /// other ways is written again when the attempt is.
  [[nodiscard]] Batch& batch() noexcept;
  /// Jobs that come into being with the completion of this one, or not at all. @threads The handler's. @since 0.1
  void enqueue(JobInput input);
  /// Makes the lease end `by` from now.
  /// @errors  kAborted: somebody else has the job, or it was cancelled; stop. kInvalidArgument: not in [1 ms, 1 day]. As Store.
  /// @threads The handler's. @cost one commit, without a wait for the disk. @since 0.1
  Status extend(std::chrono::milliseconds by);

  struct Impl;  // private (lib/engine/job_context.hpp)
  explicit JobContext(Impl& impl) : impl_(impl) {}

 private:
  Impl& impl_;
};

/// Does one job. What it answers decides:
///   ok                  done, together with its batch; a batch that cannot be applied is a failure
///   kCancelled          waiting again, the attempt not counted; ends the slice
///   kResourceExhausted  it broke its memory cap: an escalation. Waiting again, with half the cap, no back-off; the 5th time dead
///   anything else, or an exception: failed. Waiting again after a back-off, or dead after `max_attempts`
/// An attempt whose process died, or whose lease ran out, counts like one that failed.
using JobHandler = std::function<Status(const Job& job, JobContext& context)>;
using JobHandlers = std::map<std::string, JobHandler>;  ///< by kind

/// Bounds of one slice. Looked at between jobs: a handler is never interrupted.
struct Budget {
  std::chrono::milliseconds time{1000};    ///< by the store's clock; 0: nothing is begun
  std::size_t items = 100;                 ///< jobs begun at most
  std::size_t memory_bytes = 256u << 20;   ///< see `JobContext::memory_bytes`; at least 1
  std::chrono::milliseconds lease{60'000};  ///< 1 ms to 1 day: how long a job is ours; longer than its handler takes
  std::stop_token stop = {};
};

/// What a slice did, and what is left.
struct MaintainReport {
  std::size_t done = 0;
  std::size_t failed = 0;     ///< attempts that failed; their jobs wait for another
  std::size_t parked = 0;     ///< jobs that became dead
  std::size_t escalated = 0;  ///< attempts that broke their memory cap; their jobs are run again with half of it
  std::size_t lost = 0;       ///< attempts whose lease somebody else had taken when they ended: nothing of them was written
  bool stopped = false;       ///< by kCancelled or Budget::stop
  std::size_t remaining = 0;  ///< jobs that are due, of the kinds that had a handler
  std::chrono::milliseconds lag{0};  ///< how long the one of them that has been due longest has been
  std::optional<std::chrono::milliseconds> next_in = {};  ///< until the next one of those kinds is due, when none remains
};

struct JobListOptions {
  std::optional<JobState> state = {};
  std::string kind = {};                   ///< "" = every kind
  std::optional<Namespace> name_space = {};  ///< that one alone; unset: all
  std::size_t limit = 100;                 ///< 1 to Limits::k
  JobId after = 0;                         ///< only jobs with a higher id: the last one's, for the next page
};

/// The jobs of a store; made by `Store::jobs`. For the application, like Admin: it sees every namespace. Every call may also
/// answer kFailedPrecondition (closed; or read-only, for those that write), kBusy, kIo, kResourceExhausted, kCorruption.
class MNEMIC_EXPORT Jobs {
 public:
  /// Stores a job. When a waiting, leased or still kept done job of the same kind and namespace has its `key`, that one is
  /// answered, as it is, instead of a new one.
  /// @errors  kInvalidArgument: a bad kind, namespace, payload, key, trace or max_attempts. @threads Any. @cost one commit.
  /// @since 0.1
  Result<JobId> enqueue(const JobInput& input, const WriteOptions& options = {}) const;
  /// @errors  kNotFound: never was, cancelled, or done and no longer kept. @threads Any. @since 0.1
  Result<Job> get(JobId id) const;
  /// By id. @errors  kInvalidArgument: a bad namespace, `limit` of 0 or above Limits::k. @threads Any. @since 0.1
  Result<std::vector<Job>> list(const JobListOptions& options = {}) const;
  /// Lets a dead job wait again, due now, with all its attempts before it.
  /// @errors  kNotFound: as get. kFailedPrecondition: not dead. kAlreadyExists: another job has its key. @threads Any. @since 0.1
  Status retry(JobId id) const;
  /// Removes a job that is not done. If somebody works on it, nothing of that will be written.
  /// @errors  kNotFound: as get. kFailedPrecondition: done. @threads Any. @since 0.1
  Status cancel(JobId id) const;
  /// The highest id such that no job of this kind and namespace up to it is left to be done; 0: none is done. Dead ones hold
  /// it back.
  /// @errors  kInvalidArgument: a bad namespace. @threads Any. @since 0.1
  Result<JobId> processed_up_to(std::string_view kind, const Namespace& name_space) const;

 private:
  friend class Store;
  explicit Jobs(std::shared_ptr<StoreImpl> impl);
  std::shared_ptr<StoreImpl> impl_;
};

struct MaintainerOptions {
  Budget budget = {};  ///< of each slice; its `stop` is not looked at
  /// How long to wait when nothing is due, or the file was kBusy, before looking again; other processes may have enqueued.
  std::chrono::milliseconds idle{1000};
  std::function<void(const MaintainReport&)> report = {};  ///< called after each slice, on the thread of `run`
};

/// Slice after slice, on a thread that the caller owns: `std::jthread t([&](std::stop_token s) { maintainer.run(s).ignore(); });`
class MNEMIC_EXPORT Maintainer {
 public:
  /// `store` must outlive it, and not be moved from meanwhile.
  Maintainer(const Store& store, JobHandlers handlers, MaintainerOptions options = {});
  Maintainer(const Maintainer&) = delete;
  Maintainer& operator=(const Maintainer&) = delete;

  /// Maintains until `stop` is requested; a job under way is finished first. Waits, without using the CPU, while nothing is due.
  /// @return  ok when stopped.
  /// @errors  what `Store::maintain` answers, but kBusy, after which it goes on. kInvalidArgument: `idle` under 1 ms.
  /// @threads One at a time. @since 0.1
  Status run(std::stop_token stop);
  /// Ends the waiting: there is something to do. @threads Any. @since 0.1
  void wake();

 private:
  const Store& store_;
  JobHandlers handlers_;
  MaintainerOptions options_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool wake_ = false;
};

/// "waiting", "leased", "done", "dead".
/// @errors  kInvalidArgument (parse): an unknown name. @threads Any. @since 0.1
MNEMIC_EXPORT std::string_view to_string(JobState state) noexcept;
MNEMIC_EXPORT Result<JobState> parse_job_state(std::string_view name);

/// As JSON, by the names of the fields; empty and unset ones are left out. @threads Any. @since 0.1
MNEMIC_EXPORT Json to_json(const Job& job);
MNEMIC_EXPORT Json to_json(const MaintainReport& report);

}  // namespace mnemic
