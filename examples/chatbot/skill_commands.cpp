// SPDX-License-Identifier: Apache-2.0
#include "command_list.hpp"
#include "memory_names.hpp"
#include "printing.hpp"

#include <fmt/core.h>

namespace chatbot {
namespace {

void print_skill(const Talk& talk, const mnemic::Skill& skill, std::string_view more) {
  talk.terminal.print_text(fmt::format("  {}  ", talk.terminal.dim(short_name(skill.memory.id))), 4 + kShownName,
                           skill.memory.text);
  std::string about = record_of(skill.memory);
  if (skill.confidence > 0)
    about += fmt::format(", so at least {:.0f} % of the time (95 % sure)", 100 * skill.confidence);
  talk.terminal.print(std::string(4 + kShownName, ' ') + talk.terminal.dim(about + std::string(more)));
}

}  // namespace

void skills(Talk& talk, std::string_view goal) {
  if (goal.empty()) {
    const mnemic::SkillPage page = talk.scope.skills().list().value();
    for (const mnemic::Skill& skill : page) print_skill(talk, skill, "");
    if (page.items.empty()) {
      talk.terminal.print("I know no skills yet. /remember how to make tea: boil water, pour it, wait");
    }
    return;
  }
  const std::vector<mnemic::SkillMatch> best = talk.scope.skills().best_for(goal).value();
  for (const mnemic::SkillMatch& match : best) {
    print_skill(talk, match.skill, fmt::format("; like it by {:.2f}", match.similarity));
  }
  if (best.empty()) talk.terminal.print_text("I know no way to ", 17, goal);
}

}  // namespace chatbot
