// SPDX-License-Identifier: Apache-2.0
// The first and the last line of an export.
#pragma once

#include <mnemic/filter.hpp>
#include <mnemic/models.hpp>
#include <mnemic/types.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::transfer {

inline constexpr std::string_view kFormat = "mnemic-export";
inline constexpr std::int64_t kFormatVersion = 1;

struct Manifest {
  Seq seq = 0;
  Seq since = 0;
  Timestamp created_at{};
  std::string library;    // the version that wrote it
  std::string language;
  std::string tokenizer;
  std::vector<Namespace> namespaces;  // what was asked for; empty: all
  std::vector<Layer> layers;
  Json where;
  bool vectors = false;
  bool history = false;
  std::vector<EmbeddingSpace> spaces;  // those that vectors of the file may be in
};

/// How many lines of each kind, and what the bytes before the last line are.
struct Trailer {
  std::uint64_t lines = 0;  // between the first and the last one
  std::uint64_t bytes = 0;  // before the last one
  std::string hash;         // XXH3-128 of them, in hexadecimal
};

std::string to_line(const Manifest& manifest);
/// @throws StatusError kInvalidArgument: no manifest; the message names the field. kUnsupported: a newer format.
Manifest to_manifest(const Json& line);
std::string to_line(const Trailer& trailer);
Trailer to_trailer(const Json& line);

}  // namespace mnemic::transfer
