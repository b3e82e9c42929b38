// SPDX-License-Identifier: Apache-2.0
#include "cli/jsonl_reader.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace mnemic::cli {
namespace {

Status open_error(const std::string& path, int error) {
  const StatusCode code = error == ENOENT || error == ENOTDIR ? StatusCode::kNotFound
                          : error == EACCES || error == EPERM ? StatusCode::kPermissionDenied
                                                              : StatusCode::kIo;
  return Status(code, fmt::format("{}: {}", path, std::generic_category().message(error)), error);
}

}  // namespace

Result<File> open_file(const std::filesystem::path& path) {
  if (path == "-") return File(stdin);
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return Status(StatusCode::kInvalidArgument, fmt::format("{} is a directory", path.string()));
  }
  File file(std::fopen(path.c_str(), "rbe"));
  if (!file) return open_error(path.string(), errno);
  return file;
}

Result<LineReader> LineReader::open(const std::filesystem::path& path) {
  auto file = open_file(path);
  if (!file) return file.status();
  LineReader reader;
  reader.file_ = *std::move(file);
  reader.name_ = path == "-" ? "standard input" : path.filename().string();
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error) reader.bytes_total_ = size;  // unknown for a pipe
  return reader;
}

Result<bool> LineReader::next(std::string& line) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  for (;;) {
    line.clear();
    ++number_;
    std::size_t length = 0;
    int c = 0;
    while ((c = getc_unlocked(file_.get())) != EOF && c != '\n') {
      if (length++ < kMaxLine) line += static_cast<char>(c);
    }
    if (std::ferror(file_.get()) != 0) return Status(StatusCode::kIo, fmt::format("{}: reading failed", where()));
    bytes_read_ += length + (c == '\n' ? 1 : 0);
    if (length > kMaxLine) {
      return Status(StatusCode::kInvalidArgument, fmt::format("{}: a line over {} bytes", where(), kMaxLine));
    }
    if (number_ == 1 && line.starts_with(kMark)) line.erase(0, kMark.size());
    while (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.find_first_not_of(" \t") != std::string::npos) return true;
    if (c == EOF) return false;
  }
}

Status at(const std::string& where, const Status& status) {
  return Status(status.code(), fmt::format("{}: {}", where, status.message()), status.extended_code());
}

}  // namespace mnemic::cli
