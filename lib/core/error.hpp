// SPDX-License-Identifier: Apache-2.0
// How failures travel inside lib/: StatusError is thrown, `guarded` turns it (and anything else) into a Status at the
// public boundary.
#pragma once

#include <mnemic/status.hpp>

#include <fmt/format.h>

#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace mnemic::core {

class StatusError : public std::exception {
 public:
  explicit StatusError(Status status) : status_(std::move(status)) {}
  [[nodiscard]] const Status& status() const noexcept { return status_; }
  [[nodiscard]] const char* what() const noexcept override { return status_.message().c_str(); }

 private:
  Status status_;
};

template <typename... Args>
[[noreturn]] void fail(StatusCode code, fmt::format_string<Args...> format, Args&&... args) {
  throw StatusError(Status(code, fmt::format(format, std::forward<Args>(args)...)));
}

/// Throws what `result` says, or gives its value.
template <typename T>
T take(Result<T> result) {
  if (!result) throw StatusError(result.status());
  return *std::move(result);
}
inline void take(const Status& status) {
  if (!status.ok()) throw StatusError(status);
}

/// The exception being handled, as a Status. Call it inside a catch block only.
inline Status current_status() noexcept {
  try {
    throw;
  } catch (const StatusError& error) {
    return error.status();
  } catch (const Error& error) {
    return error.status();
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kResourceExhausted, "out of memory");
  } catch (const std::exception& error) {
    return Status(StatusCode::kInternal, error.what());
  } catch (...) {
    return Status(StatusCode::kInternal, "an exception of unknown type");
  }
}

/// Runs `body` and turns whatever it throws into a Status whose message starts with `operation`, if that is not empty.
/// `body` returns T (the call answers Result<T>) or void (the call answers Status).
template <typename Body>
auto guarded(std::string_view operation, Body&& body) {
  using T = std::invoke_result_t<Body>;
  using Answer = std::conditional_t<std::is_void_v<T>, Status, Result<std::conditional_t<std::is_void_v<T>, int, T>>>;
  try {
    if constexpr (std::is_void_v<T>) {
      body();
      return Answer();
    } else {
      return Answer(body());
    }
  } catch (...) {
    const Status status = current_status();
    const std::string prefix = operation.empty() ? std::string() : std::string(operation) + ": ";
    return Answer(Status(status.code(), prefix + status.message(), status.extended_code()));
  }
}

/// An embedder or reranker that answers so cannot be asked now, but later.
inline bool is_passing(const Status& status) { return status.code() == StatusCode::kBusy || status.code() == StatusCode::kIo; }

}  // namespace mnemic::core
