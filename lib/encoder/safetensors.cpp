// SPDX-License-Identifier: Apache-2.0
#include "encoder/safetensors.hpp"

#include "core/error.hpp"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace mnemic::encoder {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::uint64_t kMostHead = 8U << 20U;  // an encoder of 64 layers has 100 kB
constexpr std::size_t kMostDimensions = 8;

/// Bytes of a value, 0 for a type that is not known.
std::uint64_t size_of(std::string_view type) {
  if (type == "BOOL" || type == "U8" || type == "I8" || type.starts_with("F8_")) return 1;
  if (type == "U16" || type == "I16" || type == "F16" || type == "BF16") return 2;
  if (type == "U32" || type == "I32" || type == "F32") return 4;
  if (type == "U64" || type == "I64" || type == "F64") return 8;
  return 0;
}

/// IEEE 754 binary16.
float from_half(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16U;
  const std::uint32_t exponent = (half >> 10U) & 0x1FU;
  const std::uint32_t fraction = half & 0x3FFU;
  if (exponent == 0) {
    const float small = static_cast<float>(fraction) * 0x1p-24F;
    return sign == 0 ? small : -small;
  }
  const std::uint32_t wide = exponent == 31 ? 0xFFU : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23U | fraction << 13U);
}

float from_bfloat(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U); }

/// Numbers of a list as the head may hold them; false if it holds anything else.
bool take_numbers(const nlohmann::json& list, std::size_t most, std::vector<std::uint64_t>& numbers) {
  if (!list.is_array() || list.size() > most) return false;
  for (const nlohmann::json& item : list) {
    if (!item.is_number_unsigned()) return false;
    numbers.push_back(item.get<std::uint64_t>());
  }
  return true;
}

}  // namespace

Safetensors::Safetensors(const std::filesystem::path& path) : file_(path) { read_head(); }

void Safetensors::read_head() {
  const auto damaged = [this](std::string_view what) { core::fail(StatusCode::kCorruption, "{}: {}", file_.name(), what); };
  std::uint64_t size = 0;
  if (file_.size() < sizeof size) damaged("too short for a head");
  file_.read(0, &size, sizeof size);
  if (size > file_.size() - sizeof size) damaged(fmt::format("a head of {} bytes in a file of {}", size, file_.size()));
  if (size > kMostHead) damaged(fmt::format("a head of {} bytes, more than {}", size, kMostHead));
  std::string text(static_cast<std::size_t>(size), '\0');
  file_.read(sizeof size, text.data(), text.size());
  const nlohmann::json head = parse_object(text, file_.name());
  const std::uint64_t data = sizeof size + size;

  for (const auto& [name, value] : head.items()) {
    if (name == "__metadata__") continue;
    const auto bad = [&, &name = name](std::string_view what) { damaged(fmt::format("tensor \"{}\": {}", name.substr(0, 200), what)); };
    if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") || !value.contains("data_offsets")) {
      bad("no dtype, shape or data_offsets");
    }
    Tensor tensor;
    if (!value["dtype"].is_string()) bad("dtype is not a string");
    tensor.type = value["dtype"].get<std::string>();
    if (!take_numbers(value["shape"], kMostDimensions, tensor.shape)) bad("shape is not a list of at most 8 sizes");
    std::vector<std::uint64_t> places;
    if (!take_numbers(value["data_offsets"], 2, places) || places.size() != 2) bad("data_offsets are not two numbers");
    const std::uint64_t room = file_.size() - data;
    if (places[0] > places[1] || places[1] > room) {
      bad(fmt::format("data_offsets [{}, {}] beyond the {} bytes there are", places[0], places[1], room));
    }
    if (std::uint64_t bytes = size_of(tensor.type); bytes != 0) {
      for (const std::uint64_t extent : tensor.shape) {
        if (__builtin_mul_overflow(bytes, extent, &bytes)) bad("its shape has more values than can be");
      }
      if (bytes != places[1] - places[0]) bad(fmt::format("{} bytes for a shape of {}", places[1] - places[0], bytes));
    }
    tensor.begin = data + places[0];
    tensor.end = data + places[1];
    tensors_.emplace(name, std::move(tensor));
  }
  check_places(data);
}

void Safetensors::check_places(std::uint64_t data) const {
  std::vector<const std::pair<const std::string, Tensor>*> by_place;
  for (const auto& named : tensors_) by_place.push_back(&named);
  std::sort(by_place.begin(), by_place.end(), [](const auto* a, const auto* b) {
    return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
  });
  std::uint64_t expected = data;
  for (const auto* named : by_place) {
    if (named->second.begin != expected) {
      core::fail(StatusCode::kCorruption, "{}: tensor \"{}\" {} the one before it", file_.name(), named->first.substr(0, 200),
                 named->second.begin < expected ? "overlaps" : "leaves a hole behind");
    }
    expected = named->second.end;
  }
  if (expected != file_.size()) {
    core::fail(StatusCode::kCorruption, "{}: {} bytes behind the last tensor", file_.name(), file_.size() - expected);
  }
}

std::vector<float> Safetensors::read(std::string_view name, std::span<const std::size_t> shape) {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) core::fail(StatusCode::kCorruption, "{}: no tensor \"{}\"", file_.name(), name);
  const Tensor& tensor = found->second;
  if (!std::equal(shape.begin(), shape.end(), tensor.shape.begin(), tensor.shape.end())) {
    core::fail(StatusCode::kCorruption, "{}: tensor \"{}\" has shape [{}], not [{}]", file_.name(), name,
               fmt::join(tensor.shape, ", "), fmt::join(shape, ", "));
  }
  const bool is_single = tensor.type == "F32";
  if (!is_single && tensor.type != "F16" && tensor.type != "BF16") {
    core::fail(StatusCode::kUnsupported, "{}: tensor \"{}\" has values of type {}, not F32, F16 or BF16", file_.name(), name,
               tensor.type.substr(0, 20));
  }
  std::size_t count = 1;
  for (const std::size_t extent : shape) count *= extent;  // checked against the file's size
  std::vector<float> values(count);
  if (is_single) {
    file_.read(tensor.begin, values.data(), count * sizeof(float));
  } else {
    std::vector<std::uint16_t> halves(count);
    file_.read(tensor.begin, halves.data(), count * sizeof(std::uint16_t));
    std::transform(halves.begin(), halves.end(), values.begin(), tensor.type == "F16" ? from_half : from_bfloat);
  }
  const bool finite = std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  if (!finite) core::fail(StatusCode::kCorruption, "{}: tensor \"{}\" has a value that is not finite", file_.name(), name);
  return values;
}

}  // namespace mnemic::encoder
