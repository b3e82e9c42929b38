// SPDX-License-Identifier: Apache-2.0
// Answers from memory alone: recall, keep what is worth saying, say who said it and when.
#pragma once

#include "calendar.hpp"
#include "terminal.hpp"

#include <mnemic/mnemic.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace chatbot {

/// What was recalled for one line of the talk, kept for `/why` and `/forget`.
struct Answer {
  mnemic::Query query;
  mnemic::RecallOptions options;
  std::vector<mnemic::Hit> hits;  ///< only what is worth showing; [1] is the first
  std::chrono::microseconds took{};
};

/// What a question is searched in: everything said, but for other questions and our own replies.
mnemic::Filter statements();

/// The best remembered lines for a question; no hits when nothing is close enough.
/// @throws mnemic::Error
Answer answer(const mnemic::Scope& scope, std::string_view question);

/// One memory that has clearly to do with a statement, or none. Ask before the statement is stored.
/// @throws mnemic::Error
Answer related(const mnemic::Scope& scope, std::string_view statement);

/// "Ada, 7 March 2026, 09:41, in job-offer", cleaned.
std::string citation(const mnemic::Memory& memory, const Calendar& calendar);

/// Prints "[1] text" with its citation.
void print_hit(const Terminal& terminal, const Calendar& calendar, std::size_t number, const mnemic::Memory& memory);

/// Prints what each part added to a score: "words 0.52 (bm25 7.31, 1st) + vector …".
void print_parts(const Terminal& terminal, double score, const mnemic::ScoreParts& parts);

/// Prints a verdict with its numbers.
void print_explanation(const Terminal& terminal, const mnemic::Explanation& explanation);

/// "412 µs", "3.1 ms".
std::string duration(std::chrono::microseconds time);

}  // namespace chatbot
