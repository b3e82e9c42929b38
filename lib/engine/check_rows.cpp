// SPDX-License-Identifier: Apache-2.0
#include "engine/check_rows.hpp"

#include "core/error.hpp"
#include "engine/job_context.hpp"
#include "engine/space_settings.hpp"
#include "layers/semantic/fact.hpp"

#include <algorithm>
#include <cmath>

namespace mnemic::engine {
namespace {

using storage::Record;
using storage::Tail;

bool same_words(const Tail& a, const Tail& b) {
  const auto same = [](const storage::TermCount& x, const storage::TermCount& y) { return x.term == y.term && x.count == y.count; };
  return a.length == b.length && a.question == b.question && std::equal(a.terms.begin(), a.terms.end(), b.terms.begin(), b.terms.end(), same);
}

/// Of length 1, but for what rounding each of the d values by half a step can make of it.
bool of_unit_length(std::span<const std::int16_t> codes) {
  double squares = 0;
  for (const std::int16_t code : codes) squares += static_cast<double>(code) * code;
  const double length = std::sqrt(squares) / static_cast<double>(storage::kCodeScale);
  const double rounding = 0.5 * std::sqrt(static_cast<double>(codes.size())) / static_cast<double>(storage::kCodeScale);
  return std::abs(length - 1) <= rounding + 1e-9;
}

bool in_text(const storage::CodedVector& vector, std::string_view text) {
  return (vector.begin == 0 && vector.end == 0) || (vector.begin < vector.end && vector.end <= text.size());
}

bool same(const std::optional<storage::FactKey>& a, const std::optional<storage::FactKey>& b) {
  return a.has_value() == b.has_value() && (!a || (a->subject == b->subject && a->attribute == b->attribute));
}

}  // namespace

RowCheck::RowCheck(StoreImpl& store, storage::Reader& reader, CheckReport& report) : store_(store), reader_(reader), report_(report) {
  for (const storage::SpaceRow& space : reader.spaces()) dimensions_.emplace(space.id, space.space.dimension);
}

void RowCheck::add(std::string_view table, Seq seq_from, std::string what) {
  storage::add_issue(report_, fmt::format("{} row {}", table, seq_from), std::move(what));
}

void RowCheck::look_at(const Record* record, const Tail* tail, Seq seq_from) {
  if (record == nullptr) return;  // nothing to compare with
  tail == nullptr ? mendable_.words.push_back(seq_from) : look_at_words(*record, *tail);
  if (tail != nullptr) look_at_vectors(*record, *tail);
  look_at_fact(*record);
}

void RowCheck::look_at_words(const Record& record, const Tail& tail) {
  Tail made;
  tokenize_document(store_.tokenizers, record.memory.text, made);
  if (same_words(made, tail)) return;
  add("tail", record.memory.seq_from, "has other words than its text");
  mendable_.words.push_back(record.memory.seq_from);
}

void RowCheck::look_at_vectors(const Record& record, const Tail& tail) {
  for (const storage::CodedVector& vector : tail.vectors) {
    const auto space = dimensions_.find(vector.space);
    const char* what = nullptr;
    if (space == dimensions_.end()) what = "has a vector of a space that is missing";
    else if (space->second != vector.codes.size()) what = "has a vector of another dimension than its space";
    else if (!of_unit_length(vector.codes)) what = "has a vector that is not of length 1";
    else if (!in_text(vector, record.memory.text)) what = "has the vector of a passage that is not in its text";
    if (what != nullptr) return add("tail", record.memory.seq_from, what);
  }
}

void RowCheck::look_at_fact(const Record& record) {
  const auto key = layers::fact_key(record.memory.layer, record.memory.metadata);
  const auto row = reader_.fact_row(record.memory.seq_from);
  if (same(key, row)) return;
  add("facts", record.memory.seq_from, row ? "is not what its metadata says" : "is missing");
  mendable_.facts.push_back(record.memory.seq_from);
}

void mend_rows(StoreImpl& store, storage::Writer& writer, const Mendable& mendable) {
  bool lost_vectors = false;
  for (const Seq seq_from : mendable.words) {
    Tail tail;
    try {
      tail = writer.tail(seq_from);
    } catch (const core::StatusError& error) {
      if (error.status().code() != StatusCode::kCorruption) throw;
      tail = {};
      lost_vectors = true;
    }
    tokenize_document(store.tokenizers, writer.version(seq_from).memory.text, tail);
    writer.replace_tail(seq_from, tail);
  }
  for (const Seq seq_from : mendable.facts) {
    Record record = writer.version(seq_from);
    record.fact = layers::fact_key(record.memory.layer, record.memory.metadata);
    writer.replace_fact(record);
  }
  writer.rows_removed();
  if (!lost_vectors) return;
  for (const storage::SpaceId space : SpaceSettings::read(writer).all()) writer.set_setting(embedded_setting(space), "0");  // embed them again
}

}  // namespace mnemic::engine
