// SPDX-License-Identifier: Apache-2.0
// What the shared main of the test programs offers: skipping with a reason, and what sanitizer this is.
#pragma once

#include <string_view>

namespace mnemic::test {

/// Prints the reason; the program answers 77 when everything it ran was skipped, which ctest reports as skipped.
void report_skip(std::string_view reason);

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace mnemic::test

/// Leaves the test case as skipped. The reason is not optional.
#define MNEMIC_SKIP(reason)              \
  do {                                   \
    ::mnemic::test::report_skip(reason); \
    return;                              \
  } while (false)
