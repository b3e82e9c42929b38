// SPDX-License-Identifier: Apache-2.0
// The boundary between what may throw and a public call, which may not.
#pragma once

#include <mnemic/status.hpp>

#include <exception>
#include <new>
#include <string>

namespace mnemic::http {

inline const Status& outcome_of(const Status& status) {
  return status;
}
template <typename T>
const Status& outcome_of(const Result<T>& result) {
  return result.status();
}

/// Runs `body`, which answers a Status or a Result; what goes wrong gets the name of the operation in front. Only
/// memory can run out by exception here.
template <typename Body>
auto guarded(const char* operation, const Body& body) -> decltype(body()) {
  const std::string prefix = std::string(operation) + ": ";
  try {
    auto result = body();
    if (result.ok()) return result;
    const Status& status = outcome_of(result);
    return Status(status.code(), prefix + status.message(), status.extended_code());
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kResourceExhausted, prefix + "out of memory");
  } catch (const std::exception& error) {
    return Status(StatusCode::kInternal, prefix + error.what());
  }
}

}  // namespace mnemic::http
