// SPDX-License-Identifier: Apache-2.0
#include "support/temp_dir.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

#include <atomic>

namespace mnemic::test {
namespace {
std::atomic<bool> g_failed{false};
}

bool test_has_failed() noexcept { return g_failed.load(); }
void set_test_has_failed(bool failed) noexcept { g_failed.store(failed); }

TempDir::TempDir() : exceptions_(std::uncaught_exceptions()) {
  std::string name = (std::filesystem::canonical(std::filesystem::temp_directory_path()) / "mnemic-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed: " + name);
  path_ = name;
}

TempDir::~TempDir() {
  if (std::uncaught_exceptions() > exceptions_ || test_has_failed()) {
    std::fprintf(stderr, "kept for inspection: %s\n", path_.c_str());
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace mnemic::test
