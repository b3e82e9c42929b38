// SPDX-License-Identifier: Apache-2.0
#include "skill_talk.hpp"
#include "support/catch.hpp"

#include <string_view>

using mnemic::Outcome;

TEST_CASE("skill talk: what is asked for") {
  CHECK(chatbot::goal_asked_for("How do I reset the router?") == "reset the router");
  CHECK(chatbot::goal_asked_for("how can we make tea") == "make tea");
  CHECK(chatbot::goal_asked_for("How to make tea?") == "make tea");
  for (const std::string_view line :
       {"How is the router?", "How many bees do I have?", "I know how to make tea", "How do I?", ""}) {
    CAPTURE(line);
    CHECK_FALSE(chatbot::goal_asked_for(line));
  }
}

TEST_CASE("skill talk: how it went") {
  for (const std::string_view line :
       {"That worked", "that worked!", "Yes, that worked, thanks.", "It worked. Thank you!"}) {
    CAPTURE(line);
    CHECK(chatbot::outcome_told(line) == Outcome::kSuccess);
  }
  for (const std::string_view line : {"It didn't work", "no, that did not work.", "That doesn’t work", "it failed"}) {
    CAPTURE(line);
    CHECK(chatbot::outcome_told(line) == Outcome::kFailure);
  }
  for (const std::string_view line : {"That worked?", "That worked for Ben.", "I worked all day",
                                      "It worked until I came. Then not.", "", "Did it work?"}) {
    CAPTURE(line);
    CHECK_FALSE(chatbot::outcome_told(line));
  }
}

TEST_CASE("skill talk: a lesson") {
  const auto lesson =
      chatbot::lesson_in("how to reset the router: pull the plug, then wait a minute, and then plug it in.");
  REQUIRE(lesson);
  CHECK(lesson->goal == "reset the router");
  REQUIRE(lesson->steps.size() == 3);
  CHECK(lesson->steps[0].tool == "pull the plug");
  CHECK(lesson->steps[1].tool == "wait a minute");
  CHECK(lesson->steps[2].tool == "plug it in");

  const auto semicolons = chatbot::lesson_in("How to make tea: boil water, a litre; pour it");
  REQUIRE(semicolons);
  CHECK(semicolons->steps.size() == 2);

  for (const std::string_view text :
       {"how to make tea", "how to make tea: , ,", "tea: boil, pour", "how to: boil", ""}) {
    CAPTURE(text);
    CHECK_FALSE(chatbot::lesson_in(text));
  }
}
