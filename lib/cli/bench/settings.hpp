// SPDX-License-Identifier: Apache-2.0
// What is asked of one run of the bench.
#pragma once

#include <mnemic/models.hpp>
#include <mnemic/types.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace mnemic::cli::bench {

struct Settings {
  std::size_t memories = 100'000;  ///< of all scopes together
  std::size_t scopes = 1;          ///< namespaces they are spread over; the first one is asked
  std::size_t queries = 1000;
  std::size_t k = 10;
  std::size_t appends = 1000;   ///< by one thread; then as many by eight together
  std::uint64_t seed = 42;      ///< of generated text
  std::shared_ptr<Embedder> embedder = default_embedder();  ///< not null
  std::set<std::string> parts;  ///< to be measured, of kParts
  std::function<void(std::string_view part, std::uint64_t done, std::uint64_t total)> on_progress;

  [[nodiscard]] std::string space_name() const { return embedder->space().name + "/" + embedder->space().version; }
};

inline constexpr const char* kParts[] = {"import", "size", "vector", "lexical", "recall", "open", "append"};

/// The namespaces of a bench store.
inline Namespace scope_name(std::size_t number) {
  return {"bench", "s" + std::to_string(number)};
}
inline Namespace small_scope() {
  return {"bench", "small"};
}  ///< of the open part
inline Namespace append_scope() {
  return {"bench", "append"};
}  ///< of the append part
inline Namespace about_scope() {
  return {"bench", "about"};
}  ///< what the store was made with

}  // namespace mnemic::cli::bench
