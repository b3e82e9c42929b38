// SPDX-License-Identifier: Apache-2.0
// One place decides which fields a row has, in which order, and what its checksum covers: `visit`.
#include "storage/sqlite/record_codec.hpp"

#include "core/error.hpp"
#include "core/provenance.hpp"
#include "core/time.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>

namespace mnemic::storage {

const std::string_view kRecordColumns =
    "v.seq_from, v.seq_to, v.id, v.version, v.ns, v.layer, v.key, v.text, v.content, v.user, v.agent, v.session, v.author,"
    " v.turn, v.event_time, v.event_end, v.time_zone, v.created_at, v.updated_at, v.expires_at, v.importance, v.strength, v.pinned,"
    " v.trust, v.state, v.tags, v.metadata, v.provenance, v.checksum";

namespace {

/// A row as SQLite sees it. Absent texts are NULL (`has_*` false).
struct Row {
  std::int64_t seq_from, seq_to;
  std::string_view id;
  std::int64_t version, ns, layer;
  std::string_view key, text;
  std::optional<std::string_view> content;
  std::string_view user, agent, session, author;
  std::optional<std::int64_t> turn;
  std::int64_t event_time;
  std::optional<std::int64_t> event_end;
  std::string_view time_zone;
  std::int64_t created_at, updated_at;
  std::optional<std::int64_t> expires_at;
  double importance, strength;
  std::int64_t pinned, trust, state;
  std::optional<std::string_view> tags, metadata, provenance;
};

/// Collects what the checksum covers: everything but seq_to, which changes when the version ends. Each field carries its
/// length, so that bytes cannot move from one to the next unnoticed.
class Checksum {
 public:
  Checksum() { XXH3_64bits_reset(&state_); }
  void add(std::int64_t value) { XXH3_64bits_update(&state_, &value, sizeof value); }
  void add(double value) { XXH3_64bits_update(&state_, &value, sizeof value); }
  void add(std::string_view value) {
    add(static_cast<std::int64_t>(value.size()));
    XXH3_64bits_update(&state_, value.data(), value.size());
  }
  template <typename T>
  void add(const std::optional<T>& value) {
    add(static_cast<std::int64_t>(value.has_value()));
    if (value) add(*value);
  }
  [[nodiscard]] std::int64_t digest() const { return static_cast<std::int64_t>(XXH3_64bits_digest(&state_)); }

 private:
  XXH3_state_t state_;
};

std::int64_t checksum_of(const Row& r) {
  Checksum sum;
  const auto each = [&sum](const auto&... fields) { (sum.add(fields), ...); };
  each(r.seq_from, r.id, r.version, r.ns, r.layer, r.key, r.text, r.content, r.user, r.agent, r.session, r.author, r.turn,
       r.event_time, r.event_end, r.time_zone, r.created_at, r.updated_at, r.expires_at, r.importance, r.strength, r.pinned, r.trust,
       r.state, r.tags, r.metadata, r.provenance);
  return sum.digest();
}

std::optional<std::string_view> optional_text(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.text(column));
}

std::vector<std::string> read_tags(const std::optional<std::string_view>& tags) {
  std::vector<std::string> result;
  if (tags) {
    for (const Json& tag : core::take(Json::parse(*tags)).items()) result.push_back(tag.as_string());
  }
  return result;
}

Json read_json(const std::optional<std::string_view>& text) {
  return text ? core::take(Json::parse(*text, std::numeric_limits<std::size_t>::max())) : Json();
}

}  // namespace

MemoryId to_id(std::string_view bytes) {
  std::array<std::uint8_t, 16> id{};
  if (bytes.size() != id.size()) core::fail(StatusCode::kCorruption, "an id of {} bytes", bytes.size());
  std::memcpy(id.data(), bytes.data(), id.size());
  return MemoryId(id);
}

