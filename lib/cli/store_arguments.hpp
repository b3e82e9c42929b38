// SPDX-License-Identifier: Apache-2.0
// The arguments that many commands share, and what they open.
#pragma once

#include <mnemic/store.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace mnemic::cli {

/// What a command does to the file.
enum class Use : std::uint8_t {
  kRead,    ///< opened read-only
  kChange,  ///< opened for writing, must exist
  kCreate,  ///< opened for writing, made when absent
};

/// STORE and how it is opened.
struct StoreArguments {
  std::string path;
  std::string embedder = "builtin";
  std::string language = "english";
  std::string time_zone = "UTC";
  std::string durability = "full";
  int busy_timeout_ms = 5000;

  void add_to(CLI::App& command, Use use);
  [[nodiscard]] Options options(Use use) const;
  [[nodiscard]] Result<Store> open(Use use) const { return Store::open(path, options(use)); }
};

/// Adds `--embedder`, which accepts the names of `embedder_named`.
void add_embedder_option(CLI::App& command, std::string& name);
std::shared_ptr<Embedder> embedder_named(std::string_view name);

/// `--scope` and, for reading, `--subtree` and `--granted`.
struct ScopeArguments {
  std::string name;
  bool subtree = false;
  bool granted = false;

  void add_to(CLI::App& command, Use use);
  [[nodiscard]] Result<Scope> mint(const Store& store) const;
};

/// `--where JSON`.
struct FilterArgument {
  std::string json;

  void add_to(CLI::App& command);
  [[nodiscard]] bool given() const noexcept { return !json.empty(); }
  /// The filter; everything when not given.
  [[nodiscard]] Result<Filter> filter() const;
};

/// A layer by name; unset for "".
Result<std::optional<Layer>> layer_argument(const std::string& name);
/// A time in any form of `parse_free_date`; unset for "".
Result<std::optional<Timestamp>> time_argument(std::string_view option, const std::string& text);
/// JSON; null for "".
Result<Json> json_argument(std::string_view option, const std::string& text);
/// Memory ids.
Result<std::vector<MemoryId>> id_arguments(const std::vector<std::string>& texts);

}  // namespace mnemic::cli
