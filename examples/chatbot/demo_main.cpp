// SPDX-License-Identifier: Apache-2.0
#include "demo_main.hpp"

#include "calendar.hpp"
#include "demonstration.hpp"

#include <stdexcept>

namespace chatbot {

int demo_main(DemoArguments& arguments, const Terminal& terminal) {
  if (arguments.store == ":memory:") throw std::invalid_argument("the demonstration needs a file, not :memory:");
  if (arguments.store.empty()) arguments.store = fresh_directory() / "agent.db";
  if (arguments.zone.empty()) arguments.zone = "Europe/Lisbon";
  if (arguments.user.empty()) arguments.user = "Ada";
  const Calendar calendar(arguments.zone);
  return demonstrate(terminal, calendar, {arguments.program, arguments.store, arguments.user}) ? 0 : 1;
}

}  // namespace chatbot
