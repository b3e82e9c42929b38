// SPDX-License-Identifier: Apache-2.0
// The reader of weights: the types it knows, and every way its file can be wrong.
#include "encoder/safetensors.hpp"
#include "core/error.hpp"
#include "encoder/tiny_model.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <array>
#include <cmath>
#include <string>

using namespace mnemic;
using namespace mnemic::test;
using encoder::Safetensors;

namespace {

/// What opening a file of these bytes says.
Status outcome(const TempDir& dir, const std::string& bytes) {
  const auto path = dir / "model.safetensors";
  write_file(path, bytes);
  return core::guarded("", [&] { Safetensors file(path); });
}

Status outcome_of_head(const TempDir& dir, const std::string& head, std::size_t data = 8) {
  return outcome(dir, safetensors_bytes(head, std::string(data, '\0')));
}

void check_damaged(const Status& status, const std::string& expected) {
  CAPTURE(status.message(), expected);
  CHECK(status.code() == StatusCode::kCorruption);
  CHECK(status.message().find("model.safetensors") != std::string::npos);
  CHECK(status.message().find(expected) != std::string::npos);
}

}  // namespace

TEST_CASE("safetensors: every half as its definition says") {
  const TempDir dir;
  std::string bytes;
  std::vector<std::uint16_t> halves;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if (!std::isfinite(half_value(half))) continue;
    halves.push_back(half);
    bytes.append(reinterpret_cast<const char*>(&half), sizeof half);
  }
  const std::string count = std::to_string(halves.size());
  const std::string head =
      R"({"t":{"dtype":"F16","shape":[)" + count + R"(],"data_offsets":[0,)" + std::to_string(bytes.size()) + "]}}";
  write_file(dir / "model.safetensors", safetensors_bytes(head, bytes));
  Safetensors file(dir / "model.safetensors");
  const auto values = file.read("t", std::array{halves.size()});
  for (std::size_t i = 0; i < halves.size(); ++i) {
    if (values[i] != half_value(halves[i]) || std::signbit(values[i]) != std::signbit(half_value(halves[i]))) FAIL(halves[i]);
  }
}

TEST_CASE("safetensors: a file that is wrong is refused with its name and the tensor's") {
  const TempDir dir;
  check_damaged(outcome(dir, ""), "too short");
  check_damaged(outcome(dir, "1234567"), "too short");
  check_damaged(outcome(dir, std::string(8, '\xff')), "a head of 18446744073709551615 bytes");
  check_damaged(outcome(dir, std::string("\x09\0\0\0\0\0\0\0{}", 10)), "a head of 9 bytes in a file of 10");
  check_damaged(outcome_of_head(dir, "", 0), "not JSON");
  check_damaged(outcome_of_head(dir, "[]", 0), "not a JSON object");
  check_damaged(outcome_of_head(dir, "{", 0), "not JSON");
  check_damaged(outcome_of_head(dir, "{}x", 0), "not JSON");
  check_damaged(outcome_of_head(dir, "{\"\xff\":1}", 0), "not JSON");
  check_damaged(outcome_of_head(dir, std::string(1'000'000, '['), 0), "deep");
  check_damaged(outcome_of_head(dir, R"({"a":)" + std::string(100'000, '{') + "}", 0), "not JSON");
  check_damaged(outcome_of_head(dir, std::string((8U << 20U) + 1, ' '), 0), "more than 8388608");
  check_damaged(outcome_of_head(dir, "{}"), "8 bytes behind the last tensor");
  check_damaged(outcome_of_head(dir, R"({"a":7})"), R"(tensor "a": no dtype)");
  check_damaged(outcome_of_head(dir, R"({"a":{"dtype":"F32","shape":[2]}})"), R"(tensor "a": no dtype, shape or data_offsets)");
  check_damaged(outcome_of_head(dir, R"({"a":{"dtype":1,"shape":[2],"data_offsets":[0,8]}})"), "dtype is not a string");
  check_damaged(outcome_of_head(dir, R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})"), "shape");
  check_damaged(outcome_of_head(dir, R"({"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})"), "shape");
  check_damaged(outcome_of_head(dir, R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}})"), "shape");
  check_damaged(outcome_of_head(dir, R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}})"), "data_offsets");
  check_damaged(outcome_of_head(dir, R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})"), "beyond the 8 bytes");
  check_damaged(outcome_of_head(dir, R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})"), "beyond the 8 bytes");
  check_damaged(outcome_of_head(dir, R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[18446744073709551608,18446744073709551615]}})"),
                "beyond the 8 bytes");
  check_damaged(outcome_of_head(dir, R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})"), "8 bytes for a shape of 4");
  check_damaged(outcome_of_head(dir, R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})"), "can be");
  check_damaged(outcome_of_head(dir, R"({"a":{"dtype":"F32","shape":[4611686018427387906],"data_offsets":[0,8]}})"), "can be");
  const std::string a = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  check_damaged(outcome_of_head(dir, a + R"(,"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"), R"(tensor "b" overlaps)");
  check_damaged(outcome_of_head(dir, a + R"(,"b":{"dtype":"U8","shape":[2],"data_offsets":[6,8]}})"), R"(tensor "b" leaves a hole)");
  check_damaged(outcome_of_head(dir, a + R"(,"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})"), "\"a\" twice");
  CHECK(outcome_of_head(dir, a + "}", 4).ok());
  CHECK(outcome_of_head(dir, R"({"__metadata__":{"format":"pt"}})", 0).ok());
}

TEST_CASE("safetensors: a tensor of another kind than asked for is refused") {
  const TempDir dir;
  const auto path = dir / "model.safetensors";
  write_file(path, safetensors_bytes(R"({"whole":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
                                     R"("wild":{"dtype":"F32","shape":[1,1],"data_offsets":[8,12]}})",
                                     std::string(8, '\0') + std::string("\0\0\xc0\x7f", 4)));
  Safetensors file(path);
  const auto code_of = [&](const char* name, std::vector<std::size_t> shape) {
    const Status status = core::guarded("", [&] { static_cast<void>(file.read(name, shape)); });
    CHECK(status.message().find(name) != std::string::npos);
    return status.code();
  };
  CHECK(code_of("whole", {1}) == StatusCode::kUnsupported);
  CHECK(code_of("wild", {1, 1}) == StatusCode::kCorruption);  // NaN
  CHECK(code_of("wild", {1}) == StatusCode::kCorruption);
  CHECK(code_of("wild", {1, 2}) == StatusCode::kCorruption);
  CHECK(code_of("none", {1}) == StatusCode::kCorruption);
}
