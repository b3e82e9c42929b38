// SPDX-License-Identifier: Apache-2.0
// From a row to what recall needs of it.
#include "index/doc.hpp"

#include "text/person_names.hpp"
#include "text/tokenizer.hpp"

namespace mnemic::index {

Doc make_doc(const storage::PartitionRow& row) {
  Doc doc;
  doc.seq_from = row.seq_from;
  doc.seq_to = row.seq_to;
  doc.id = row.id;
  doc.event_time = row.event_time;
  if (row.event_end) doc.event_end = *row.event_end;
  if (row.expires_at) doc.expires_at = *row.expires_at;
  doc.length = row.tail->length;
  doc.question = row.tail->question;
  doc.importance = row.importance;
  doc.state = row.state;
  doc.author = text::name_hash(row.author);
  if (row.turn) {
    doc.session = text::term_hash(row.session);
    doc.turn = *row.turn;
  }
  return doc;
}

}  // namespace mnemic::index
