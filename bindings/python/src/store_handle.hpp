// SPDX-License-Identifier: Apache-2.0
// A store as a Python object holds it.
#pragma once

#include "gil.hpp"
#include "watch.hpp"

#include <mnemic/store.hpp>

#include <nanobind/nanobind.h>

#include <memory>
#include <utility>
#include <vector>

namespace mnemic::python {

struct StoreHandle {
  explicit StoreHandle(Store opened) : store(std::move(opened)) {}
  StoreHandle(const StoreHandle&) = delete;
  StoreHandle& operator=(const StoreHandle&) = delete;
  /// Closing waits for calls under way, without the GIL: other Python threads run on.
  ~StoreHandle() {
    const Unlocked unlocked;
    const Store closing = std::move(store);
  }

  /// Remembers the Python objects among the options, which the store holds from now on.
  void hold(const nanobind::dict& given, const Options& options) {
    for (const char* name : {"screen", "clock", "log"}) remember(given, name, callbacks);
    hold(given.get("embedder", nanobind::none()), options.embedder);
    remember(given, "token_counter", counters);
    token_counter = options.token_counter;
    counter_owners = token_counter.use_count() - 1;  // `options` is one
  }
  /// Remembers the Python object behind an embedder, which the store holds until it goes by others. Each has one reference to it.
  void hold(nanobind::handle given, const std::shared_ptr<Embedder>& embedder) {
    std::erase_if(embedders, [](const auto& one) { return one.second.expired(); });
    if (is_python(given)) embedders.emplace_back(given, embedder);
  }
  /// Those that nothing else holds: results hold the token counter too.
  [[nodiscard]] std::vector<nanobind::handle> held() const {
    std::vector<nanobind::handle> all = callbacks;
    for (const auto& [object, embedder] : embedders) {
      if (!embedder.expired()) all.push_back(object);
    }
    if (token_counter.use_count() == counter_owners) all.insert(all.end(), counters.begin(), counters.end());
    return all;
  }

  Store store;
  std::unique_ptr<const Watch> watch;  // while it is set, other copies of SQLite are warned of

 private:
  static void remember(const nanobind::dict& given, const char* name, std::vector<nanobind::handle>& into) {
    const nanobind::object value = given.get(name, nanobind::none());
    if (is_python(value)) into.push_back(value);
  }
  static bool is_python(nanobind::handle value) { return !value.is_none() && !nanobind::inst_check(value); }  // the library's own refer to nothing

  std::vector<nanobind::handle> callbacks;
  std::vector<std::pair<nanobind::handle, std::weak_ptr<Embedder>>> embedders;
  std::vector<nanobind::handle> counters;
  std::weak_ptr<TokenCounter> token_counter;
  long counter_owners = 0;
};

}  // namespace mnemic::python
