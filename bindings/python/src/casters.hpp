// SPDX-License-Identifier: Apache-2.0
// How the fields of results become Python values: what def_ro hands out, and what the stubs say of it. One way only:
// arguments go through `read` (values.hpp), whose messages name them.
#pragma once

#include "values.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

namespace nanobind::detail {

// Arguments of any type take None as well: it is `read` that refuses it, by its name.
template <>
struct has_arg_defaults<handle> : std::true_type {};

// A caster that only goes to Python, by an expression over `value`.
#define MNEMIC_TO_PYTHON(Type, Name, Expression)                                                       \
  template <>                                                                                          \
  struct type_caster<Type> {                                                                           \
    NB_TYPE_CASTER(Type, const_name(Name))                                                             \
    bool from_python(handle, std::uint8_t, cleanup_list*) noexcept { return false; }                   \
    static handle from_cpp(const Type& value, rv_policy, cleanup_list*) {                              \
      using namespace mnemic::python;                                                                  \
      return object(Expression).release();                                                             \
    }                                                                                                  \
  }

MNEMIC_TO_PYTHON(mnemic::Timestamp, "datetime.datetime", to_python(value));
MNEMIC_TO_PYTHON(mnemic::MemoryId, "str", to_python(value));
MNEMIC_TO_PYTHON(mnemic::Namespace, "tuple[str, ...]", to_python(value));
MNEMIC_TO_PYTHON(mnemic::Json, "typing.Any", to_python(value));
MNEMIC_TO_PYTHON(std::vector<std::string>, "tuple[str, ...]", text_tuple(value));
MNEMIC_TO_PYTHON(std::vector<mnemic::MemoryId>, "tuple[str, ...]", text_tuple(value));
MNEMIC_TO_PYTHON(mnemic::Layer, "mnemic.enums.Layer", enum_member("Layer", mnemic::to_string(value)));
MNEMIC_TO_PYTHON(mnemic::Trust, "mnemic.enums.Trust", enum_member("Trust", mnemic::to_string(value)));
MNEMIC_TO_PYTHON(mnemic::State, "mnemic.enums.State", enum_member("State", mnemic::to_string(value)));
MNEMIC_TO_PYTHON(mnemic::Outcome, "mnemic.enums.Outcome", enum_member("Outcome", mnemic::to_string(value)));
MNEMIC_TO_PYTHON(mnemic::Cardinality, "mnemic.enums.Cardinality", enum_member("Cardinality", mnemic::to_string(value)));
MNEMIC_TO_PYTHON(mnemic::FactKind, "mnemic.enums.FactKind", enum_member("FactKind", mnemic::to_string(value)));
MNEMIC_TO_PYTHON(mnemic::Explanation::Verdict, "mnemic.enums.Verdict", enum_member("Verdict", mnemic::to_string(value)));
MNEMIC_TO_PYTHON(std::vector<mnemic::Layer>, "tuple[mnemic.enums.Layer, ...]", member_tuple("Layer", value));
MNEMIC_TO_PYTHON(std::vector<mnemic::Stage>, "tuple[mnemic.enums.Stage, ...]", member_tuple("Stage", value));
MNEMIC_TO_PYTHON(std::chrono::milliseconds, "datetime.timedelta", to_python(value));
MNEMIC_TO_PYTHON(std::chrono::microseconds, "datetime.timedelta", to_python(value));

#undef MNEMIC_TO_PYTHON

}  // namespace nanobind::detail
