// SPDX-License-Identifier: Apache-2.0
#include "http/embeddings_reply.hpp"
#include "http/parse_json.hpp"
#include "http/text.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace mnemic::http {
namespace {

using Tree = nlohmann::json;

Status broken(std::string what) {
  return Status(StatusCode::kIo, std::move(what));
}

Status read_row(const Tree& vector, const std::string& name, std::span<float> row) {
  if (!vector.is_array()) return broken(name + " is no array");
  if (vector.empty()) return broken(name + " is empty");
  if (vector.size() != row.size()) {
    return Status(StatusCode::kFailedPrecondition, name + " has " + std::to_string(vector.size()) +
                                                       " numbers, but dimension is " + std::to_string(row.size()));
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!vector[i].is_number())
      return broken(name + ": number " + std::to_string(i) + " is a " + vector[i].type_name());
    const double value = vector[i].get<double>();
    if (!(std::fabs(value) <= std::numeric_limits<float>::max())) {
      return broken(name + ": number " + std::to_string(i) + " is not finite in 32 bits");
    }
    row[i] = static_cast<float>(value);
  }
  return {};
}

}  // namespace

Status read_embeddings(std::string_view body, std::size_t dimension, std::string_view secret, std::span<float> rows) {
  const auto unlike = [&](const char* what) { return broken(std::string(what) + ": " + excerpt(body, secret)); };
  const Tree tree = parse_json(body);
  if (tree.is_discarded()) return unlike("not JSON, or nested too deep");
  if (!tree.is_object()) return unlike("not a JSON object");
  if (const auto words = error_words(tree)) return broken("the server reports an error: " + excerpt(*words, secret));
  const Tree* data = member(tree, "data");
  if (data == nullptr || !data->is_array()) return unlike("no array `data`");

  const std::size_t count = rows.size() / dimension;
  if (data->size() != count) {
    return broken(std::to_string(data->size()) + " vectors for " + std::to_string(count) + " texts");
  }
  std::vector<bool> filled(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Tree& one = (*data)[i];
    const std::string name = "data[" + std::to_string(i) + "]";
    if (!one.is_object()) return broken(name + " is no object");
    const Tree* index = member(one, "index");
    if (index == nullptr || !index->is_number_unsigned()) return broken(name + ".index is no whole number from 0");
    const auto at = index->get<std::uint64_t>();
    if (at >= count || filled[at]) {
      return broken(name + ".index: " + std::to_string(at) + (at < count ? ", again" : ", beyond the texts"));
    }
    filled[at] = true;
    const Tree* vector = member(one, "embedding");
    if (vector == nullptr) return broken(name + " has no `embedding`");
    if (Status status = read_row(*vector, name + ".embedding", rows.subspan(at * dimension, dimension)); !status.ok()) {
      return status;
    }
  }
  return {};
}

}  // namespace mnemic::http
