// SPDX-License-Identifier: Apache-2.0
// Skills from talk: "how do I …?" asks for one, "that worked" says how it went, "how to …: a, b, c" teaches one.
#pragma once

#include <mnemic/layers/skills.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatbot {

/// What somebody wants to do who asks "how do I …?" or "how to …"; nothing for any other line.
std::optional<std::string> goal_asked_for(std::string_view question);

/// What a line says about something tried, when it says nothing else: "that worked", "it didn't work".
std::optional<mnemic::Outcome> outcome_told(std::string_view line);

/// "how to GOAL: step, step, step" (or steps between semicolons).
struct Lesson {
  std::string goal;
  std::vector<mnemic::Step> steps;
};
std::optional<Lesson> lesson_in(std::string_view text);

}  // namespace chatbot
