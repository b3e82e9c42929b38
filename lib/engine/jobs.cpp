// SPDX-License-Identifier: Apache-2.0
// Jobs: what the application sees of them. They are done in maintain.cpp.
#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/job_context.hpp"
#include "engine/validate.hpp"

#include <mnemic/lifecycle/jobs.hpp>
#include <mnemic/store.hpp>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using engine::require;
using storage::Reader;
using storage::Writer;

std::string path_of(const Namespace& name) { return core::take(name.normalized()).to_string(); }

Job find(Reader& reader, JobId id) {
  auto job = reader.job(id);
  if (!job) fail(StatusCode::kNotFound, "id: no such job");
  return *std::move(job);
}

}  // namespace

Job engine::make_job(const StoreImpl& store, const JobInput& input) {
  validate(input, store.options.limits);
  Job job;
  job.kind = input.kind;
  job.name_space = core::take(input.name_space.normalized());
  job.payload = input.payload;
  job.created_at = store.options.clock->now();
  job.not_before = input.not_before.value_or(job.created_at);
  job.priority = input.priority;
  job.key = input.key;
  job.trace = input.trace;
  job.max_attempts = input.max_attempts;
  return job;
}

void engine::enqueue(const StoreImpl& store, storage::Writer& writer, const JobInput& input) {
  const Job job = make_job(store, input);
  writer.insert_job(job, writer.ensure_namespace(job.name_space.to_string()));
}

Jobs::Jobs(std::shared_ptr<StoreImpl> impl) : impl_(std::move(impl)) {}

Result<JobId> Jobs::enqueue(const JobInput& input, const WriteOptions& options) const {
  return guarded("enqueue", [&] {
    StoreImpl& store = require(impl_);
    const Job job = engine::make_job(store, input);
    JobId id = 0;
    store.database.write(options.durability.value_or(store.options.durability), [&](Writer& writer) {
      id = writer.insert_job(job, writer.ensure_namespace(job.name_space.to_string()));
    });
    return id;
  });
}

Result<Job> Jobs::get(JobId id) const {
  return guarded("get", [&] {
    Job job;
    require(impl_).database.read([&](Reader& reader) { job = find(reader, id); });
    return job;
  });
}

Result<std::vector<Job>> Jobs::list(const JobListOptions& options) const {
  return guarded("list", [&] {
    StoreImpl& store = require(impl_);
    engine::validate_count("limit", options.limit, store.options.limits.k);
    const std::optional<std::string> path = options.name_space ? std::optional(path_of(*options.name_space)) : std::nullopt;
    std::vector<Job> jobs;
    store.database.read([&](Reader& reader) {
      // No namespace has id 0.
      jobs = reader.jobs(options, path ? std::optional(reader.find_namespace(*path).value_or(0)) : std::nullopt);
    });
    return jobs;
  });
}

Status Jobs::retry(JobId id) const {
  return guarded("retry", [&] {
    StoreImpl& store = require(impl_);
    const std::int64_t now = store.now();
    store.database.write(store.options.durability, [&](Writer& writer) {
      const Job job = find(writer, id);
      if (job.state != JobState::kDead) fail(StatusCode::kFailedPrecondition, "id: the job is {}, not dead", to_string(job.state));
      if (!writer.revive_job(job, now)) fail(StatusCode::kAlreadyExists, "key: another job of this kind and namespace has it now");
    });
  });
}

Status Jobs::cancel(JobId id) const {
  return guarded("cancel", [&] {
    StoreImpl& store = require(impl_);
    store.database.write(store.options.durability, [&](Writer& writer) {
      const Job job = find(writer, id);
      if (job.state == JobState::kDone) fail(StatusCode::kFailedPrecondition, "id: the job is done");
      writer.remove_job(job);
    });
  });
}

Result<JobId> Jobs::processed_up_to(std::string_view kind, const Namespace& name_space) const {
  return guarded("processed_up_to", [&] {
    const std::string path = path_of(name_space);
    JobId mark = 0;
    require(impl_).database.read([&](Reader& reader) {
      mark = reader.processed_up_to(kind, reader.find_namespace(path).value_or(0));
    });
    return mark;
  });
}

Json to_json(const Job& job) {
  std::vector<Json::Member> members{{"id", job.id},
                                    {"state", to_string(job.state)},
                                    {"kind", job.kind},
                                    {"namespace", job.name_space.to_string()}};
  const auto text = [&](const char* name, const std::string& value) {
    if (!value.empty()) members.emplace_back(name, value);
  };
  if (!job.payload.is_null()) members.emplace_back("payload", job.payload);
  members.emplace_back("not_before", to_string(job.not_before));
  if (job.priority != 0) members.emplace_back("priority", static_cast<std::int64_t>(job.priority));
  text("key", job.key);
  text("trace", job.trace);
  members.emplace_back("attempts", std::uint64_t{job.attempts});
  members.emplace_back("max_attempts", std::uint64_t{job.max_attempts});
  if (job.escalations > 0) members.emplace_back("escalations", std::uint64_t{job.escalations});
  text("error", job.error);
  members.emplace_back("created_at", to_string(job.created_at));
  if (job.lease_until) members.emplace_back("lease_until", to_string(*job.lease_until));
  return Json::object(members);
}

Json to_json(const MaintainReport& report) {
  using U = std::uint64_t;
  std::vector<Json::Member> members{{"done", U{report.done}},         {"failed", U{report.failed}},
                                    {"parked", U{report.parked}},     {"escalated", U{report.escalated}},
                                    {"lost", U{report.lost}},         {"stopped", report.stopped},
                                    {"remaining", U{report.remaining}}, {"lag_ms", std::int64_t{report.lag.count()}}};
  if (report.next_in) members.emplace_back("next_in_ms", std::int64_t{report.next_in->count()});
  return Json::object(members);
}

}  // namespace mnemic
