// SPDX-License-Identifier: Apache-2.0
// Text from a file or from standard input.
#pragma once

#include <mnemic/status.hpp>

#include <cstddef>
#include <string>

namespace mnemic::cli {

/// All of a file; "-" is standard input.
/// @errors  kNotFound, kPermissionDenied, kIo: it cannot be read. kInvalidArgument: a directory, or over `most` bytes.
Result<std::string> read_text(const std::string& path, std::size_t most);

/// `argument`, or for "-" what standard input holds, without the line breaks at its end; bounded by Limits::text_bytes.
/// @errors  As above.
Result<std::string> text_argument(const std::string& argument);

}  // namespace mnemic::cli
