// SPDX-License-Identifier: Apache-2.0
#include "cli/temp_store.hpp"

#include <fmt/format.h>

#include <stdlib.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace mnemic::cli {

Result<TempStore> TempStore::make(std::string_view purpose) {
  std::error_code error;
  const std::filesystem::path base = std::filesystem::temp_directory_path(error);
  std::string name = (base / fmt::format("mnemic-{}-XXXXXX", purpose)).string();
  if (error || mkdtemp(name.data()) == nullptr) {
    const std::string reason = error ? error.message() : std::generic_category().message(errno);
    return Status(StatusCode::kIo, fmt::format("no temporary directory can be made: {}", reason));
  }
  return TempStore(std::filesystem::path(name));
}

TempStore::~TempStore() {
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

}  // namespace mnemic::cli
