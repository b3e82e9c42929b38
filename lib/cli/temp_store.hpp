// SPDX-License-Identifier: Apache-2.0
// A place for a store that is gone afterwards.
#pragma once

#include <mnemic/status.hpp>

#include <filesystem>
#include <string_view>
#include <utility>

namespace mnemic::cli {

/// A private directory in the system's temporary one; removed with everything in it when this goes.
class TempStore {
 public:
  /// @param purpose  one word, part of the directory's name.
  /// @errors  kIo: it cannot be made.
  static Result<TempStore> make(std::string_view purpose);

  TempStore(TempStore&& other) noexcept : directory_(std::exchange(other.directory_, {})) {}
  TempStore& operator=(TempStore&&) = delete;
  ~TempStore();

  [[nodiscard]] std::filesystem::path path() const { return directory_ / "store.db"; }

 private:
  explicit TempStore(std::filesystem::path directory) : directory_(std::move(directory)) {}
  std::filesystem::path directory_;
};

}  // namespace mnemic::cli
