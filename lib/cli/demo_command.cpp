// SPDX-License-Identifier: Apache-2.0
// mnemic demo: the chatbot's demonstration.
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"

#include <chatbot/burst.hpp>
#include <chatbot/demo_main.hpp>
#include <chatbot/terminal.hpp>

#include <stdexcept>
#include <system_error>

namespace mnemic::cli {
namespace {

struct Arguments {
  std::string program;
  std::string store, user, zone;
  std::string burst, session;  // set in the second process, which is killed
};

int show(const Arguments& arguments) {
  if (!arguments.burst.empty()) {
    chatbot::run_burst(arguments.burst, arguments.session);
    return 0;
  }
  const chatbot::Terminal terminal;
  chatbot::DemoArguments demo{{arguments.program, "demo"}, arguments.store, arguments.user, arguments.zone};
  return chatbot::demo_main(demo, terminal) == 0 ? 0 : static_cast<int>(StatusCode::kInternal);
}

int run(const Arguments& arguments, Console& console) {
  if (!arguments.zone.empty()) {
    const auto known = parse_local_time("2026-05-08", arguments.zone);
    if (!known) return console.fail(in_option("--zone", known.status()));
  }
  try {
    return show(arguments);
  } catch (const Error& error) {
    return console.fail(error.status());
  } catch (const std::invalid_argument& error) {
    return console.fail(Status(StatusCode::kInvalidArgument, error.what()));
  } catch (const std::system_error& error) {
    return console.fail(Status(StatusCode::kIo, error.what(), error.code().value()));
  }
}

}  // namespace

void add_demo(const Frame& frame) {
  CLI::App& command = *frame.app.add_subcommand("demo", "Show what a memory does, on a conversation of five months");
  auto arguments = std::make_shared<Arguments>();
  arguments->program = frame.program;
  command.add_option("--store", arguments->store, "The file to make or go on with; default a new temporary one")
      ->check(not_empty());
  command.add_option("--user", arguments->user, "Who held the conversation; default Ada")->check(not_empty());
  command.add_option("--zone", arguments->zone, "IANA zone to show times in; default Europe/Lisbon")
      ->check(not_empty());
  command.add_option("--burst", arguments->burst)->group("");
  command.add_option("--session", arguments->session)->group("");
  command.footer(
      "For people: there is no --json. It starts a second process of its own and kills it, to show that nothing\n"
      "acknowledged is lost. It says where the file is, which stays. Exit code 13 when a promise was not kept.");
  choose(frame, command, arguments, run);
}

}  // namespace mnemic::cli
