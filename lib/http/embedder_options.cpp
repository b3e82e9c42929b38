// SPDX-License-Identifier: Apache-2.0
#include "http/embedder_options.hpp"
#include "http/option_checks.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace mnemic::http {
namespace {

constexpr std::size_t kMaxUrls = 64;
constexpr std::size_t kMaxDimension = 4096;
constexpr std::size_t kMaxTexts = 2048;
constexpr std::size_t kMaxRequestBytes = 64U << 20U;
constexpr std::size_t kMaxRetries = 100;
constexpr std::size_t kMaxRestAfter = 1000;
constexpr std::size_t kMaxPrefixBytes = 4096;
constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxVersionBytes = 1024;

bool fits_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/// `model` with each run of bytes that a name may not have as one '-'.
std::string name_from(const std::string& model) {
  std::string name;
  bool in_run = false;
  for (const char c : model) {
    if (fits_name(c) || !in_run) name.push_back(fits_name(c) ? c : '-');
    in_run = !fits_name(c);
  }
  return name;
}

Status check_number(std::string_view name, std::size_t value, std::size_t least, std::size_t most) {
  if (value >= least && value <= most) return {};
  return refuse(name, std::to_string(value) + "; it must be " + std::to_string(least) + " to " + std::to_string(most));
}

Status check_words(std::string_view name, const std::string& text, std::size_t most) {
  if (!is_valid_utf8(text)) return refuse(name, "broken UTF-8");
  return text.size() <= most ? Status() : refuse(name, "longer than " + std::to_string(most) + " bytes");
}

}  // namespace

Status check_options(const HttpEmbedderOptions& options) {
  for (const Status& status : {check_number("urls", options.urls.size(), 1, kMaxUrls),
                               check_model(options.model),
                               check_key(options.api_key),
                               check_number("dimension", options.dimension, 1, kMaxDimension),
                               check_words("space_version", options.space_version, kMaxVersionBytes),
                               check_words("query_prefix", options.query_prefix, kMaxPrefixBytes),
                               check_words("passage_prefix", options.passage_prefix, kMaxPrefixBytes),
                               check_number("max_request_texts", options.max_request_texts, 1, kMaxTexts),
                               check_number("max_request_bytes", options.max_request_bytes, 1, kMaxRequestBytes),
                               check_reply_limit(options.max_reply_bytes),
                               check_duration("connect_timeout", options.connect_timeout),
                               check_duration("stall_timeout", options.stall_timeout),
                               check_duration("request_timeout", options.request_timeout),
                               check_duration("timeout", options.timeout),
                               check_number("retries", options.retries, 0, kMaxRetries),
                               check_duration("backoff_base", options.backoff_base),
                               check_duration("backoff_max", options.backoff_max),
                               check_number("rest_after", options.rest_after, 1, kMaxRestAfter),
                               check_duration("rest_base", options.rest_base),
                               check_duration("rest_max", options.rest_max),
                               check_ca_file(options.ca_file)}) {
    if (!status.ok()) return status;
  }
  if (options.clock == nullptr) return refuse("clock", "null");
  if (options.random == nullptr) return refuse("random", "null");
  return {};
}

Result<std::vector<Endpoint>> endpoints_of(const HttpEmbedderOptions& options) {
  std::vector<Endpoint> endpoints;
  for (const std::string& url : options.urls) {
    const std::string field = "urls[" + std::to_string(endpoints.size()) + "]";
    Result<Endpoint> endpoint = parse_endpoint(url, "/embeddings", field);
    if (!endpoint) return endpoint.status();
    if (Status status = check_key_stays(options.api_key, options.plain_key, *endpoint); !status.ok()) return status;
    endpoints.push_back(*std::move(endpoint));
  }
  return endpoints;
}

Result<EmbeddingSpace> space_of(const HttpEmbedderOptions& options) {
  EmbeddingSpace space{.name = options.space_name,
                       .version = options.space_version,
                       .dimension = options.dimension,
                       .normalized = false,
                       .query_prefix = options.query_prefix,
                       .passage_prefix = options.passage_prefix};
  if (space.name.empty()) space.name = name_from(options.model);
  if (space.name.size() > kMaxNameBytes || !std::all_of(space.name.begin(), space.name.end(), fits_name)) {
    return refuse("space_name", options.space_name.empty() ? "needed: the model's name is longer than 64"
                                                           : "not 1 to 64 of [A-Za-z0-9._-]");
  }
  // The version keeps apart what the name may not.
  if (space.version.empty()) {
    space.version = options.model;
    if (options.send_dimension) space.version += "@" + std::to_string(options.dimension);
  }
  return space;
}

}  // namespace mnemic::http
