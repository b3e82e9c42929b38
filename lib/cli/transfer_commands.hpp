// SPDX-License-Identifier: Apache-2.0
// What `import` does with a file that is no list of lines to be put.
#pragma once

#include "cli/console.hpp"

#include <mnemic/store.hpp>

#include <string>

namespace mnemic::cli {

/// Admin::import_from with progress and Ctrl-C; prints what it did. @return the exit code
int run_transfer(const Store& store, const std::string& path, mnemic::ImportOptions options, Console& console);

}  // namespace mnemic::cli
