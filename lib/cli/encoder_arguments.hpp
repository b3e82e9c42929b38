// SPDX-License-Identifier: Apache-2.0
// --encoder DIR: a sentence encoder of `mnemic::encoder` instead of an embedder by name.
#pragma once

#include <mnemic/models.hpp>
#include <mnemic/status.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace mnemic::cli {

struct EncoderArguments {
  std::string directory = {};
  std::string query_prefix = {};
  std::string passage_prefix = {};
  std::size_t threads = 1;

  void add_to(CLI::App& command);
  [[nodiscard]] bool given() const noexcept { return !directory.empty(); }
  /// Loads it. kUnsupported in a build without `mnemic::encoder`.
  [[nodiscard]] Result<std::shared_ptr<Embedder>> load() const;
};

}  // namespace mnemic::cli
