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
    for (const char* name : {"embedder", "screen", "clock", "log"}) remember(given, name, callbacks);
    remember(given, "token_counter", counters);
    token_counter = options.token_counter;
    counter_owners = token_counter.use_count() - 1;  // `options` is one
  }
  /// Those that nothing else holds: results hold the token counter too.
  [[nodiscard]] std::vector<nanobind::handle> held() const {
    std::vector<nanobind::handle> all = callbacks;
    if (token_counter.use_count() == counter_owners) all.insert(all.end(), counters.begin(), counters.end());
    return all;
  }

  Store store;
  std::unique_ptr<const Watch> watch;  // while it is set, other copies of SQLite are warned of

 private:
  static void remember(const nanobind::dict& given, const char* name, std::vector<nanobind::handle>& into) {
    const nanobind::object value = given.get(name, nanobind::none());
    if (!value.is_none() && !nanobind::inst_check(value)) into.push_back(value);  // the library's own refer to nothing
  }

  std::vector<nanobind::handle> callbacks;
  std::vector<nanobind::handle> counters;
  std::weak_ptr<TokenCounter> token_counter;
  long counter_owners = 0;
};

}  // namespace mnemic::python
