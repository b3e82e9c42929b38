// SPDX-License-Identifier: Apache-2.0
// A chatbot that remembers: `chatbot [--store PATH] [--user NAME] [--session S] [--llm-url URL --model NAME] [--demo]`.
#include "burst.hpp"
#include "calendar.hpp"
#include "chat.hpp"
#include "demo_main.hpp"
#include "model.hpp"
#include "terminal.hpp"

#include <mnemic/mnemic.hpp>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>

namespace {

struct Arguments {
  std::string store;
  std::string user;
  std::string session;
  std::string zone;
  std::string burst;  ///< set in the second process of the demonstration
  bool demo = false;
  chatbot::ModelOptions model;
};

void talk(chatbot::Terminal& terminal, const Arguments& arguments) {
  const std::unique_ptr<chatbot::Model> model =
      arguments.model.url.empty() ? nullptr : chatbot::connect_model(arguments.model);
  const chatbot::Calendar calendar(arguments.zone);
  const mnemic::Store store = mnemic::Store::open(arguments.store, {.time_zone = arguments.zone}).value();
  const mnemic::Scope scope =
      store.scope(chatbot::namespace_of(arguments.user), {.user = arguments.user, .agent = "chatbot"}).value();
  const std::string today = calendar.date(chatbot::now());
  const std::string session = arguments.session.empty() ? "chat of " + today : arguments.session;
  terminal.print_text("Everything is kept in ", 22, arguments.store);
  chatbot::Talk talk{store, scope, scope.session(session), calendar, terminal, arguments.user, model.get()};
  chatbot::chat(talk);
}

int run(const std::string& program, Arguments arguments) {
  chatbot::Terminal terminal;
  if (!arguments.burst.empty()) {
    chatbot::run_burst(arguments.burst, arguments.session);
    return 0;
  }
  if (arguments.demo) {
    chatbot::DemoArguments demo{{program}, arguments.store, arguments.user, arguments.zone};
    const int code = chatbot::demo_main(demo, terminal);
    if (code != 0 || !terminal.interactive()) return code;
    terminal.print_text("", 0,
                        fmt::format("The file is yours now, {}. Ask what you like, or tell me more.", demo.user));
    arguments.store = demo.store.string();
    arguments.user = demo.user;
    arguments.zone = demo.zone;
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
  CLI::App app("A chatbot that keeps the talk in one file, and answers from memory or through a model.", "chatbot");
  app.add_option("--store", arguments.store,
                 "the file to keep everything in (chatbot.db; with --demo a new temporary one)");
  app.add_option("--user", arguments.user,
                 "who is talking; each user has a memory of their own (you; with --demo Ada)");
  app.add_option("--session", arguments.session, "the name of this talk (\"chat of\" and today's date)");
  app.add_option("--zone", arguments.zone, "IANA time zone to show times in (this computer's)");
  app.add_flag("--demo", arguments.demo, "show what the memory can do, on a conversation of five months");
  auto* const url = app.add_option("--llm-url", arguments.model.url,
                                   "an OpenAI-compatible endpoint that answers, such as http://127.0.0.1:11434/v1");
  auto* const model = app.add_option("--model", arguments.model.model, "the model to ask for there");
  url->needs(model);
  model->needs(url);
  app.add_option("--llm-key-env", arguments.model.key_variable, "the environment variable that holds the key for it")
      ->needs(url);
  app.add_option("--llm-patience", arguments.model.patience_seconds, "seconds of silence after which it is given up")
      ->needs(url)
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  app.add_option("--burst", arguments.burst)->group("");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(argv[0], std::move(arguments));
  } catch (const std::exception& error) {
    fmt::print(stderr, "chatbot: {}\n", chatbot::clean(error.what()));
    return 1;
  }
}
