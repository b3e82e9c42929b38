// SPDX-License-Identifier: Apache-2.0
// Which part of a long text a query is about.
#pragma once

#include "recall/search.hpp"
#include "storage/tail.hpp"
#include "text/tokenizer.hpp"

#include <mnemic/recall/hit.hpp>

#include <optional>
#include <string>

namespace mnemic::recall {

/// The passage whose vector is nearest to the request's; without vectors the one with most of its terms, the first of several.
/// Unset for a text that is not split. @cost O(bytes) without vectors
std::optional<Passage> best_passage(const std::string& text, const storage::Tail& tail, const SearchRequest& request,
                                    text::TokenizerPool& tokenizers);

}  // namespace mnemic::recall
