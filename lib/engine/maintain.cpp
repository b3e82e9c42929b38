// SPDX-License-Identifier: Apache-2.0
// Store::maintain: one slice. A job is claimed in one transaction, its handler runs in none, and what came of it is
// written in another: its batch together with its completion, or why it failed.
#include "core/error.hpp"
#include "core/time.hpp"
#include "core/utf8.hpp"
#include "engine/apply.hpp"
#include "engine/job_context.hpp"
#include "engine/validate.hpp"

#include <mnemic/store.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <map>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using storage::Reader;
using storage::Writer;
using std::chrono::microseconds;

constexpr std::size_t kReasonBytes = 1000;
constexpr microseconds kFirstPause = std::chrono::seconds(1);
constexpr microseconds kLongestPause = std::chrono::minutes(15);

Timestamp later(Timestamp time, microseconds by) { return time > Timestamp::max() - by ? Timestamp::max() : time + by; }

/// Anything between nothing and a bound that doubles with every attempt, so that jobs that failed together do not come back
/// together. @source Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015: "full jitter".
microseconds pause_after(std::uint32_t attempts, RandomSource& random) {
  const std::uint32_t doublings = std::min(std::max(attempts, 1U) - 1, 20U);
  const microseconds bound = std::min(kLongestPause, kFirstPause * (1 << doublings));
  std::array<std::uint8_t, 8> bytes{};
  random.fill(bytes);
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return microseconds(static_cast<std::int64_t>(number % (static_cast<std::uint64_t>(bound.count()) + 1)));
}

std::string reason(const Status& status) {
  std::string text = status.code() == StatusCode::kInternal ? status.message() : status.to_string();
  if (text.empty()) text = to_string(status.code());
  if (!core::is_valid_utf8(text)) text = core::nfc(text);
  return std::string(core::utf8_prefix(text, kReasonBytes));
}

/// What a write answers because of the file, not because of what was to be written.
bool concerns_the_store(StatusCode code) {
  switch (code) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kNotFound:
    case StatusCode::kPermissionDenied:
    case StatusCode::kAlreadyExists:
    case StatusCode::kAborted: return false;
    default: return true;
  }
}

/// The library's own kinds: their handlers reach what the callers' cannot.
using OwnHandler = Status (*)(StoreImpl& store, const Job& job, JobContext::Impl& context);

std::map<std::string, OwnHandler> own_handlers(const engine::Embedders& embedders) {
  std::map<std::string, OwnHandler> handlers{{std::string(engine::kSealKind), engine::seal_chunk},
                                             {std::string(engine::kPurgeKind), engine::purge_file},
                                             {std::string(engine::kRetainKind), engine::retain}};
  for (const engine::KnownEmbedder* known : {&embedders.own, &embedders.other}) {
    if (known->embedder != nullptr && known->row) handlers.emplace(engine::embed_kind(known->row->id), engine::embed_chunk);
  }
  return handlers;
}

void check(const JobHandlers& handlers, const Limits& limits) {
  for (const auto& [kind, handler] : handlers) {
    const bool ours = kind == engine::kSealKind || kind == engine::kPurgeKind || kind == engine::kRetainKind || (kind + '.').starts_with(engine::kEmbedKinds);
    if (ours) fail(StatusCode::kInvalidArgument, "handlers: '{}' is a kind of the library's own", kind);
    JobInput named;
    named.kind = kind;
    engine::validate(named, limits);
    if (!handler) fail(StatusCode::kInvalidArgument, "handlers: an empty one");
  }
}

class Slice {
 public:
  Slice(const Store& handle, const std::shared_ptr<StoreImpl>& store, const Budget& budget, const JobHandlers& handlers)
      : handle_(handle), store_(store), budget_(budget), handlers_(handlers), embedders_(store->embedders.get()), own_(own_handlers(*embedders_)) {
    check(handlers, store->options.limits);
    std::vector<Json> kinds;
    for (const auto& [kind, handler] : own_) kinds.emplace_back(kind);
    for (const auto& [kind, handler] : handlers_) kinds.emplace_back(kind);
    kinds_ = Json::array(kinds).dump();
  }

