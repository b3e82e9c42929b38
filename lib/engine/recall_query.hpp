// SPDX-License-Identifier: Apache-2.0
// From what the caller asks to what is searched: checks, terms, vector, window; then what only the transaction knows.
#pragma once

#include "engine/scope_impl.hpp"
#include "recall/deadline.hpp"
#include "recall/search.hpp"

#include <mnemic/recall.hpp>

#include <memory>
#include <string>
#include <vector>

namespace mnemic::engine {

/// A query that was checked, tokenised and embedded: all that is done before the transaction.
struct PlannedQuery {
  std::vector<std::string> terms;
  recall::SearchRequest request;
  std::string vector_space;  // of the caller's vector; looked up inside the transaction
  std::shared_ptr<const Embedders> embedders;  // those the query was embedded with
  const KnownEmbedder* own = nullptr;  // of them, when the vector is in the own space
};

/// @throws StatusError kInvalidArgument naming the field
void check(const Query& query, const RecallOptions& options, const Limits& limits);
/// @throws StatusError kInvalidArgument unless it ends after it begins
void check_window(std::string_view field, const TimeWindow& window);

/// `query.where` and the scope must outlive the answer. Leaves the vector out when the time is over; null: never.
PlannedQuery plan(const ScopeImpl& scope, const Query& query, const RecallOptions& options, recall::Deadline* deadline);

/// What only the transaction knows: the snapshot, the namespaces, the space's number.
void bind(const ScopeImpl& scope, storage::Reader& reader, PlannedQuery& planned);

}  // namespace mnemic::engine
