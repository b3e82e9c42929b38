// SPDX-License-Identifier: Apache-2.0
#include "transfer/fields.hpp"

#include "core/error.hpp"
#include "core/time.hpp"

namespace mnemic::transfer {
namespace {

using core::fail;
constexpr auto kInvalid = StatusCode::kInvalidArgument;

[[noreturn]] void wrong(std::string_view name, std::string_view expected) { fail(kInvalid, "{}: not {}", name, expected); }

std::uint64_t to_count(std::string_view name, const Json& value) {
  if (value.type() != Json::Type::kInteger || value.as_integer() < 0) wrong(name, "a number from 0 on");
  return static_cast<std::uint64_t>(value.as_integer());
}

/// What a call answered, said to be of a field.
template <typename T>
T of_field(std::string_view name, Result<T> result) {
  if (!result) fail(kInvalid, "{}: {}", name, result.status().message());
  return *std::move(result);
}

}  // namespace

Fields::Fields(Json object) : object_(std::move(object)) {
  if (!object_.is_object()) fail(kInvalid, "not a JSON object");
}

Json Fields::take(std::string_view name) {
  taken_.emplace(name);
  return object_[name];
}

Json Fields::require(std::string_view name) {
  Json value = take(name);
  if (value.is_null()) fail(kInvalid, "{}: missing", name);
  return value;
}

std::string Fields::text(std::string_view name) {
  const Json value = take(name);
  if (!value.is_null() && !value.is_string()) wrong(name, "a text");
  return value.as_string();
}

std::string Fields::required_text(std::string_view name) {
  (void)require(name);
  return text(name);
}

double Fields::number(std::string_view name, double absent) {
  const Json value = take(name);
  if (!value.is_null() && !value.is_number()) wrong(name, "a number");
  return value.as_double(absent);
}

std::uint64_t Fields::count(std::string_view name) { return to_count(name, require(name)); }

std::optional<std::uint64_t> Fields::optional_count(std::string_view name) {
  const Json value = take(name);
  return value.is_null() ? std::nullopt : std::optional(to_count(name, value));
}

bool Fields::flag(std::string_view name) {
  const Json value = take(name);
  if (!value.is_null() && !value.is_bool()) wrong(name, "true or false");
  return value.as_bool();
}

std::optional<Timestamp> Fields::optional_time(std::string_view name) {
  const Json value = take(name);
  if (value.is_null()) return std::nullopt;
  if (value.type() == Json::Type::kInteger) return core::from_micros(value.as_integer());
  if (!value.is_string()) wrong(name, "a time");
  return of_field(name, parse_time(value.as_string()));
}

Timestamp Fields::time(std::string_view name) {
  const auto time = optional_time(name);
  if (!time) fail(kInvalid, "{}: missing", name);
  return *time;
}

MemoryId Fields::id(std::string_view name) { return of_field(name, MemoryId::parse(required_text(name))); }

Namespace Fields::name_space(std::string_view name) { return of_field(name, Namespace::parse(required_text(name))); }

std::vector<std::string> Fields::texts(std::string_view name) {
  const Json value = take(name);
  if (!value.is_null() && !value.is_array()) wrong(name, "a list of texts");
  std::vector<std::string> texts;
  for (const Json& item : value.items()) {
    if (!item.is_string()) wrong(name, "a list of texts");
    texts.push_back(item.as_string());
  }
  return texts;
}

void Fields::end() const {
  for (const auto& [name, value] : object_.members()) {
    if (!taken_.contains(name)) fail(kInvalid, "{}: not a known field", name);
  }
}

Json time_json(Timestamp time) {
  const std::string text = to_string(time);
  const auto back = parse_time(text);
  return back && *back == time ? Json(text) : Json(core::to_micros(time));
}

}  // namespace mnemic::transfer
