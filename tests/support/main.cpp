// SPDX-License-Identifier: Apache-2.0
// The main of every test program: Catch2, or one of the registered children when started by a test (child.hpp).
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "support/child.hpp"
#include "support/temp_dir.hpp"
#include "support/test_main.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace mnemic::test {
namespace {
int g_ran = 0;
int g_skipped = 0;
bool g_skipped_this = false;
constexpr int kSkipped = 77;

class Listener : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;
  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    TestEventListenerBase::testCaseStarting(info);
    set_test_has_failed(false);
    g_skipped_this = false;
    ++g_ran;
  }
  bool assertionEnded(const Catch::AssertionStats& stats) override {
    if (!stats.assertionResult.isOk()) set_test_has_failed(true);
    return TestEventListenerBase::assertionEnded(stats);
  }
};
CATCH_REGISTER_LISTENER(Listener)
}  // namespace

void report_skip(std::string_view reason) {
  std::printf("SKIPPED: %.*s\n", static_cast<int>(reason.size()), reason.data());
  std::fflush(stdout);
  if (!g_skipped_this) ++g_skipped;
  g_skipped_this = true;
}

}  // namespace mnemic::test

int main(int argc, char** argv) {
  if (argc >= 3 && std::string_view(argv[1]) == mnemic::test::kChildArgument) {
    return mnemic::test::run_child(argv[2], std::vector<std::string>(argv + 3, argv + argc));
  }
  const int result = Catch::Session().run(argc, argv);
  if (result == 0 && mnemic::test::g_ran > 0 && mnemic::test::g_skipped == mnemic::test::g_ran) {
    return mnemic::test::kSkipped;
  }
  return result;
}
