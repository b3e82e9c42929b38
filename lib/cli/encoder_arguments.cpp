// SPDX-License-Identifier: Apache-2.0
#include "cli/encoder_arguments.hpp"

#include "cli/store_arguments.hpp"

#include <CLI/CLI.hpp>

#ifdef MNEMIC_CLI_ENCODER
#include <mnemic/encoder/transformer.hpp>
#endif

namespace mnemic::cli {

void EncoderArguments::add_to(CLI::App& command) {
  auto* option = command.add_option("--encoder", directory, "Instead of --embedder: the directory of a sentence encoder");
  command.add_option("--query-prefix", query_prefix, "What it is given before each query")->needs(option);
  command.add_option("--passage-prefix", passage_prefix, "What it is given before every other text")->needs(option);
  command.add_option("--threads", threads, "At work in a call of many texts, 1 to 256")->needs(option)->capture_default_str();
}

Result<std::shared_ptr<Embedder>> EncoderArguments::load() const {
#ifdef MNEMIC_CLI_ENCODER
  auto embedder = encoder::transformer_embedder(
      directory, {.query_prefix = query_prefix, .passage_prefix = passage_prefix, .threads = threads});
  if (!embedder) return in_option("--encoder", embedder.status());
  return embedder;
#else
  return Status(StatusCode::kUnsupported, "--encoder: this command was built without mnemic::encoder");
#endif
}

}  // namespace mnemic::cli
