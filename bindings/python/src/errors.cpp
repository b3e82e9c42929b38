// SPDX-License-Identifier: Apache-2.0
#include "errors.hpp"

#include <nanobind/stl/string.h>

namespace mnemic::python {
namespace {

thread_local std::optional<nb::python_error> kept;

}  // namespace

void raise(const Status& status) {
  const nb::object make = nb::module_::import_("mnemic.errors").attr("_from_status");
  const nb::object error = make(static_cast<int>(status.code()), status.message(), status.extended_code());
  PyErr_SetObject(error.type().ptr(), error.ptr());
  throw nb::python_error();
}

std::string type_of(nb::handle value) { return value.is_none() ? "None" : Py_TYPE(value.ptr())->tp_name; }

void keep_raised(nb::python_error error) { kept.emplace(std::move(error)); }

void forget_raised() noexcept { kept.reset(); }

void raise_kept() {
  if (!kept) return;
  nb::python_error error = *std::move(kept);
  kept.reset();
  throw error;
}

void raise_interrupt() {
  if (kept && !kept->matches(PyExc_Exception)) raise_kept();
}

}  // namespace mnemic::python