Record read_record(const Statement& row) {
  int c = 0;
  Row r{};
  r.seq_from = row.integer(c++);
  r.seq_to = row.integer(c++);
  r.id = row.blob(c++);
  r.version = row.integer(c++);
  r.ns = row.integer(c++);
  r.layer = row.integer(c++);
  r.key = row.text(c++);
  r.text = row.text(c++);
  r.content = optional_text(row, c++);
  r.user = row.text(c++);
  r.agent = row.text(c++);
  r.session = row.text(c++);
  r.author = row.text(c++);
  r.turn = row.optional_integer(c++);
  r.event_time = row.integer(c++);
  r.event_end = row.optional_integer(c++);
  r.time_zone = row.text(c++);
  r.created_at = row.integer(c++);
  r.updated_at = row.integer(c++);
  r.expires_at = row.optional_integer(c++);
  r.importance = row.real(c++);
  r.strength = row.real(c++);
  r.pinned = row.integer(c++);
  r.trust = row.integer(c++);
  r.state = row.integer(c++);
  r.tags = optional_text(row, c++);
  r.metadata = optional_text(row, c++);
  r.provenance = optional_text(row, c++);
  if (checksum_of(r) != row.integer(c)) {
    core::fail(StatusCode::kCorruption, "versions row {}: its checksum does not hold", r.seq_from);
  }

  Record record;
  record.ns = r.ns;
  Memory& m = record.memory;
  m.id = to_id(r.id);
  m.key = r.key;
  m.layer = static_cast<Layer>(r.layer);
  m.text = r.text;
  m.content = read_json(r.content);
  m.user = r.user;
  m.agent = r.agent;
  m.session = r.session;
  m.author = r.author;
  if (r.turn) m.turn = static_cast<std::uint64_t>(*r.turn);
  m.event_time = core::from_micros(r.event_time);
  if (r.event_end) m.event_end = core::from_micros(*r.event_end);
  m.time_zone = r.time_zone;
  m.created_at = core::from_micros(r.created_at);
  m.updated_at = core::from_micros(r.updated_at);
  if (r.expires_at) m.expires_at = core::from_micros(*r.expires_at);
  m.importance = r.importance;
  m.strength = r.strength;
  m.pinned = r.pinned != 0;
  m.trust = static_cast<Trust>(r.trust);
  m.state = static_cast<State>(r.state);
  m.tags = read_tags(r.tags);
  m.metadata = read_json(r.metadata);
  if (r.provenance) m.provenance = core::to_provenance(read_json(r.provenance));
  m.version = static_cast<std::uint64_t>(r.version);
  m.seq_from = static_cast<Seq>(r.seq_from);
  if (r.seq_to != kCurrent) m.seq_to = static_cast<Seq>(r.seq_to);
  return record;
}

namespace {

/// The JSON columns of a record, which its row points into.
struct JsonTexts {
  std::optional<std::string> content, metadata, provenance, tags;

  explicit JsonTexts(const Memory& m)
      : content(dumped(m.content)), metadata(dumped(m.metadata)), provenance(dumped(core::to_json(m.provenance))) {
    if (!m.tags.empty()) tags = Json::array(std::vector<Json>(m.tags.begin(), m.tags.end())).dump();
  }
  static std::optional<std::string> dumped(const Json& json) { return json.is_null() ? std::optional<std::string>() : json.dump(); }
};

Row row_of(const Record& record, const JsonTexts& texts) {
  const Memory& m = record.memory;
  Row r{};
  r.seq_from = static_cast<std::int64_t>(m.seq_from);
  r.seq_to = kCurrent;
  r.id = id_bytes(m.id);
  r.version = static_cast<std::int64_t>(m.version);
  r.ns = record.ns;
  r.layer = static_cast<std::int64_t>(m.layer);
  r.key = m.key;
  r.text = m.text;
  r.content = texts.content;
  r.user = m.user;
  r.agent = m.agent;
  r.session = m.session;
  r.author = m.author;
  if (m.turn) r.turn = static_cast<std::int64_t>(*m.turn);
  r.event_time = core::to_micros(m.event_time);
  if (m.event_end) r.event_end = core::to_micros(*m.event_end);
  r.time_zone = m.time_zone;
  r.created_at = core::to_micros(m.created_at);
  r.updated_at = core::to_micros(m.updated_at);
  if (m.expires_at) r.expires_at = core::to_micros(*m.expires_at);
  r.importance = m.importance;
  r.strength = m.strength;
  r.pinned = m.pinned ? 1 : 0;
  r.trust = static_cast<std::int64_t>(m.trust);
  r.state = static_cast<std::int64_t>(m.state);
  r.tags = texts.tags;
  r.metadata = texts.metadata;
  r.provenance = texts.provenance;
  return r;
}

}  // namespace

void update_provenance(Connection& connection, const Record& record) {
  const JsonTexts texts(record.memory);
  const Row r = row_of(record, texts);
  Statement update = connection.prepare("UPDATE versions SET provenance = ?, checksum = ? WHERE seq_from = ?");
  texts.provenance ? update.bind_text(*texts.provenance) : update.bind_null();
  update.bind(checksum_of(r)).bind(r.seq_from).run();
}

namespace {

void bind_row(Statement& insert, const Row& r) {
  const auto text = [&insert](std::string_view value) { insert.bind_text(value); };
  const auto optional = [&insert](const std::optional<std::string_view>& value) {
    value ? insert.bind_text(*value) : insert.bind_null();
  };
  insert.bind(r.seq_from).bind(r.seq_to).bind_blob(r.id).bind(r.version).bind(r.ns).bind(r.layer);
  text(r.key);
  text(r.text);
  optional(r.content);
  text(r.user);
  text(r.agent);
  text(r.session);
  text(r.author);
  insert.bind(r.turn).bind(r.event_time).bind(r.event_end);
  text(r.time_zone);
  insert.bind(r.created_at).bind(r.updated_at).bind(r.expires_at).bind(r.importance).bind(r.strength).bind(r.pinned);
  insert.bind(r.trust).bind(r.state);
  optional(r.tags);
  optional(r.metadata);
  optional(r.provenance);
  insert.bind(checksum_of(r));
}

}  // namespace

