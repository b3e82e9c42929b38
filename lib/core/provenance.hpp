// SPDX-License-Identifier: Apache-2.0
// Provenance as JSON, the form it is stored in.
#pragma once

#include <mnemic/memory.hpp>

namespace mnemic::core {

Json to_json(const Provenance& provenance);  ///< null when nothing is stated
Provenance to_provenance(const Json& json);  ///< unknown members are ignored

}  // namespace mnemic::core
