// SPDX-License-Identifier: Apache-2.0
// Answers from memory alone: recall over all layers, keep what is worth saying.
#pragma once

#include <mnemic/mnemic.hpp>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace chatbot {

/// What of a turn is so no more: facts that were taken from it and have ended.
struct Outdated {
  mnemic::Timestamp since{};
  std::string what = {};  ///< the facts, as sentences
  bool wholly = true;     ///< none of its facts holds any more
};

/// What was recalled for one line of the talk, kept for `/why` and `/forget`.
struct Answer {
  mnemic::Query query;
  mnemic::RecallOptions options;
  std::vector<mnemic::Hit> hits;  ///< only what is worth showing; [1] is the first
  /// Turns among the hits that say what is so no more. They stand behind the others where that matters.
  std::map<mnemic::MemoryId, Outdated> outdated;
  std::chrono::microseconds took{};
};

/// What a line is searched in: everything said but questions and our own replies, and the other three layers.
mnemic::Filter statements();

/// How it is searched: the places of each layer among the hits.
mnemic::RecallOptions recall_options();

/// The best remembered lines, facts, episodes and skills for a question; no hits when nothing is close enough. For "how
/// do I …" the skill that is known best to work comes first.
/// @throws mnemic::Error
Answer answer(const mnemic::Scope& scope, std::string_view question);

/// One memory that has clearly to do with a statement, or none. Ask before the statement is stored.
/// @throws mnemic::Error
Answer related(const mnemic::Scope& scope, std::string_view statement);

/// Finds the turns among `hits` that say what is so no more, and puts those behind the others of which nothing holds,
/// or of which a fact among the hits says what is so instead.
/// @throws mnemic::Error
std::map<mnemic::MemoryId, Outdated> put_outdated_last(const mnemic::Scope& scope, std::vector<mnemic::Hit>& hits);

}  // namespace chatbot