void insert_record(Connection& connection, const Record& record) {
  const JsonTexts texts(record.memory);
  Statement insert = connection.prepare(
      "INSERT INTO versions VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  bind_row(insert, row_of(record, texts));
  insert.run();
}

bool row_passes(Connection& connection, const Record& record, const Sql& condition) {
  std::string sql = "SELECT 1 FROM (SELECT ";
  for (std::size_t at = 0; at != std::string_view::npos;) {  // "v.id, v.text" gives "? AS id, ? AS text"
    const std::size_t end = kRecordColumns.find(',', at);
    const std::string_view column = kRecordColumns.substr(at, end - at);
    sql += fmt::format("{}? AS {}", at == 0 ? "" : ", ", column.substr(column.find('.') + 1));
    at = end == std::string_view::npos ? end : end + 1;
  }
  sql += ") v WHERE ";
  sql += condition.text;
  const JsonTexts texts(record.memory);
  Statement row = connection.prepare(sql);
  bind_row(row, row_of(record, texts));
  condition.bind_to(row);
  return row.step();
}

std::int64_t fact_checksum(Seq seq_from, NamespaceId ns, std::string_view subject, std::string_view attribute) {
  Checksum sum;
  sum.add(static_cast<std::int64_t>(seq_from));
  sum.add(ns);
  sum.add(subject);
  sum.add(attribute);
  return sum.digest();
}

const std::string_view kRelationColumns = "r.seq_from, r.ns, r.from_id, r.to_id, r.type, r.metadata, r.checksum, c.at";

RelationRow read_relation(const Statement& row) {
  RelationRow read;
  Relation& relation = read.relation;
  const std::optional<std::string_view> metadata = optional_text(row, 5);
  Checksum sum;
  sum.add(row.integer(0));
  sum.add(row.integer(1));
  sum.add(row.blob(2));
  sum.add(row.blob(3));
  sum.add(row.text(4));
  sum.add(metadata);
  if (sum.digest() != row.integer(6)) {
    core::fail(StatusCode::kCorruption, "relations row {}: its checksum does not hold", row.integer(0));
  }
  relation.seq = static_cast<Seq>(row.integer(0));
  read.ns = row.integer(1);
  relation.from = to_id(row.blob(2));
  relation.to = to_id(row.blob(3));
  relation.type = row.text(4);
  relation.metadata = read_json(metadata);
  relation.created_at = core::from_micros(row.integer(7));
  return read;
}

void insert_relation(Connection& connection, const RelationRow& row) {
  const Relation& relation = row.relation;
  const std::string text = relation.metadata.is_null() ? std::string() : relation.metadata.dump();
  const std::optional<std::string_view> metadata = text.empty() ? std::nullopt : std::optional<std::string_view>(text);
  Checksum sum;
  sum.add(static_cast<std::int64_t>(relation.seq));
  sum.add(row.ns);
  sum.add(id_bytes(relation.from));
  sum.add(id_bytes(relation.to));
  sum.add(std::string_view(relation.type));
  sum.add(metadata);
  Statement insert = connection.prepare("INSERT INTO relations VALUES (?,?,?,?,?,?,?,?)");
  insert.bind(static_cast<std::int64_t>(relation.seq)).bind(kCurrent).bind(row.ns);
  insert.bind_blob(id_bytes(relation.from)).bind_blob(id_bytes(relation.to)).bind_text(relation.type);
  metadata ? insert.bind_text(*metadata) : insert.bind_null();
  insert.bind(sum.digest()).run();
}

std::int64_t chunk_checksum(const ChunkRow& chunk, std::string_view body) {
  Checksum sum;
  sum.add(chunk.ns);
  sum.add(static_cast<std::int64_t>(chunk.layer));
  for (const Seq seq : {chunk.after, chunk.last, chunk.sealed}) sum.add(static_cast<std::int64_t>(seq));
  sum.add(static_cast<std::int64_t>(chunk.count));
  sum.add(body);
  return sum.digest();
}

std::int64_t tail_checksum(Seq seq_from, std::string_view terms, std::string_view vectors) {
  Checksum sum;
  sum.add(static_cast<std::int64_t>(seq_from));
  sum.add(terms);
  sum.add(vectors);
  return sum.digest();
}

}  // namespace mnemic::storage
