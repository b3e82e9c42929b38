// SPDX-License-Identifier: Apache-2.0
// One line of an export, written and read.
#pragma once

#include "transfer/item.hpp"

#include <mnemic/json.hpp>

#include <string>
#include <string_view>

namespace mnemic::transfer {

/// Kinds of lines between the manifest and the end.
inline constexpr std::string_view kVersion = "version";  // an earlier one of the memory that follows
inline constexpr std::string_view kMemory = "memory";

/// Without a line break at its end, and with none inside. `kind` is one of the two above.
std::string to_line(std::string_view kind, const Version& version);
std::string to_line(const ForgottenItem& item);
std::string to_line(const RelationItem& item);
std::string to_line(const AttributeItem& item);
std::string to_line(const GrantItem& item);

/// What all these throw: StatusError kInvalidArgument, naming the field.
Version to_version(const Json& line);
Item to_item(std::string_view kind, const Json& line);  ///< of the other kinds

}  // namespace mnemic::transfer
