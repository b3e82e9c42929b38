// SPDX-License-Identifier: Apache-2.0
// A chatbot that remembers: `chatbot [--store PATH] [--user NAME] [--session S] [--demo]`.
#include "burst.hpp"
#include "calendar.hpp"
#include "chat.hpp"
#include "demonstration.hpp"
#include "terminal.hpp"

#include <mnemic/mnemic.hpp>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace {

struct Arguments {
  std::string store;
  std::string user;
  std::string session;
  std::string zone;
  std::string burst;  ///< set in the second process of the demonstration
  bool demo = false;
};

void talk(chatbot::Terminal& terminal, const Arguments& arguments) {
  const chatbot::Calendar calendar(arguments.zone);
  const mnemic::Store store = mnemic::Store::open(arguments.store, {.time_zone = arguments.zone}).value();
  const mnemic::Scope scope =
      store.scope(chatbot::namespace_of(arguments.user), {.user = arguments.user, .agent = "chatbot"}).value();
  const std::string today =
      calendar.date(std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()));
  const std::string session = arguments.session.empty() ? "chat of " + today : arguments.session;
  terminal.print_text("Everything is kept in ", 22, arguments.store);
  chatbot::Talk talk{store, scope, scope.session(session), calendar, terminal, arguments.user};
  chatbot::chat(talk);
}

int run(const std::string& program, Arguments arguments) {
  chatbot::Terminal terminal;
  if (!arguments.burst.empty()) {
    chatbot::run_burst(arguments.burst, arguments.session);
    return 0;
  }
  if (arguments.demo) {
    if (arguments.store == ":memory:") throw std::invalid_argument("the demonstration needs a file, not :memory:");
    if (arguments.store.empty()) arguments.store = (chatbot::fresh_directory() / "agent.db").string();
    if (arguments.zone.empty()) arguments.zone = "Europe/Lisbon";  // where the conversation was held
    if (arguments.user.empty()) arguments.user = "Ada";            // who held it
    const chatbot::Calendar calendar(arguments.zone);
    const bool kept = chatbot::demonstrate(terminal, calendar, {program, arguments.store, arguments.user});
    if (!kept) return 1;
    if (!terminal.interactive()) return 0;
    terminal.print_text("", 0,
                        fmt::format("The file is yours now, {}. Ask what you like, or tell me more.", arguments.user));
  }
  if (arguments.store.empty()) arguments.store = "chatbot.db";
  if (arguments.zone.empty()) arguments.zone = chatbot::system_zone();
  if (arguments.user.empty()) arguments.user = "you";
  talk(terminal, arguments);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("A chatbot that keeps the talk in one file and answers from memory, offline.", "chatbot");
  app.add_option("--store", arguments.store,
                 "the file to keep everything in (chatbot.db; with --demo a new temporary one)");
  app.add_option("--user", arguments.user,
                 "who is talking; each user has a memory of their own (you; with --demo Ada)");
  app.add_option("--session", arguments.session, "the name of this talk (\"chat of\" and today's date)");
  app.add_option("--zone", arguments.zone, "IANA time zone to show times in (this computer's)");
  app.add_flag("--demo", arguments.demo, "show what the memory can do, on a conversation of five months");
  app.add_option("--burst", arguments.burst)->group("");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(argv[0], std::move(arguments));
  } catch (const std::exception& error) {
    fmt::print(stderr, "chatbot: {}\n", chatbot::clean(error.what()));
    return 1;
  }
}
