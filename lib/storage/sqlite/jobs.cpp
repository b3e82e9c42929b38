// SPDX-License-Identifier: Apache-2.0
// The tables `jobs` and `job_turns`. A namespace has a turn exactly while it has a job that waits or is leased.
#include "core/error.hpp"
#include "core/time.hpp"
#include "storage/sqlite/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace mnemic::storage {
namespace {

constexpr std::string_view kColumns =
    "j.id, j.kind, n.path, j.payload, j.key, j.trace, j.priority, j.not_before, j.state, j.attempts, j.max_attempts,"
    " j.escalations, j.lease_until, j.error, j.created_at";

/// Waiting and due, or leased and the lease is over. A lease is over, too, when the clock stands further before its beginning than
/// it was long: it jumped back, and would not reach the end in time. ?1 is now.
constexpr std::string_view kIsDue =
    "j.state IN (1, 2) AND ((j.state = 1 AND j.not_before <= ?1)"
    " OR (j.state = 2 AND (j.lease_until <= ?1 OR ?1 - j.leased_at < j.leased_at - j.lease_until)))";

std::uint32_t small(std::int64_t value) {
  if (value < 0 || value > std::numeric_limits<std::uint32_t>::max()) core::fail(StatusCode::kCorruption, "a jobs row has a count out of range");
  return static_cast<std::uint32_t>(value);
}

/// Of a `SELECT <kColumns> FROM jobs j JOIN namespaces n`.
Job read_job(const Statement& row) {
  Job job;
  job.id = static_cast<JobId>(row.integer(0));
  job.kind = row.text(1);
  job.name_space = Reader::to_name(row.text(2));
  auto payload = Json::parse(row.text(3), 1024);
  if (!payload) core::fail(StatusCode::kCorruption, "jobs row {}: its payload is no JSON", job.id);
  job.payload = *std::move(payload);
  job.key = row.text(4);
  job.trace = row.text(5);
  job.priority = static_cast<std::int32_t>(row.integer(6));
  job.not_before = core::from_micros(row.integer(7));
  const std::int64_t state = row.integer(8);
  if (state < 1 || state > 4) core::fail(StatusCode::kCorruption, "jobs row {}: not a known state", job.id);
  job.state = static_cast<JobState>(state);
  job.attempts = small(row.integer(9));
  job.max_attempts = small(row.integer(10));
  job.escalations = small(row.integer(11));
  if (const auto until = row.optional_integer(12)) job.lease_until = core::from_micros(*until);
  job.error = row.text(13);
  job.created_at = core::from_micros(row.integer(14));
  return job;
}

std::string query(std::string_view rest) {
  return fmt::format("SELECT {} FROM jobs j JOIN namespaces n ON n.id = j.ns WHERE {}", kColumns, rest);
}

std::int64_t stored(JobId id) {
  return static_cast<std::int64_t>(std::min<JobId>(id, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

std::optional<Job> Reader::job(JobId id) {
  static const std::string sql = query("j.id = ?");
  Statement row = connection_.prepare(sql);
  row.bind(stored(id));
  return row.step() ? std::optional(read_job(row)) : std::nullopt;
}

std::vector<Job> Reader::jobs(const JobListOptions& options, std::optional<NamespaceId> ns) {
  Sql sql;
  sql.add(query("j.id > "));
  sql.value(stored(options.after));
  if (options.state) {
    sql.add(" AND j.state = ");
    sql.value(static_cast<std::int64_t>(*options.state));
  }
  if (!options.kind.empty()) {
    sql.add(" AND j.kind = ");
    sql.value(options.kind);
  }
  if (ns) {
    sql.add(" AND j.ns = ");
    sql.value(*ns);
  }
  sql.add(" ORDER BY j.id LIMIT ");
  sql.value(static_cast<std::int64_t>(options.limit));
  Statement rows = sql.prepare(connection_);
  std::vector<Job> jobs;
  while (rows.step()) jobs.push_back(read_job(rows));
  return jobs;
}

DueJobs Reader::due_jobs(const std::string& kinds, std::int64_t now) {
  static const std::string due_sql = fmt::format(
      "SELECT count(*), min(CASE j.state WHEN 1 THEN j.not_before ELSE min(j.lease_until, ?1) END) FROM jobs j"
      " WHERE {} AND j.kind IN (SELECT value FROM json_each(?2))", kIsDue);
  Statement due = connection_.prepare(due_sql);
  due.bind(now).bind_text(kinds);
  DueJobs jobs;
  if (due.step()) {
    jobs.count = static_cast<std::size_t>(due.integer(0));
    jobs.oldest = due.optional_integer(1);
  }
  if (jobs.count > 0) return jobs;
  Statement next = connection_.prepare(
      "SELECT min(CASE j.state WHEN 1 THEN j.not_before ELSE j.lease_until END) FROM jobs j WHERE j.state IN (1, 2)"
      " AND j.kind IN (SELECT value FROM json_each(?))");
  next.bind_text(kinds);
  if (next.step()) jobs.next = next.optional_integer(0);
  return jobs;
}

JobId Reader::processed_up_to(std::string_view kind, NamespaceId ns) {
  // Rows below the mark are gone but for the one at it, so both searches of the index are short.
  Statement row = connection_.prepare(
      "SELECT max(id) FROM jobs WHERE kind = ?1 AND ns = ?2 AND state = 3 AND id < min("
      " (SELECT coalesce(min(id), 9223372036854775807) FROM jobs WHERE kind = ?1 AND ns = ?2 AND state = 1),"
      " (SELECT coalesce(min(id), 9223372036854775807) FROM jobs WHERE kind = ?1 AND ns = ?2 AND state = 2),"
      " (SELECT coalesce(min(id), 9223372036854775807) FROM jobs WHERE kind = ?1 AND ns = ?2 AND state = 4))");
  row.bind_text(kind).bind(ns);
  return row.step() ? static_cast<JobId>(row.integer(0)) : 0;
}

Reader::LeftJobs Reader::left_jobs(std::string_view kind) {
  Statement row = connection_.prepare("SELECT count(*) FILTER (WHERE state IN (1, 2)), count(*) FILTER (WHERE state = 4) FROM jobs WHERE kind = ?");
  row.bind_text(kind);
  row.step();
  return {static_cast<std::size_t>(row.integer(0)), static_cast<std::size_t>(row.integer(1))};
}

void Reader::without_vector(std::optional<NamespaceId> ns, SpaceId space, Seq after, Seq up_to,
                            const std::function<bool(NamespaceId, Seq)>& each) {
  Statement rows = connection_.prepare(
      "SELECT v.ns, v.seq_from, t.vectors FROM versions v JOIN tail t ON t.seq_from = v.seq_from"
      " WHERE v.seq_from > ?1 AND v.seq_from <= ?2 AND (?3 IS NULL OR v.ns = ?3)"
      " AND v.seq_to = 9223372036854775807 AND v.text <> '' AND v.state <> 6 ORDER BY v.seq_from DESC");
  rows.bind(static_cast<std::int64_t>(after)).bind(static_cast<std::int64_t>(up_to)).bind(ns);
  while (rows.step()) {
    Tail tail;
    decode_vectors(rows.blob(2), tail);
    if (std::any_of(tail.vectors.begin(), tail.vectors.end(), [&](const auto& v) { return v.space == space; })) continue;
    if (!each(rows.integer(0), static_cast<Seq>(rows.integer(1)))) return;
  }
}

void Reader::count_vectors(SpaceId space, std::size_t& total, std::size_t& missing) {
  total = static_cast<std::size_t>(connection_.query_integer(
      "SELECT count(*) FROM versions v WHERE v.seq_to = 9223372036854775807 AND v.text <> '' AND v.state <> 6"));
  missing = 0;
  without_vector(std::nullopt, space, 0, seq(), [&missing](NamespaceId, Seq) {
    ++missing;
    return true;
  });
}

JobId Writer::insert_job(const Job& job, NamespaceId ns) {
  if (!job.key.empty()) {
    Statement known = connection_.prepare("SELECT id FROM jobs WHERE kind = ? AND ns = ? AND key = ? AND key <> '' AND state <> 4");
    known.bind_text(job.kind).bind(ns).bind_text(job.key);
    if (known.step()) return static_cast<JobId>(known.integer(0));
  }
  const std::string payload = job.payload.dump();
  Statement insert = connection_.prepare(
      "INSERT INTO jobs (kind, ns, payload, key, trace, priority, not_before, state, attempts, max_attempts, escalations, error,"
      " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, 1, 0, ?, 0, '', ?)");
  insert.bind_text(job.kind).bind(ns).bind_text(payload).bind_text(job.key).bind_text(job.trace);
  insert.bind(static_cast<std::int64_t>(job.priority)).bind(core::to_micros(job.not_before));
  insert.bind(static_cast<std::int64_t>(job.max_attempts)).bind(core::to_micros(job.created_at)).run();
  const auto id = static_cast<JobId>(sqlite3_last_insert_rowid(connection_.handle()));
  ensure_turn(ns);
  return id;
}

/// A namespace that had nothing to do joins behind those that wait.
void Writer::ensure_turn(NamespaceId ns) {
  Statement turn = connection_.prepare(
      "INSERT INTO job_turns VALUES (?, (SELECT coalesce(max(served), 0) FROM job_turns)) ON CONFLICT DO NOTHING");
  turn.bind(ns).run();
}

void Writer::end_turn(NamespaceId ns) {
  Statement turn = connection_.prepare(
      "DELETE FROM job_turns WHERE ns = ?1 AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.ns = ?1 AND j.state IN (1, 2))");
  turn.bind(ns).run();
}

Claimed Writer::claim_job(const Claim& claim) {
  static const std::string turn_sql = fmt::format(
      "SELECT t.ns FROM job_turns t WHERE EXISTS (SELECT 1 FROM jobs j WHERE j.ns = t.ns AND {}"
      " AND j.kind IN (SELECT value FROM json_each(?2))) ORDER BY t.served, t.ns LIMIT 1", kIsDue);
  static const std::string job_sql = query(fmt::format(
      "{} AND j.kind IN (SELECT value FROM json_each(?2)) AND j.ns = ?3 ORDER BY j.priority DESC, j.not_before, j.id LIMIT 1", kIsDue));
  Claimed claimed;
  for (;;) {
    std::optional<NamespaceId> ns;
    std::optional<Job> found;
    {
      Statement turn = connection_.prepare(turn_sql);
      turn.bind(claim.now).bind_text(claim.kinds);
      if (turn.step()) ns = turn.integer(0);
    }
    if (!ns) return claimed;
    {
      Statement next = connection_.prepare(job_sql);
      next.bind(claim.now).bind_text(claim.kinds).bind(*ns);
      if (!next.step()) core::fail(StatusCode::kInternal, "a job that is due was not found again");
      found = read_job(next);
    }
    if (found->attempts >= found->max_attempts) {  // only of one that was leased: nobody said how the last attempt ended
      Statement park = connection_.prepare(
          "UPDATE jobs SET state = 4, lease_owner = NULL, leased_at = NULL, lease_until = NULL, error = ? WHERE id = ?");
      park.bind_text("the lease of the last attempt ran out").bind(stored(found->id)).run();
      end_turn(*ns);
      ++claimed.parked;
      continue;
    }
    Statement take = connection_.prepare(
        "UPDATE jobs SET state = 2, attempts = attempts + 1, lease_owner = ?, leased_at = ?, lease_until = ? WHERE id = ?");
    take.bind_blob(claim.owner).bind(claim.now).bind(claim.until).bind(stored(found->id)).run();
    Statement served = connection_.prepare("UPDATE job_turns SET served = (SELECT max(served) FROM job_turns) + 1 WHERE ns = ?");
    served.bind(*ns).run();
    found->state = JobState::kLeased;
    ++found->attempts;
    found->lease_until = core::from_micros(claim.until);
    claimed.job = std::move(found);
    return claimed;
  }
}

bool Writer::complete_job(JobId id, std::string_view owner) {
  Statement done = connection_.prepare(
      "UPDATE jobs SET state = 3, lease_owner = NULL, leased_at = NULL, lease_until = NULL, error = ''"
      " WHERE id = ? AND state = 2 AND lease_owner = ? RETURNING kind, ns");
  done.bind(stored(id)).bind_blob(owner);
  if (!done.step()) return false;
  const std::string kind(done.text(0));
  const NamespaceId ns = done.integer(1);
  (void)done.step();
  advance_mark(kind, ns);
  end_turn(ns);
  return true;
}

/// The row at the mark stays, as the mark.
void Writer::advance_mark(std::string_view kind, NamespaceId ns) {
  const JobId mark = processed_up_to(kind, ns);
  if (mark == 0) return;
  Statement remove = connection_.prepare("DELETE FROM jobs WHERE kind = ? AND ns = ? AND state = 3 AND id < ?");
  remove.bind_text(kind).bind(ns).bind(stored(mark)).run();
}

bool Writer::extend_job(JobId id, std::string_view owner, std::int64_t now, std::int64_t until) {
  Statement extend =
      connection_.prepare("UPDATE jobs SET leased_at = ?, lease_until = ? WHERE id = ? AND state = 2 AND lease_owner = ?");
  extend.bind(now).bind(until).bind(stored(id)).bind_blob(owner).run();
  return sqlite3_changes(connection_.handle()) == 1;
}

bool Writer::release_job(const Job& job, std::string_view owner) {
  Statement release = connection_.prepare(
      "UPDATE jobs SET state = ?, attempts = ?, escalations = ?, not_before = ?, error = ?, lease_owner = NULL, leased_at = NULL,"
      " lease_until = NULL WHERE id = ? AND state = 2 AND lease_owner = ? RETURNING ns");
  release.bind(static_cast<std::int64_t>(job.state)).bind(static_cast<std::int64_t>(job.attempts));
  release.bind(static_cast<std::int64_t>(job.escalations)).bind(core::to_micros(job.not_before)).bind_text(job.error);
  release.bind(stored(job.id)).bind_blob(owner);
  if (!release.step()) return false;
  const NamespaceId ns = release.integer(0);
  (void)release.step();
  end_turn(ns);
  return true;
}

void Writer::count_escalation() {
  Statement count = connection_.prepare(
      "INSERT INTO settings VALUES ('job_escalations', '1')"
      " ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)");
  count.run();
}

bool Writer::revive_job(const Job& job, std::int64_t now) {
  const NamespaceId ns = find_namespace(job.name_space.to_string()).value_or(0);
  if (!job.key.empty()) {
    Statement other = connection_.prepare("SELECT 1 FROM jobs WHERE kind = ? AND ns = ? AND key = ? AND key <> '' AND state <> 4");
    other.bind_text(job.kind).bind(ns).bind_text(job.key);
    if (other.step()) return false;
  }
  Statement revive = connection_.prepare("UPDATE jobs SET state = 1, attempts = 0, escalations = 0, not_before = ? WHERE id = ?");
  revive.bind(now).bind(stored(job.id)).run();
  ensure_turn(ns);
  return true;
}

void Writer::remove_job(const Job& job) {
  const NamespaceId ns = find_namespace(job.name_space.to_string()).value_or(0);
  Statement remove = connection_.prepare("DELETE FROM jobs WHERE id = ?");
  remove.bind(stored(job.id)).run();
  advance_mark(job.kind, ns);
  end_turn(ns);
}

}  // namespace mnemic::storage
