// SPDX-License-Identifier: Apache-2.0
// StatusCode names and the Error exception.
#include <mnemic/status.hpp>

namespace mnemic {

std::string_view to_string(StatusCode code) noexcept {
  switch (code) {
    case StatusCode::kOk: return "kOk";
    case StatusCode::kInvalidArgument: return "kInvalidArgument";
    case StatusCode::kNotFound: return "kNotFound";
    case StatusCode::kPermissionDenied: return "kPermissionDenied";
    case StatusCode::kAlreadyExists: return "kAlreadyExists";
    case StatusCode::kFailedPrecondition: return "kFailedPrecondition";
    case StatusCode::kBusy: return "kBusy";
    case StatusCode::kAborted: return "kAborted";
    case StatusCode::kCancelled: return "kCancelled";
    case StatusCode::kResourceExhausted: return "kResourceExhausted";
    case StatusCode::kCorruption: return "kCorruption";
    case StatusCode::kIo: return "kIo";
    case StatusCode::kUnsupported: return "kUnsupported";
    case StatusCode::kInternal: return "kInternal";
  }
  return "kInternal";
}

Error::Error(Status status) : std::runtime_error(status.to_string()), status_(std::move(status)) {}
Error::Error(const Error&) noexcept = default;
Error& Error::operator=(const Error&) noexcept = default;
Error::~Error() = default;

namespace detail {
void throw_error(const Status& status) { throw Error(status); }
}  // namespace detail

}  // namespace mnemic
