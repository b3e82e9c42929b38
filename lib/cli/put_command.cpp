// SPDX-License-Identifier: Apache-2.0
// mnemic put
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace mnemic::cli {
namespace {

struct Arguments {
  StoreArguments store;
  ScopeArguments scope;
  MemoryInput input;  // what needs no reading
  std::string text, layer, trust, metadata, content, event_time, expires;
};

Result<std::string> read_input() {
  std::string text;
  char buffer[65536];
  while (const std::size_t read = std::fread(buffer, 1, sizeof buffer, stdin)) {
    text.append(buffer, read);
    if (text.size() > Limits{}.text_bytes) {
      return Status(StatusCode::kInvalidArgument, fmt::format("text: over {} bytes", Limits{}.text_bytes));
    }
  }
  if (std::ferror(stdin) != 0) return Status(StatusCode::kIo, "standard input could not be read");
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

Result<MemoryInput> read(const Arguments& arguments) {
  MemoryInput input = arguments.input;
  auto text = arguments.text == "-" ? read_input() : Result<std::string>(arguments.text);
  if (!text) return text.status();
  input.text = *std::move(text);
  const auto layer = layer_argument(arguments.layer);
  if (!layer) return layer.status();
  input.layer = layer->value_or(input.layer);
  if (!arguments.trust.empty()) {
    const auto trust = parse_trust(arguments.trust);
    if (!trust) return Status(trust.status().code(), "--trust: " + trust.status().message());
    input.trust = *trust;
  }
  auto metadata = json_argument("--metadata", arguments.metadata);
  if (!metadata) return metadata.status();
  input.metadata = *std::move(metadata);
  auto content = json_argument("--content", arguments.content);
  if (!content) return content.status();
  input.content = *std::move(content);
  const auto event_time = time_argument("--event-time", arguments.event_time);
  if (!event_time) return event_time.status();
  input.event_time = *event_time;
  const auto expires = time_argument("--expires", arguments.expires);
  if (!expires) return expires.status();
  input.expires_at = *expires;
  return input;
}

Result<Written> put(const Arguments& arguments) {
  auto input = read(arguments);
  if (!input) return input.status();
  auto store = arguments.store.open(Use::kCreate);
  if (!store) return store.status();
  const auto scope = arguments.scope.mint(*store);
  if (!scope) return scope.status();
  Batch batch;
  batch.put(*std::move(input));
  auto written = scope->write(batch);
  if (!written) return written.status();
  if (Status closed = store->close(); !closed) return closed;
  return written->front();
}

int run(const Arguments& arguments, Console& console) {
  const auto written = put(arguments);
  if (!written) return console.fail(written.status());
  if (console.json) {
    console.print(
        Json::object({{"id", written->id.to_string()}, {"version", written->version}, {"seq", written->seq}}));
  } else {
    console.line(written->id.to_string());
  }
  return 0;
}

}  // namespace

void add_put(const Frame& frame) {
  CLI::App& command = new_command(frame, "put", "Store one memory; with a key, replace the one that has it");
  auto arguments = std::make_shared<Arguments>();
  MemoryInput& input = arguments->input;
  arguments->store.add_to(command, Use::kCreate);
  command.add_option("TEXT", arguments->text, "What is to be remembered; - reads standard input")->required();
  arguments->scope.add_to(command, Use::kCreate);
  command.add_option("--key", input.key, "Your own id, unique per namespace and layer");
  command.add_option("--layer", arguments->layer, "conversational, episodic, semantic (default) or procedural");
  command.add_option("--user", input.user, "Whom it is about");
  command.add_option("--agent", input.agent, "Which agent stores it");
  command.add_option("--session", input.session, "Conversation it belongs to");
  command.add_option("--author", input.author, "Who said it: a role or a name");
  command.add_option("--tag", input.tags, "A tag; may be repeated")->allow_extra_args(false);
  command.add_option("--metadata", arguments->metadata, "JSON object, filterable as metadata.<path>");
  command.add_option("--content", arguments->content, "JSON kept verbatim");
  command.add_option("--importance", input.importance, "From 0 to 1")->capture_default_str();
  command.add_flag("--pinned", input.pinned, "Always offered to a prompt");
  command.add_option("--trust", arguments->trust, "external (default), model, tool, user or operator");
  command.add_option("--event-time", arguments->event_time, "When it happened: 2026-05-08T13:56:00Z; default now");
  command.add_option("--expires", arguments->expires, "When it stops being read");
  command.footer("Prints the id.");
  choose(frame, command, arguments, run);
}

}  // namespace mnemic::cli
