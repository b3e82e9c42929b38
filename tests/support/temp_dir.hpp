// SPDX-License-Identifier: Apache-2.0
// TempDir: a directory of its own per test; removed when the test has passed so far, kept and printed when it has not.
#pragma once

#include <filesystem>
#include <string_view>

namespace mnemic::test {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
  int exceptions_;
};

/// True once an assertion of the running test case has failed (told by the listener in main.cpp).
bool test_has_failed() noexcept;
void set_test_has_failed(bool failed) noexcept;

}  // namespace mnemic::test
