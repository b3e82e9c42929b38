// SPDX-License-Identifier: Apache-2.0
// The arguments that many commands share, and what they open.
#pragma once

#include <mnemic/store.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace mnemic::cli {

/// What a command does to the file.
enum class Use : std::uint8_t {
  kRead,    ///< opened read-only
  kChange,  ///< opened for writing, must exist
  kCreate,  ///< opened for writing, made when absent
};

/// A secret from a file, without the line end that closes it; "" for no file.
Result<std::string> secret_from(const std::string& file, std::string_view option);

/// `--key-file`: the key of an encrypted store. Never on the command line, where every user of the machine could read it.
struct KeyArgument {
  std::string file;

  void add_to(CLI::App& command);
  /// What the file holds, or else the environment variable MNEMIC_KEY; "": none.
  [[nodiscard]] Result<std::string> key() const;
};

/// STORE and how it is opened.
struct StoreArguments {
  std::string path;
  std::string embedder = "builtin";
  std::string language = "english";
  std::string time_zone = "UTC";
  std::string durability = "full";
  int busy_timeout_ms = 5000;
  KeyArgument key;

  void add_to(CLI::App& command, Use use);
  [[nodiscard]] Result<Options> options(Use use) const;
  [[nodiscard]] Result<Store> open(Use use) const;
  /// A time in any form of `parse_local_date`, without a zone in `time_zone`; unset for "".
  [[nodiscard]] Result<std::optional<Timestamp>> time(std::string_view option, const std::string& text) const;
  /// The same, or "open".
  [[nodiscard]] Result<std::optional<Timestamp>> end_time(std::string_view option, const std::string& text) const;
};

/// Adds `--embedder`, which accepts the names of `embedder_named`.
void add_embedder_option(CLI::App& command, std::string& name);
std::shared_ptr<Embedder> embedder_named(std::string_view name);

/// `--scope` and, for reading, `--subtree` and `--granted`.
struct ScopeArguments {
  std::string name;
  std::string user, agent;  ///< stamped on what is written
  bool subtree = false;
  bool granted = false;

  void add_to(CLI::App& command, Use use);
  /// `--user` and `--agent`, for commands whose input has no place for them.
  void add_actor_to(CLI::App& command);
  [[nodiscard]] Result<Scope> mint(const Store& store) const;
};

/// Opens, mints, calls `work(scope)`, and closes what was opened for writing. @return what `work` does: a Result or
/// Status.
template <typename Work>
auto in_scope(const StoreArguments& arguments, const ScopeArguments& scope_arguments, Use use, Work work)
    -> decltype(work(std::declval<const Scope&>())) {
  auto store = arguments.open(use);
  if (!store) return store.status();
  const auto scope = scope_arguments.mint(*store);
  if (!scope) return scope.status();
  auto done = work(*scope);
  if (use == Use::kRead) return done;
  if (Status closed = store->close(); done && !closed) return closed;
  return done;
}

/// `--where JSON`.
struct FilterArgument {
  std::string json;

  CLI::Option* add_to(CLI::App& command);
  [[nodiscard]] bool given() const noexcept { return !json.empty(); }
  /// The filter; everything when not given.
  [[nodiscard]] Result<Filter> filter() const;
};

/// A layer by name; unset for "".
Result<std::optional<Layer>> layer_argument(const std::string& name);
/// A trust by name; unset for "".
Result<std::optional<Trust>> trust_argument(const std::string& name);
/// JSON; null for "".
Result<Json> json_argument(std::string_view option, const std::string& text);
/// Memory ids.
Result<std::vector<MemoryId>> id_arguments(const std::vector<std::string>& texts, std::string_view option = "ID");
Result<MemoryId> id_argument(const std::string& text, std::string_view option = "ID");
/// `status` with the option in front of its message; ok stays ok.
Status in_option(std::string_view option, const Status& status);

}  // namespace mnemic::cli
