// SPDX-License-Identifier: Apache-2.0
// The one error channel: StatusCode, Status, Result<T>, and Error for callers who prefer exceptions.
#pragma once

#include <mnemic/export.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace mnemic {

/// What went wrong, as a closed list. Each line says who should do what next; docs/errors.md maps them to SQLite
/// codes and to the exit codes of the command line. The numbers are stable: do not renumber.
enum class StatusCode : int {
  kOk = 0,
  kInvalidArgument = 1,     ///< The caller's input is wrong; the message names the field. Mend it; retrying cannot help.
  kNotFound = 2,            ///< No such memory *for this scope* (foreign and unknown ids look the same), or no such file.
  kPermissionDenied = 3,    ///< The scope or the file does not allow it. Ask whoever minted the scope, or mend the mode.
  kAlreadyExists = 4,       ///< The id, key or path is taken. Read what is there, or choose another.
  kFailedPrecondition = 5,  ///< The state is wrong: closed or read-only store, a newer file format. Mend the state first.
  kBusy = 6,                ///< Another process held the file past `busy_timeout`. Retry the same call later.
  kAborted = 7,             ///< Lost a race: `if_version` no longer holds. Read again, then retry the whole change.
  kCancelled = 8,           ///< The caller's own callback or token stopped it.
  kResourceExhausted = 9,   ///< A limit, the memory or the disk is full. Raise the limit or free space, then retry.
  kCorruption = 10,         ///< The file is damaged. Run `check`, restore a backup; never ignore.
  kIo = 11,                 ///< The operating system failed a read or write. Look at the disk, then retry.
  kUnsupported = 12,        ///< Not possible in this build or on this file system.
  kInternal = 13,           ///< A bug of ours. Please report it with the message.
};

/// The stable name of a code, for instance "kNotFound".
/// @threads Any. @since 0.1
MNEMIC_EXPORT std::string_view to_string(StatusCode code) noexcept;

/// The outcome of a call: a code, a message for people, and the underlying SQLite or errno code when there was one.
/// A message names the operation, the field and the value's shape, never the text of a memory. A plain value.
class [[nodiscard]] Status {
 public:
  Status() = default;  ///< kOk
  Status(StatusCode code, std::string message, int extended_code = 0)
      : code_(code), message_(std::move(message)), extended_code_(extended_code) {}

  [[nodiscard]] bool ok() const noexcept { return code_ == StatusCode::kOk; }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] StatusCode code() const noexcept { return code_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  /// SQLite's extended result code, errno, or (mnemic::http) the HTTP status; 0 when none was involved.
  [[nodiscard]] int extended_code() const noexcept { return extended_code_; }
  /// "kBusy: put: the file was locked past 5000 ms".
  [[nodiscard]] std::string to_string() const { return std::string(mnemic::to_string(code_)) + ": " + message_; }
  /// Says aloud that a failure is being ignored on purpose.
  void ignore() const noexcept {}

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
  int extended_code_ = 0;
};

/// Thrown by `Result::value()` and by nothing else.
class MNEMIC_EXPORT Error : public std::runtime_error {
 public:
  explicit Error(Status status);
  Error(const Error&) noexcept;
  Error& operator=(const Error&) noexcept;
  ~Error() override;  // out of line: one type identity across shared libraries
  [[nodiscard]] const Status& status() const noexcept { return status_; }

 private:
  Status status_;
};

namespace detail {
[[noreturn]] MNEMIC_EXPORT void throw_error(const Status& status);  // keeps `throw` out of headers (-fno-exceptions)
}

/// A value, or the Status that says why there is none. Test it like a pointer, or call `.value()` and let it throw.
/// @code
///   auto id = scope.put({.text = "hi"});
///   if (!id) return report(id.status());
///   use(*id);
/// @endcode
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  /// `status` must not be ok; an ok one is turned into kInternal.
  Result(Status status) : status_(std::move(status)) {
    if (status_.ok()) status_ = Status(StatusCode::kInternal, "an ok Status without a value");
  }

  [[nodiscard]] bool ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] const Status& status() const noexcept { return status_; }

  /// The value; throws mnemic::Error with the status when there is none. The rvalue form returns by value, so that
  /// `for (auto& hit : scope.recall(q).value().hits)` does not read freed memory.
  T& value() & { return require(), *value_; }
  const T& value() const& { return require(), *value_; }
  T value() && { return require(), *std::move(value_); }

  /// Unchecked access: undefined when `!ok()`. Keep the Result in a variable: `for (auto& h : f()->hits)` reads freed memory.
  T& operator*() & noexcept { return *value_; }
  const T& operator*() const& noexcept { return *value_; }
  T operator*() && { return *std::move(value_); }
  T* operator->() noexcept { return &*value_; }
  const T* operator->() const noexcept { return &*value_; }

  T value_or(T other) const& { return ok() ? *value_ : std::move(other); }

 private:
  void require() const {
    if (!value_) detail::throw_error(status_);
  }
  std::optional<T> value_;
  Status status_;
};

}  // namespace mnemic
