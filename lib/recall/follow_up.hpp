// SPDX-License-Identifier: Apache-2.0
// The built-in Planner: follow-up passes from the first hits, by rules.
#pragma once

#include "text/tokenizer.hpp"

#include <mnemic/recall.hpp>

#include <memory>

namespace mnemic::recall {

/// @param tokenizers  decides which words are the same; must outlive the planner.
std::unique_ptr<Planner> rule_planner(text::TokenizerPool& tokenizers, const RecallOptions& options);

}  // namespace mnemic::recall
