// SPDX-License-Identifier: Apache-2.0
#include "cli/store_arguments.hpp"

#include "cli/dates.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace mnemic::cli {

Status in_option(std::string_view option, const Status& status) {
  if (status) return status;
  return Status(status.code(), fmt::format("{}: {}", option, status.message()));
}

void add_embedder_option(CLI::App& command, std::string& name) {
  command.add_option("--embedder", name, "What turns text into vectors: builtin, hashed, or none (words only)")
      ->check(CLI::IsMember({"builtin", "hashed", "none"}))
      ->capture_default_str();
}

std::shared_ptr<Embedder> embedder_named(std::string_view name) {
  if (name == "none") return nullptr;
  return name == "hashed" ? hashed_embedder() : default_embedder();
}

void StoreArguments::add_to(CLI::App& command, Use use) {
  command.add_option("STORE", path, "The store's file")->required();
  add_embedder_option(command, embedder);
  command.add_option("--language", language, "Language of the store's words, fixed when it is made")
      ->capture_default_str();
  command.add_option("--busy-timeout", busy_timeout_ms, "Milliseconds to wait for other processes")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command.add_option("--time-zone", time_zone, "IANA zone of times that state none, and that new memories remember")
      ->capture_default_str();
  key.add_to(command);
  if (use == Use::kRead) return;
  command.add_option("--durability", durability, "full: a power cut loses nothing; relaxed: it may lose the newest")
      ->check(CLI::IsMember({"full", "relaxed"}))
      ->capture_default_str();
}

Result<std::string> secret_from(const std::string& file, std::string_view option) {
  if (file.empty()) return std::string();
  std::ifstream in(file, std::ios::binary);
  std::string secret((std::istreambuf_iterator<char>(in)), {});
  if (!in) return Status(StatusCode::kNotFound, fmt::format("{}: cannot be read", option));
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) return Status(StatusCode::kInvalidArgument, fmt::format("{}: the file holds no secret", option));
  return secret;
}

void KeyArgument::add_to(CLI::App& command) {
  command.add_option("--key-file", file, "A file with the key of an encrypted store; without it MNEMIC_KEY of the environment, if that is set");
}

Result<std::string> KeyArgument::key() const {
  if (!file.empty()) return secret_from(file, "--key-file");
  const char* const given = std::getenv("MNEMIC_KEY");
  return std::string(given != nullptr ? given : "");
}

Result<Store> StoreArguments::open(Use use) const {
  const auto options = this->options(use);
  if (!options) return options.status();
  return Store::open(path, *options);
}

Result<Options> StoreArguments::options(Use use) const {
  auto secret = key.key();
  if (!secret) return secret.status();
  Options options;
  options.key = *std::move(secret);
  options.access = use == Use::kRead ? Access::kReadOnly : Access::kReadWrite;
  options.create = use == Use::kCreate;
  options.embedder = embedder_named(embedder);
  options.language = language;
  options.time_zone = time_zone;
  options.durability = durability == "relaxed" ? Durability::kRelaxed : Durability::kFull;
  options.busy_timeout = std::chrono::milliseconds(busy_timeout_ms);
  return options;
}

Result<std::optional<Timestamp>> StoreArguments::time(std::string_view option, const std::string& text) const {
  auto time = end_time(option, text);
  if (!time || *time != kOpenEnd) return time;
  return Status(StatusCode::kInvalidArgument, fmt::format("{}: an open end is no time", option));
}

Result<std::optional<Timestamp>> StoreArguments::end_time(std::string_view option, const std::string& text) const {
  if (text.empty()) return std::optional<Timestamp>();
  if (const auto zone = parse_local_time("2026-05-08", time_zone); !zone) {
    return in_option("--time-zone", zone.status());
  }
  if (const auto time = parse_local_date(text, time_zone)) return time;
  return Status(StatusCode::kInvalidArgument,
                fmt::format("{}: expected a time such as 2026-05-08T13:56:00Z or 2026-05-08", option));
}

void ScopeArguments::add_to(CLI::App& command, Use use) {
  command.add_option("-s,--scope", name, "The namespace, as printed: acme/ada")->required();
  if (use != Use::kRead) return;
  auto* below = command.add_flag("--subtree", subtree, "Also read what lies below the namespace");
  command.add_flag("--granted", granted, "Also read the namespaces granted to it")->excludes(below);
}

void ScopeArguments::add_actor_to(CLI::App& command) {
  command.add_option("--user", user, "Whom it is about");
  command.add_option("--agent", agent, "Which agent writes it");
}

Result<Scope> ScopeArguments::mint(const Store& store) const {
  const auto parsed = Namespace::parse(name);
  if (!parsed) return in_option("--scope", parsed.status());
  ScopeOptions options{.user = user, .agent = agent};
  options.reach = subtree ? Reach::kSubtree : granted ? Reach::kGranted : Reach::kOwn;
  return store.scope(*parsed, options);
}

CLI::Option* FilterArgument::add_to(CLI::App& command) {
  return command.add_option("-w,--where", json, R"(Filter as JSON: {"tags": "food", "importance": {"$gte": 0.5}})");
}

Result<Filter> FilterArgument::filter() const {
  if (!given()) return Filter();
  const auto parsed = json_argument("--where", json);
  if (!parsed) return parsed.status();
  auto filter = Filter::from_json(*parsed);
  if (!filter) return in_option("--where", filter.status());
  return filter;
}

Result<std::optional<Layer>> layer_argument(const std::string& name) {
  if (name.empty()) return std::optional<Layer>();
  const auto layer = parse_layer(name);
  if (!layer) return in_option("--layer", layer.status());
  return std::optional<Layer>(*layer);
}

Result<std::optional<Trust>> trust_argument(const std::string& name) {
  if (name.empty()) return std::optional<Trust>();
  const auto trust = parse_trust(name);
  if (!trust) return in_option("--trust", trust.status());
  return std::optional<Trust>(*trust);
}

Result<Json> json_argument(std::string_view option, const std::string& text) {
  if (text.empty()) return Json();
  auto json = Json::parse(text, Limits{}.content_depth);
  if (!json) return in_option(option, json.status());
  return json;
}

Result<std::vector<MemoryId>> id_arguments(const std::vector<std::string>& texts, std::string_view option) {
  std::vector<MemoryId> ids;
  for (const std::string& text : texts) {
    const auto id = id_argument(text, option);
    if (!id) return id.status();
    ids.push_back(*id);
  }
  return ids;
}

Result<MemoryId> id_argument(const std::string& text, std::string_view option) {
  auto id = MemoryId::parse(text);
  if (!id) return in_option(option, id.status());
  return id;
}

}  // namespace mnemic::cli
