// SPDX-License-Identifier: Apache-2.0
#include "encoder/files.hpp"

#include "core/error.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <system_error>
#include <vector>

namespace mnemic::encoder {
namespace {

constexpr std::size_t kMaxDepth = 16;

/// Looks at a text before anything is built of it.
class Check {
 public:
  using Json = nlohmann::json;
  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(Json::number_integer_t) { return true; }
  bool number_unsigned(Json::number_unsigned_t) { return true; }
  bool number_float(Json::number_float_t, const Json::string_t&) { return true; }
  bool string(const Json::string_t&) { return true; }
  bool binary(const Json::binary_t&) { return true; }
  bool start_object(std::size_t) { return open(); }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return open(); }
  bool end_array() { return close(); }
  bool key(const Json::string_t& name) {
    if (names_.back().insert(name).second) return true;
    problem_ = fmt::format("the name \"{}\" twice in one object", name.substr(0, 100));
    return false;
  }
  bool parse_error(std::size_t at, const std::string&, const Json::exception&) {
    problem_ = fmt::format("not JSON at byte {}", at);
    return false;
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  bool open() {
    names_.emplace_back();
    if (names_.size() <= kMaxDepth) return true;
    problem_ = fmt::format("nested more than {} deep", kMaxDepth);
    return false;
  }
  bool close() {
    names_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> names_;
  std::string problem_;
};

}  // namespace

InputFile::InputFile(const std::filesystem::path& path) : name_(path.string()) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) core::fail(StatusCode::kNotFound, "{}: no such file", name_);
  if (status.type() != std::filesystem::file_type::regular) core::fail(StatusCode::kIo, "{}: not a readable file", name_);
  size_ = std::filesystem::file_size(path, error);
  if (error) core::fail(StatusCode::kIo, "{}: {}", name_, error.message());
  stream_.open(path, std::ios::binary);
  if (!stream_) core::fail(StatusCode::kIo, "{}: cannot be opened", name_);
}

void InputFile::read(std::uint64_t at, void* out, std::size_t size) {
  stream_.seekg(static_cast<std::streamoff>(at));
  stream_.read(static_cast<char*>(out), static_cast<std::streamsize>(size));
  if (!stream_) core::fail(StatusCode::kIo, "{}: {} bytes at {} cannot be read", name_, size, at);
}

std::string read_all(const std::filesystem::path& path, std::size_t most) {
  InputFile file(path);
  if (file.size() > most) core::fail(StatusCode::kCorruption, "{}: {} bytes, more than {}", file.name(), file.size(), most);
  std::string bytes(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, bytes.data(), bytes.size());
  return bytes;
}

nlohmann::json parse_json(std::string_view text, std::string_view name) {
  Check check;
  if (!nlohmann::json::sax_parse(text, &check)) core::fail(StatusCode::kCorruption, "{}: {}", name, check.problem());
  return nlohmann::json::parse(text, nullptr, false);
}

nlohmann::json parse_object(std::string_view text, std::string_view name) {
  nlohmann::json parsed = parse_json(text, name);
  if (!parsed.is_object()) core::fail(StatusCode::kCorruption, "{}: not a JSON object", name);
  return parsed;
}

}  // namespace mnemic::encoder
