// SPDX-License-Identifier: Apache-2.0
// A Reranker's numbers, asked for within their budget and blended into scores.
#pragma once

#include "recall/deadline.hpp"
#include "recall/search.hpp"

#include <mnemic/recall.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::recall {

/// What the reranker gave memories, by the version that was shown to it.
using Reranked = std::map<Seq, double>;

/// The numbers of the first of `texts`, as many as the budget allows.
/// @throws StatusError naming the reranker, unless it cannot be asked now
std::vector<double> ask_reranker(const RerankOptions& options, std::string_view query, const std::vector<std::string>& texts,
                                 const SteadyNow& now, Deadline& deadline);

/// Blends them into the scores (RerankOptions) and puts `ranked` in their order.
void rerank(std::vector<Found>& ranked, const Reranked& reranked, double weight);

}  // namespace mnemic::recall
