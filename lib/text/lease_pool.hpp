// SPDX-License-Identifier: Apache-2.0
// A thread-safe pool of things that one thread may use at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace mnemic::text {

/// Hands out a `T`, made when none is idle. A lease must not outlive its pool.
/// @threads Any.
template <typename T>
class LeasePool {
 public:
  class Lease {
   public:
    Lease(LeasePool& pool, std::unique_ptr<T> item) : pool_(&pool), item_(std::move(item)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (item_) pool_->give_back(std::move(item_));
    }
    T& operator*() const noexcept { return *item_; }
    T* operator->() const noexcept { return item_.get(); }

   private:
    LeasePool* pool_;
    std::unique_ptr<T> item_;
  };

  explicit LeasePool(std::function<std::unique_ptr<T>()> make) : make_(std::move(make)) { idle_.reserve(kMostIdle); }

  Lease lease() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<T> item = std::move(idle_.back());
        idle_.pop_back();
        return Lease(*this, std::move(item));
      }
    }
    return Lease(*this, make_());
  }

 private:
  static constexpr std::size_t kMostIdle = 16;  // reserved up front: giving back never allocates, so never throws

  void give_back(std::unique_ptr<T> item) noexcept {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMostIdle) idle_.push_back(std::move(item));
  }

  std::function<std::unique_ptr<T>()> make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> idle_;
};

}  // namespace mnemic::text
