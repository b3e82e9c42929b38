// SPDX-License-Identifier: Apache-2.0
// Facts and runs read from JSON. What is not known is refused, not kept: a misspelt field would change what is meant.
#pragma once

#include "cli/json_fields.hpp"

#include <mnemic/layers/facts.hpp>
#include <mnemic/layers/skills.hpp>

namespace mnemic::cli {

/// A fact by the field names of FactInput.
/// @errors  kInvalidArgument: not an object, a field that is missing, unknown or of the wrong type; the message names
/// it.
Result<FactInput> read_fact(const Json& json, const TimeReader& read_time);

/// A run by the field names of RunInput; each step has `tool arguments digest duration_ms`.
/// @errors  As above.
Result<RunInput> read_run(const Json& json, const TimeReader& read_time);

}  // namespace mnemic::cli
