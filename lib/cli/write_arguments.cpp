// SPDX-License-Identifier: Apache-2.0
#include "cli/write_arguments.hpp"

#include <CLI/CLI.hpp>

namespace mnemic::cli {

void WriteArguments::add_to(CLI::App& command) {
  command.add_option("--source", sources, "Id of a memory it comes from; may be repeated")->allow_extra_args(false);
  command.add_option("--trust", trust,
                     "external, model, tool, user or operator; never more than the least of its sources");
  command.add_option("--session", session, "Conversation it belongs to");
  command.add_option("--importance", importance, "From 0 to 1")->capture_default_str();
  command.add_flag("--pinned", pinned, "Always offered to a prompt");
  command.add_option("--tag", tags, "A tag; may be repeated")->allow_extra_args(false);
  command.add_option("--metadata", metadata, "JSON object, filterable as metadata.<path>");
}

}  // namespace mnemic::cli
