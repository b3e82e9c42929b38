// SPDX-License-Identifier: Apache-2.0
// What was recalled, as lines of the terminal: who said it and when, since when a fact holds, how often a skill worked,
// and what made up a score.
#pragma once

#include "answers.hpp"
#include "calendar.hpp"
#include "terminal.hpp"

#include <mnemic/mnemic.hpp>

#include <chrono>
#include <string>

namespace chatbot {

/// "Ada, 7 March 2026, 09:41, in job-offer" of a turn, "fact, proposed, since 7 March 2026", "skill, worked 3 of 4";
/// cleaned.
std::string citation(const mnemic::Memory& memory, const Calendar& calendar);

/// Prints "[1] text" with its citation.
void print_hit(const Terminal& terminal, const Calendar& calendar, std::size_t number, const mnemic::Memory& memory);

/// Prints all hits of an answer, and which of them are outdated.
void print_hits(const Terminal& terminal, const Calendar& calendar, const Answer& answer);

/// Prints what each part added to a score: "words 0.52 (bm25 7.31, 1st) + vector …".
void print_parts(const Terminal& terminal, double score, const mnemic::ScoreParts& parts);

/// Prints a verdict with its numbers.
void print_explanation(const Terminal& terminal, const mnemic::Explanation& explanation);

/// How a skill went: "worked 3 of 4", "not tried yet".
std::string record_of(const mnemic::Memory& skill);

/// "412 µs", "3.1 ms".
std::string duration(std::chrono::microseconds time);

}  // namespace chatbot