  MaintainReport run() {
    start_ = now();
    deadline_ = later(start_, budget_.time);
    for (const engine::KnownEmbedder* known : {&embedders_->own, &embedders_->other}) {
      if (may_begin(0) && known->embedder != nullptr && known->row) engine::enqueue_embedding(*store_, known->row->id);
    }
    if (may_begin(0)) engine::enqueue_sealing(*store_);
    if (may_begin(0)) engine::enqueue_retention(*store_);
    for (std::size_t begun = 0; may_begin(begun); ++begun) {
      if (!one()) break;
    }
    if (embedders_->other.embedder != nullptr) engine::end_move_when_complete(*store_);
    report_.stopped = report_.stopped || budget_.stop.stop_requested();
    look_ahead();
    return report_;
  }

 private:
  [[nodiscard]] Timestamp now() const { return store_->options.clock->now(); }

  /// Also ends when the clock jumped back: nobody knows then how long it has been.
  [[nodiscard]] bool may_begin(std::size_t begun) const {
    if (report_.stopped || budget_.stop.stop_requested() || begun >= budget_.items) return false;
    const Timestamp time = now();
    return time >= start_ && time < deadline_;
  }

  /// Claims and does one job. False when none is due.
  bool one() {
    std::array<std::uint8_t, 16> token{};
    store_->options.random->fill(token);
    owner_.assign(token.begin(), token.end());
    const Timestamp at = now();
    const storage::Claim claim{kinds_, owner_, core::to_micros(at), core::to_micros(later(at, budget_.lease))};
    storage::Claimed claimed;
    // Without a wait for the disk: a claim that a power cut takes back is a job that is done again.
    store_->database.write(Durability::kRelaxed, [&](Writer& writer) { claimed = writer.claim_job(claim); });
    report_.parked += claimed.parked;
    if (!claimed.job) return false;
    Job& job = *claimed.job;
    JobContext::Impl impl{*store_, job, owner_, core::take(handle_.scope(job.name_space)),
                          std::max<std::size_t>(1, job.escalations < 64 ? budget_.memory_bytes >> job.escalations : 0), deadline_};
    JobContext context(impl);
    const auto own = own_.find(job.kind);
    Status outcome = guarded("", [&] {
      core::take(own != own_.end() ? own->second(*store_, job, impl) : handlers_.find(job.kind)->second(job, context));
    });
    if (outcome.ok()) outcome = complete(impl);
    if (!outcome.ok()) settle(job, outcome);
    return true;
  }

  /// Everything the handler wants written and the end of the job, in one commit. @return why the handler's part cannot be
  /// written. @throws StatusError what concerns the store
  Status complete(JobContext::Impl& done) {
    ScopeImpl scope;
    scope.store = store_;
    scope.name = done.job.name_space;
    scope.path = scope.name.to_string();
    engine::PreparedWrite prepared;
    std::vector<Job> jobs;
    Status preparation = guarded("batch", [&] {
      prepared = engine::prepare(scope, done.batch.operations(), false, "operation");
      for (std::size_t i = 0; i < done.vectors.size(); ++i) {
        std::get<engine::PreparedUpdate>(prepared.operations[i]).vectors = std::move(done.vectors[i]);
      }
      for (const JobInput& input : done.jobs) jobs.push_back(engine::make_job(*store_, input));
    });
    if (!preparation.ok()) return preparation;
    bool held = true;
    Status written = guarded("batch", [&] {
      store_->database.write(store_->options.durability, [&](Writer& writer) {
        held = writer.complete_job(done.job.id, owner_);
        if (!held) fail(StatusCode::kAborted, "the lease was lost");
        engine::Applier applier(scope, writer, prepared);
        engine::apply_all(applier, prepared);
        for (const auto& write : done.writes) write(writer);
        for (const Job& job : jobs) writer.insert_job(job, writer.ensure_namespace(job.name_space.to_string()));
      });
    });
    if (!held) {
      ++report_.lost;
      return {};
    }
    if (written.ok()) ++report_.done;
    if (concerns_the_store(written.code()) && !written.ok()) throw core::StatusError(written);
    return written;
  }

