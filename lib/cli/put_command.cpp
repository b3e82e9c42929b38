// SPDX-License-Identifier: Apache-2.0
// mnemic put
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/text_input.hpp"

namespace mnemic::cli {
namespace {

struct Arguments {
  StoreArguments store;
  ScopeArguments scope;
  MemoryInput input;  // what needs no reading
  std::string text, layer, trust, metadata, content, event_time, event_end, expires;
};

Result<MemoryInput> read(const Arguments& arguments) {
  MemoryInput input = arguments.input;
  auto text = text_argument(arguments.text);
  if (!text) return text.status();
  input.text = *std::move(text);
  const auto layer = layer_argument(arguments.layer);
  if (!layer) return layer.status();
  input.layer = layer->value_or(input.layer);
  const auto trust = trust_argument(arguments.trust);
  if (!trust) return trust.status();
  input.trust = trust->value_or(input.trust);
  auto metadata = json_argument("--metadata", arguments.metadata);
  if (!metadata) return metadata.status();
  input.metadata = *std::move(metadata);
  auto content = json_argument("--content", arguments.content);
  if (!content) return content.status();
  input.content = *std::move(content);
  const auto event_time = arguments.store.time("--event-time", arguments.event_time);
  if (!event_time) return event_time.status();
  input.event_time = *event_time;
  const auto event_end = arguments.store.end_time("--event-end", arguments.event_end);
  if (!event_end) return event_end.status();
  input.event_end = *event_end;
  const auto expires = arguments.store.time("--expires", arguments.expires);
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
  command.add_option("--event-end", arguments->event_end, "When it ended, or stopped being true; open: not yet");
  command.add_option("--expires", arguments->expires, "When it stops being read");
  command.footer("Prints the id.");
  choose(frame, command, arguments, run);
}

}  // namespace mnemic::cli
