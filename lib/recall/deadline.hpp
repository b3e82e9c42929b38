// SPDX-License-Identifier: Apache-2.0
// Time for one call: asked between stages, which are left out once it is over.
#pragma once

#include <mnemic/recall.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <vector>

namespace mnemic::recall {

using SteadyNow = std::function<std::chrono::steady_clock::time_point()>;

/// For one call and its thread. Asked in this order: vector (before embedding), neighbours, vector, diversity, passes, rerank. Once it
/// is over it stays over, so what is left out is always the beginning of `Stage`, of what was asked for.
class Deadline {
 public:
  Deadline(const SteadyNow& now, const RecallOptions& options);

  /// Whether a stage may begin. One that may not is noted.
  bool allows(Stage stage);
  /// Notes a stage that cannot be done for another reason.
  void leave_out(Stage stage) { dropped_.insert(stage); }
  /// What was left out, in the order of `Stage`.
  [[nodiscard]] std::vector<Stage> dropped() const { return {dropped_.begin(), dropped_.end()}; }

 private:
  const SteadyNow& now_;
  std::stop_token cancel_;
  std::optional<std::chrono::steady_clock::time_point> end_;
  bool over_ = false;
  std::set<Stage> dropped_;
};

}  // namespace mnemic::recall
