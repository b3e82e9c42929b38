// SPDX-License-Identifier: Apache-2.0
// Reader::count: all rows the first time, then those that changes have written and ended since.
#include "core/error.hpp"
#include "storage/account.hpp"
#include "storage/sqlite/writer.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace mnemic::storage {
namespace {

constexpr std::string_view kRemovals = "removals";
constexpr std::string_view kColumns =
    "SELECT v.ns, v.layer, v.seq_to, v.text, v.content, v.turn IS NOT NULL, v.session, t.vectors"
    " FROM versions v LEFT JOIN tail t ON t.seq_from = v.seq_from";

/// What counting needs of a version.
struct Counted {
  std::pair<NamespaceId, Layer> of;
  bool current = false;
  bool has_text = false;
  std::uint64_t text_bytes = 0;
  std::uint64_t vector_bytes = 0;
  std::optional<std::uint64_t> session;
  std::vector<SpaceId> spaces;
};

Counted read_counted(const Statement& row) {
  Counted counted;
  counted.of = {row.integer(0), static_cast<Layer>(row.integer(1))};
  counted.current = row.integer(2) == kCurrent;
  counted.has_text = !row.text(3).empty();
  counted.text_bytes = row.text(3).size() + row.text(4).size();
  const std::string_view vectors = row.blob(7);
  counted.vector_bytes = vectors.size();
  if (row.integer(5) != 0) {
    const std::string_view session = row.text(6);
    counted.session = XXH3_64bits_withSeed(session.data(), session.size(), static_cast<XXH64_hash_t>(counted.of.first));
  }
  if (counted.has_text) counted.spaces = spaces_of(vectors);
  return counted;
}

/// Adds what is current, or takes it away again: `by` is 1 or -1.
void count_current(Account& account, const Counted& row, int by) {
  const auto step = static_cast<std::size_t>(by);  // adding the largest number takes one away
  Holding& held = account.held[row.of];
  held.memories += step;
  held.text_bytes += step * row.text_bytes;
  held.vector_bytes += step * row.vector_bytes;
  if (row.has_text) account.with_text += step;
  for (const SpaceId space : row.spaces) account.with_vector[space] += step;
  if (!row.session) return;
  auto& turns = account.sessions[*row.session];
  turns += static_cast<std::uint32_t>(by);
  if (turns == 0) account.sessions.erase(*row.session);
}

void count_past(Account& account, const Counted& row) { account.held[row.of].past_bytes += row.text_bytes + row.vector_bytes; }

/// False when the row is not there: the change log and the rows do not agree, so only counting all of them is right.
bool look_up(Connection& connection, Seq seq_from, Counted& counted) {
  static const std::string sql = std::string(kColumns) + " WHERE v.seq_from = ?";
  Statement row = connection.prepare(sql);
  row.bind(static_cast<std::int64_t>(seq_from));
  if (!row.step()) return false;
  counted = read_counted(row);
  return true;
}

void count_relations(Connection& connection, Account& account) {
  account.relations = static_cast<std::size_t>(
      connection.query_integer("SELECT count(*) FROM relations WHERE seq_to = 9223372036854775807"));
}

void count_all(Connection& connection, Account& account) {
  account = {};
  Statement rows = connection.prepare(kColumns);
  while (rows.step()) {
    const Counted row = read_counted(rows);
    ++account.held[row.of].versions;
    row.current ? count_current(account, row, 1) : count_past(account, row);
  }
  count_relations(connection, account);
}

/// Of the changes after the account's, in order. False when it cannot be done.
bool count_changes(Connection& connection, Account& account) {
  Statement changes = connection.prepare("SELECT seq, op, ended FROM changes WHERE seq > ? ORDER BY seq");
  changes.bind(static_cast<std::int64_t>(account.seq));
  bool recount_relations = false;
  while (changes.step()) {
    const auto op = static_cast<ChangeOp>(changes.integer(1));
    const std::optional<std::int64_t> ended = changes.optional_integer(2);
    Counted row;
    if (op == ChangeOp::kPut || op == ChangeOp::kUpdate) {
      if (!look_up(connection, static_cast<Seq>(changes.integer(0)), row)) return false;
      ++account.held[row.of].versions;
      count_current(account, row, 1);  // what ended it, if anything did, comes later in the log
    }
    if (op <= ChangeOp::kForget && ended) {
      if (!look_up(connection, static_cast<Seq>(*ended), row)) return false;
      count_current(account, row, -1);
      count_past(account, row);
    }
    recount_relations = recount_relations || op == ChangeOp::kForget;  // it ends those of the memory too
    if (op == ChangeOp::kRelate && !ended) ++account.relations;
    if (op == ChangeOp::kUnrelate) --account.relations;
  }
  if (recount_relations) count_relations(connection, account);
  return true;
}

}  // namespace

void Reader::count(Account& account) {
  const Seq newest = seq();
  const std::string removals = setting(kRemovals);
  const bool known = account.counted && account.seq <= newest && account.removals == removals;
  if (!known || !count_changes(connection_, account)) count_all(connection_, account);
  account.counted = true;
  account.seq = newest;
  account.removals = removals;
}

void Reader::count_into(StoreStats& stats, std::int64_t now) {
  const auto count = [this](std::string_view sql) { return static_cast<std::size_t>(connection_.query_integer(sql)); };
  stats.namespaces = count("SELECT count(*) FROM namespaces");
  stats.jobs_waiting = count("SELECT count(*) FROM jobs WHERE state IN (1, 2)");
  stats.jobs_dead = count("SELECT count(*) FROM jobs WHERE state = 4");
  stats.escalations = count("SELECT coalesce(sum(CAST(value AS INTEGER)), 0) FROM settings WHERE name = 'job_escalations'");
  stats.chunks = count("SELECT count(*) FROM chunks");
  stats.chunk_bytes = count("SELECT coalesce(sum(length(body)), 0) FROM chunks");
  Statement oldest = connection_.prepare(
      "SELECT min(CASE state WHEN 1 THEN not_before ELSE lease_until END) FROM jobs WHERE state IN (1, 2)");
  if (oldest.step() && !oldest.is_null(0)) {
    stats.job_lag = std::chrono::microseconds(std::max<std::int64_t>(0, now - oldest.integer(0)));
  }
}

void Writer::rows_removed() {
  const Seq before = seq_setting(kRemovals);
  set_setting(kRemovals, std::to_string(before + 1));
}

}  // namespace mnemic::storage
