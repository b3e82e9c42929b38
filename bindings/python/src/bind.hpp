// SPDX-License-Identifier: Apache-2.0
// The parts of the module, and what they share.
#pragma once

#include "values.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <vector>

namespace mnemic::python {

/// The answers to several queries.
struct RecallBatch {
  std::vector<RecallResult> results;
  /// The most hits any query has.
  [[nodiscard]] std::size_t width() const {
    std::size_t width = 0;
    for (const RecallResult& result : results) width = std::max(width, result.hits.size());
    return width;
  }
};

/// As `run`, for calls that answer a plain value and throw what a callback throws.
template <typename Call>
auto run_plain(Call&& call) {
  return run([&]() -> Result<decltype(call())> {
    try {
      return call();
    } catch (const std::exception& error) {
      return Status(StatusCode::kInternal, error.what());
    }
  });
}

/// Moves the items into a list.
template <typename T>
nb::list list_of(std::vector<T> items) {
  nb::list list;
  for (T& item : items) list.append(nb::cast(std::move(item)));
  return list;
}

/// A page of a listing: its items and the cursor of the next.
template <typename Page>
nb::tuple page_of(Page page) {
  return nb::make_tuple(list_of(std::move(page.items)), page.next);
}

/// Read-only objects over the items of a list that `owner` keeps.
template <typename T>
nb::object tuple_over(const std::vector<T>& items, nb::handle owner) {
  nb::list list;
  for (const T& item : items) list.append(nb::cast(&item, nb::rv_policy::reference_internal, owner));
  return nb::tuple(list);
}

/// A time, or OPEN, or None.
inline nb::object end_of(const std::optional<Timestamp>& end) { return end ? to_python(*end) : nb::none(); }

/// A JSON object as a dict.
nb::object json_dict(const Json& json);
inline constexpr const char* kToDict = "def to_dict(self) -> dict[str, typing.Any]";

void bind_memories(nb::module_& m);
void bind_recall(nb::module_& m);
void bind_layer_results(nb::module_& m);
void bind_erasure(nb::module_& m);
void bind_policies(nb::module_& m);
void bind_embedders(nb::module_& m);
void bind_rerankers(nb::module_& m);
void bind_store(nb::module_& m);
void bind_scope(nb::module_& m);
void bind_jobs(nb::module_& m);
void bind_transfer(nb::module_& m);
void bind_keep(nb::module_& m);
void bind_layers(nb::module_& m);
void bind_watch(nb::module_& m);

}  // namespace mnemic::python
