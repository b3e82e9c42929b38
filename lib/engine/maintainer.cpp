// SPDX-License-Identifier: Apache-2.0
// Maintainer: slices and waits, on the caller's thread.
#include "core/error.hpp"

#include <mnemic/store.hpp>

#include <algorithm>

namespace mnemic {

Maintainer::Maintainer(const Store& store, JobHandlers handlers, MaintainerOptions options)
    : store_(store), handlers_(std::move(handlers)), options_(std::move(options)) {}

Status Maintainer::run(std::stop_token stop) {
  if (options_.idle < std::chrono::milliseconds(1)) return Status(StatusCode::kInvalidArgument, "run: idle: under 1 ms");
  Budget budget = options_.budget;
  budget.stop = std::move(stop);
  while (!budget.stop.stop_requested()) {
    {
      const std::lock_guard lock(mutex_);
      wake_ = false;  // what is enqueued before the slice looks is found by it
    }
    const Result<MaintainReport> slice = store_.maintain(budget, handlers_);
    if (!slice && slice.status().code() != StatusCode::kBusy) return slice.status();
    if (slice && options_.report) options_.report(*slice);
    std::chrono::milliseconds wait = options_.idle;
    if (slice && !slice->stopped) {
      const bool moved = slice->done + slice->failed + slice->parked + slice->escalated > 0;
      if (slice->remaining > 0 && moved) continue;
      if (slice->next_in) wait = std::clamp(*slice->next_in, std::chrono::milliseconds(1), options_.idle);
    }
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, budget.stop, wait, [this] { return wake_; });
  }
  return {};
}

void Maintainer::wake() {
  {
    const std::lock_guard lock(mutex_);
    wake_ = true;
  }
  woken_.notify_all();
}

}  // namespace mnemic
