// SPDX-License-Identifier: Apache-2.0
// Calls that take long: they tell Python how far they are, and end when it says so.
#pragma once

#include "errors.hpp"
#include "gil.hpp"
#include "values.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <utility>

namespace mnemic::python {

/// Calls Python between two steps of a long call. What is raised there, Ctrl-C included, ends the call and is raised again.
class Watched {
 public:
  explicit Watched(nb::handle progress) : progress_(progress) {
    if (!progress.is_none() && PyCallable_Check(progress.ptr()) == 0) raise_type("progress: something to call is due, not {}", type_of(progress));
  }

  template <typename Options, typename Call>
  auto operator()(Options options, Call call) {
    options.progress = [this](std::uint64_t done, std::uint64_t total) { step(done, total); };
    options.stop = stop_.get_token();
    std::optional<decltype(run([&] { return call(options); }))> report;
    try {
      report.emplace(run([&] { return call(options); }));
    } catch (nb::python_error&) {
      if (!passing_) throw;
    }
    if (passing_) {
      nb::python_error error = *std::move(passing_);
      passing_.reset();
      throw error;
    }
    return *std::move(report);
  }

 private:
  void step(std::uint64_t done, std::uint64_t total) {
    const Locked gil;
    if (passing_) return;
    try {
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
      if (!progress_.is_none()) call(done, total);
    } catch (nb::python_error& error) {
      passing_.emplace(std::move(error));
      stop_.request_stop();
    }
  }

  void call(std::uint64_t done, std::uint64_t total) {
    const nb::object first = nb::cast(done);
    const nb::object second = nb::cast(total);
    PyObject* answer = nullptr;
    try {
      answer = PyObject_CallFunctionObjArgs(progress_.ptr(), first.ptr(), second.ptr(), nullptr);
    } catch (...) {  // the end of the interpreter met the thread in there
      stay();
    }
    if (answer == nullptr) throw nb::python_error();
    (void)nb::steal(answer);
  }

  nb::handle progress_;
  std::stop_source stop_;
  std::optional<nb::python_error> passing_;
};

}  // namespace mnemic::python
