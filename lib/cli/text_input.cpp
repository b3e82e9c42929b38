// SPDX-License-Identifier: Apache-2.0
#include "cli/text_input.hpp"

#include "cli/jsonl_reader.hpp"

#include <mnemic/options.hpp>

#include <fmt/format.h>

#include <cstdio>

namespace mnemic::cli {

Result<std::string> read_text(const std::string& path, std::size_t most) {
  const auto file = open_file(path);
  if (!file) return file.status();
  const std::string name = path == "-" ? "standard input" : path;
  std::string text;
  char buffer[65536];
  while (const std::size_t read = std::fread(buffer, 1, sizeof buffer, file->get())) {
    text.append(buffer, read);
    if (text.size() > most) return Status(StatusCode::kInvalidArgument, fmt::format("{}: over {} bytes", name, most));
  }
  if (std::ferror(file->get()) != 0) return Status(StatusCode::kIo, fmt::format("{} could not be read", name));
  return text;
}

Result<std::string> text_argument(const std::string& argument) {
  if (argument != "-") return argument;
  auto text = read_text("-", Limits{}.text_bytes);
  if (!text) return text;
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  return text;
}

}  // namespace mnemic::cli