  /// What becomes of a job whose attempt did not succeed.
  void settle(Job job, const Status& outcome) {
    const bool cancelled = outcome.code() == StatusCode::kCancelled;
    const bool escalates = outcome.code() == StatusCode::kResourceExhausted;
    const Timestamp at = now();
    job.state = JobState::kWaiting;
    if (cancelled || escalates) --job.attempts;
    if (!cancelled) job.error = reason(outcome);
    if (escalates) {
      job.not_before = at;
      if (++job.escalations > engine::kEscalations) job.state = JobState::kDead;
    } else if (!cancelled) {
      job.not_before = later(at, pause_after(job.attempts, *store_->options.random));
      if (job.attempts >= job.max_attempts) job.state = JobState::kDead;
    }
    bool held = true;
    store_->database.write(store_->options.durability, [&](Writer& writer) {
      held = writer.release_job(job, owner_);
      if (held && escalates) writer.count_escalation();
    });
    if (cancelled) report_.stopped = true;
    if (!held) {
      ++report_.lost;
    } else if (job.state == JobState::kDead) {
      ++report_.parked;
    } else if (escalates) {
      ++report_.escalated;
    } else if (!cancelled) {
      ++report_.failed;
    }
  }

  void look_ahead() {
    const std::int64_t at = store_->now();
    storage::DueJobs due;
    store_->database.read([&](Reader& reader) { due = reader.due_jobs(kinds_, at); });
    const auto milliseconds = [](std::int64_t from, std::int64_t to) {
      return std::chrono::ceil<std::chrono::milliseconds>(microseconds(to > from ? to - from : 0));
    };
    report_.remaining = due.count;
    if (due.oldest) report_.lag = milliseconds(*due.oldest, at);
    if (due.next) report_.next_in = milliseconds(at, *due.next);
  }

  const Store& handle_;
  const std::shared_ptr<StoreImpl>& store_;
  const Budget& budget_;
  const JobHandlers& handlers_;
  const std::shared_ptr<const engine::Embedders> embedders_;
  const std::map<std::string, OwnHandler> own_;
  std::string kinds_;
  std::string owner_;
  Timestamp start_{};
  Timestamp deadline_{};
  MaintainReport report_;
};

}  // namespace

std::uint32_t JobContext::attempt() const noexcept { return impl_.job.attempts; }
std::size_t JobContext::memory_bytes() const noexcept { return impl_.memory_bytes; }
Timestamp JobContext::deadline() const noexcept { return impl_.deadline; }
const Scope& JobContext::scope() const noexcept { return impl_.scope; }
Batch& JobContext::batch() noexcept { return impl_.batch; }
void JobContext::enqueue(JobInput input) { impl_.jobs.push_back(std::move(input)); }

Status JobContext::extend(std::chrono::milliseconds by) {
  return guarded("extend", [&] {
    Budget checked;
    checked.lease = by;
    engine::validate(checked);
    const Timestamp now = impl_.store.options.clock->now();
    bool held = true;
    impl_.store.database.write(Durability::kRelaxed, [&](Writer& writer) {
      held = writer.extend_job(impl_.job.id, impl_.owner, core::to_micros(now), core::to_micros(later(now, by)));
    });
    if (!held) fail(StatusCode::kAborted, "the lease was lost");
  });
}

Jobs Store::jobs() const { return Jobs(impl_); }

Result<MaintainReport> Store::maintain(const Budget& budget, const JobHandlers& handlers) const {
  return guarded("maintain", [&] {
    StoreImpl& store = engine::require(impl_);
    engine::validate(budget);
    store.database.require_open();
    if (store.database.read_only()) fail(StatusCode::kFailedPrecondition, "the store is read-only");
    return Slice(*this, impl_, budget, handlers).run();
  });
}

}  // namespace mnemic
