// SPDX-License-Identifier: Apache-2.0
#include "recall/deadline.hpp"

namespace mnemic::recall {

Deadline::Deadline(const SteadyNow& now, const RecallOptions& options) : now_(now), cancel_(options.cancel) {
  if (!options.deadline || options.deadline->count() <= 0) return;  // one that is not positive is refused, but not here
  using Time = std::chrono::steady_clock::time_point;
  const Time start = now_();
  // A budget beyond the end of the clock is none.
  if (*options.deadline < std::chrono::duration_cast<std::chrono::microseconds>(Time::max() - start)) end_ = start + *options.deadline;
}

bool Deadline::allows(Stage stage) {
  over_ = over_ || cancel_.stop_requested() || (end_ && now_() >= *end_);
  if (over_) dropped_.insert(stage);
  return !over_;
}

}  // namespace mnemic::recall
