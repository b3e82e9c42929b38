// SPDX-License-Identifier: Apache-2.0
// Failures on their way to Python: a Status becomes the exception class of mnemic.errors for its code.
#pragma once

#include "gil.hpp"

#include <mnemic/status.hpp>

#include <fmt/format.h>
#include <nanobind/nanobind.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mnemic::python {

namespace nb = nanobind;

/// Raises `status`. The GIL is held.
[[noreturn]] void raise(const Status& status);

/// The argument has the wrong type: TypeError.
template <typename... Args>
[[noreturn]] void raise_type(fmt::format_string<Args...> format, Args&&... args) {
  PyErr_SetString(PyExc_TypeError, fmt::format(format, std::forward<Args>(args)...).c_str());
  throw nb::python_error();
}

/// The argument has the right type and a wrong value: InvalidArgument, a ValueError.
template <typename... Args>
[[noreturn]] void raise_value(fmt::format_string<Args...> format, Args&&... args) {
  raise(Status(StatusCode::kInvalidArgument, fmt::format(format, std::forward<Args>(args)...)));
}

/// What one of the library's messages says after the name it starts with: messages here name the field themselves.
inline std::string_view without_name(std::string_view message) {
  const std::size_t colon = message.find(": ");
  return colon == std::string_view::npos ? message : message.substr(colon + 2);
}

/// "int" for 3: what a message says was given. Never the value, which may be somebody's memory.
std::string type_of(nb::handle value);

/// Keeps the exception a Python callback raised until the call that ran it returns to this thread: it is that exception
/// which the caller sees, not the kInternal it became on its way through the library. The GIL is held.
void keep_raised(nb::python_error error);
/// Forgets what is kept: the call had a use for its callback's failure.
void forget_raised() noexcept;
/// Raises what is kept, if anything is.
void raise_kept();
/// Raises what is kept if it is no Exception: Ctrl-C, or the end of the process, which no call has a use for.
void raise_interrupt();

/// Runs `call` without the GIL, and gives what it answers or raises. `call` touches no Python object.
template <typename Call>
auto run(Call&& call) {
  forget_raised();
  auto result = [&] {
    const Unlocked unlocked;
    return std::forward<Call>(call)();
  }();
  if (!result.ok()) raise_kept();
  raise_interrupt();
  forget_raised();
  if constexpr (std::is_same_v<decltype(result), Status>) {
    if (!result.ok()) raise(result);
  } else {
    if (!result.ok()) raise(result.status());
    return *std::move(result);
  }
}

}  // namespace mnemic::python
